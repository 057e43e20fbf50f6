# SPDX-License-Identifier: Apache-2.0
"""Lines of source that end in a backslash, and tasks that wait, wake and cancel each other."""
import asyncio

path = "C:\\"


async def worker(event):
    total = 1 + \
        2
    await event.wait()
    return total


async def main():
    event = asyncio.Event()
    workers = [asyncio.ensure_future(worker(event)) for _ in range(3)]
    await asyncio.sleep(0.001)
    workers[0].cancel()
    event.set()
    return await asyncio.gather(*workers, return_exceptions=True)


asyncio.run(main())
