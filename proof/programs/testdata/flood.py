# SPDX-License-Identifier: Apache-2.0
"""Schedules a number of callbacks a second for some seconds. Each is three records: it
is scheduled, begins and ends. Says each second how it went, and in the end in all."""
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
    start, wanted, second = time.monotonic(), 0, 1
    while (now := time.monotonic() - start) < SECONDS:
        while wanted < now * RATE:
            loop.call_soon(callback)
            wanted += 1
        if now >= second:
            print("second", second, "callbacks", done, flush=True)
            second += 1
        await asyncio.sleep(0.005)
    print("all", done, "in", round(time.monotonic() - start, 2))


asyncio.run(main())
