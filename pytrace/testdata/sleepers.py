# SPDX-License-Identifier: Apache-2.0
"""Ten tasks that sleep, one that yields, and a gather."""
import asyncio


async def sleeper(n):
    await asyncio.sleep(0.001 * n)
    return n


async def yielder():
    for _ in range(5):
        await asyncio.sleep(0)


async def main():
    task = asyncio.get_running_loop().create_task(yielder())
    print(sum(await asyncio.gather(*(sleeper(n) for n in range(10)))))
    await task


asyncio.run(main())
