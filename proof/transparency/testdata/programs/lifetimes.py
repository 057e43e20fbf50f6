# SPDX-License-Identifier: Apache-2.0
"""When objects go: each says so at the moment, without the help of the collector."""
import asyncio
import gc
import sys
import weakref

gc.disable()


class Thing:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone:", self.name)

    def __call__(self, *args):
        print("called:", self.name)


async def uses(thing):
    print("uses", thing.name)
    await asyncio.sleep(0)
    del thing
    print("used")
    return Thing("result")


async def fails(thing):
    await asyncio.sleep(0)
    raise LookupError(thing)


def gone(what):
    return lambda ref: print("weakly gone:", what)


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(Thing("callback"), Thing("argument"))
    print("scheduled")
    await asyncio.sleep(0)
    handle = loop.call_later(60, Thing("cancelled"), Thing("its argument"))
    handle.cancel()
    print("cancelled")
    ref = weakref.ref(handle, gone("handle"))
    del handle
    await asyncio.sleep(0)
    task = loop.create_task(uses(Thing("of a task")), name="task")
    ref2 = weakref.ref(task, gone("task"))
    print("made")
    print(sys.getrefcount(task))
    result = await task
    print("awaited", sys.getrefcount(task), sys.getrefcount(result))
    del task
    print("task forgotten")
    del result
    print("result forgotten")
    task = loop.create_task(fails(Thing("of an error")))
    try:
        await task
    except LookupError as error:
        print("caught", len(error.args), sys.getrefcount(error))
        del error.args[0:], error.__traceback__
    except TypeError:
        pass
    del task
    print("error forgotten")
    future = loop.create_future()
    ref3 = weakref.ref(future, gone("future"))
    future.add_done_callback(Thing("done callback"))
    future.set_result(Thing("of a future"))
    await asyncio.sleep(0)
    print(sys.getrefcount(future))
    del future
    print("future forgotten")
    thing = Thing("counted")
    loop.call_soon(counts, thing)
    print(sys.getrefcount(thing))
    await asyncio.sleep(0)
    print(sys.getrefcount(thing))
    del thing
    loop.run_in_executor(None, Thing("job"), Thing("of a job"))
    await asyncio.sleep(0.05)
    print("end of main")
    del ref, ref2, ref3


def counts(thing):
    print("in the callback", sys.getrefcount(thing))


def erred():
    """An exception that leaves the loop keeps nothing more alive than it must."""
    loop = asyncio.new_event_loop()
    thing = Thing("of one that leaves")

    def leave(thing):
        raise SystemExit(thing.name)

    loop.call_soon(leave, thing)
    del thing
    try:
        loop.run_forever()
    except SystemExit as error:
        print("left:", error)
        frames = []
        tb = error.__traceback__
        while tb is not None:
            frames.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        print(frames)
        del tb
    print("after")
    loop.close()


asyncio.run(main())
erred()
print("end")
