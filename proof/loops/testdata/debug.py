# SPDX-License-Identifier: Apache-2.0
"""Does on uvloop what a probe could be seen by: debug mode, lifetimes, a fork, several
loops in threads, tasks that start at once, exceptions through the loop."""
import asyncio
import gc
import os
import sys
import threading
import traceback
import weakref

import uvloop


class Callback:
    def __call__(self):
        pass


async def broken():
    raise KeyError("broken")


async def quick():
    return 5


async def slow():
    await asyncio.sleep(0.001)
    return 6


async def main():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 60  # whether that one is told is chance
    print(loop.call_soon(print, "soon"), loop.call_later(0.001, print, "later"))
    callback = Callback()
    gone = weakref.ref(callback)
    handle = loop.call_later(60, callback)
    del callback
    print(gone() is not None)
    handle.cancel()
    del handle
    gc.collect()
    print(gone() is None)
    task = asyncio.create_task(broken())
    await asyncio.sleep(0.003)
    del task
    gc.collect()
    pid = os.fork()
    if pid == 0:
        os._exit(3)
    print(os.waitpid(pid, 0)[1])
    if sys.version_info >= (3, 12):
        print(asyncio.Task(quick(), loop=loop, eager_start=True).done())
    print(await loop.create_task(slow(), name="slow"))


def run_another():
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    results.append(loop.run_until_complete(slow()))
    loop.close()


def leave():
    raise SystemExit(4)


loop = uvloop.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
results = []
threads = [threading.Thread(target=run_another) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
loop.call_soon(leave)
try:
    loop.run_forever()
except SystemExit as error:
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    # Before 3.11 the probe's frames cannot be taken out.
    print(names if sys.version_info >= (3, 11) else names[-1])
