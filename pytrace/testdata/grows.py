# SPDX-License-Identifier: Apache-2.0
"""Runs a loop in a thread that has recorded something else before: how much, says the argument."""
import asyncio
import sys
import threading

TURNS = 4_000


async def turns():
    for _ in range(TURNS):
        await asyncio.sleep(0)


def thread(loop, calls):
    for _ in range(calls):
        loop.call_soon_threadsafe(int)
    asyncio.run(turns())


async def main(calls):
    other = threading.Thread(target=thread, args=(asyncio.get_running_loop(), calls), name="other")
    other.start()
    while other.is_alive():
        await asyncio.sleep(0.01)


asyncio.run(main(int(sys.argv[1])))
