# SPDX-License-Identifier: Apache-2.0
"""How deep a program can call itself within callbacks, steps and jobs."""
import asyncio
import sys


def depth(n=1):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


def schedules(loop, n=1):
    """Goes to the asyncio's own functions at each depth."""
    try:
        loop.call_soon(int)
        loop.call_later(60, int).cancel()
        return schedules(loop, n + 1)
    except RecursionError:
        return n


async def awaits(n=1):
    try:
        return await awaits(n + 1)
    except RecursionError:
        return n


def frames():
    frame, n = sys._getframe(), 0
    while frame is not None:
        frame, n = frame.f_back, n + 1
    return n


async def main():
    loop = asyncio.get_running_loop()
    found = {}

    def callback(where):
        found[where] = depth(), frames()

    loop.call_soon(callback, "soon")
    loop.call_later(0.001, callback, "later")
    await loop.run_in_executor(None, callback, "job")
    await loop.run_in_executor(None, loop.call_soon_threadsafe, callback, "outside")
    await asyncio.sleep(0.05)
    found["task"] = depth(), frames(), await awaits(), schedules(loop)
    print(sorted(found.items()))


sys.setrecursionlimit(400)
asyncio.run(main())
