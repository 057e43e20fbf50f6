# SPDX-License-Identifier: Apache-2.0
"""Works a little, and says who it is."""
import asyncio
import sys


async def work(n):
    await asyncio.sleep(0.001 * n)
    return n


async def main(name):
    tasks = [asyncio.create_task(work(n), name=f"{name} {n}") for n in range(5)]
    print(name, sum(await asyncio.gather(*tasks)))


asyncio.run(main(sys.argv[1]))
