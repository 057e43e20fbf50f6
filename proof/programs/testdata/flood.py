# SPDX-License-Identifier: Apache-2.0
"""Schedules a number of callbacks a second for some seconds. Each is three records: it
is scheduled, begins and ends. Says each second how it went, and in the end in all. What a
slow machine could not do in time is not made up for: it would pile up."""
import asyncio
import os
import sys
import time

RATE, SECONDS = int(sys.argv[1]), float(sys.argv[2])
done = 0


def callback():
    global done
    done += 1


async def main():
    print("pid", os.getpid(), flush=True)
    loop = asyncio.get_running_loop()
    start, last, second = time.monotonic(), 0, 1
    while (now := time.monotonic() - start) < SECONDS:
        for _ in range(int((min(now, last + 0.1) - last) * RATE)):
            loop.call_soon(callback)
        last = now
        if now >= second:
            print("second", second, "callbacks", done, flush=True)
            second += 1
        await asyncio.sleep(0.005)
    print("all", done, "in", round(time.monotonic() - start, 2))


asyncio.run(main())
