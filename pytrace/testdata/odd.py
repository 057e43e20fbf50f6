# SPDX-License-Identifier: Apache-2.0
"""What a recorder could disturb: warnings, tracebacks, lifetimes, exit status."""
import asyncio
import gc
import sys
import warnings
import weakref


class Thing:
    pass


async def holds(thing):
    await asyncio.sleep(0)
    raise KeyError("lost")


async def never():
    pass


async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # whether that one is told is chance
    thing = Thing()
    gone = weakref.ref(thing)
    gc.disable()
    task = asyncio.get_running_loop().create_task(holds(thing))
    seen = weakref.ref(task)
    del thing
    try:
        await task
    except KeyError:
        pass
    del task
    await asyncio.sleep(0)
    print("lifetimes", gone() is None, seen() is None)
    gc.enable()
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    asyncio.get_running_loop().create_task(holds(None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    never()


warnings.simplefilter("always")
print([p for p in sys.path if "probe" in p], "sitecustomize" in sys.modules, sys.argv[1:], __name__, __spec__)
asyncio.run(main(), debug="debug" in sys.argv)
loop = asyncio.new_event_loop()
pending = loop.create_future()


async def stuck():
    await pending


task = loop.create_task(stuck())
loop.call_soon(loop.stop)
loop.run_forever()
del task, pending
gc.collect()
loop.close()
raise SystemExit(asyncio.run(asyncio.sleep(0.001, 5)))
