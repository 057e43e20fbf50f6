# SPDX-License-Identifier: Apache-2.0
"""An await chain of known shape, with calls, C calls and exceptions."""
import asyncio


def add(a, b):
    return abs(a) + b


async def inner(n):
    await asyncio.sleep(0)
    if n == 2:
        raise ValueError(n)
    return add(n, 1)


async def outer(n):
    try:
        return await inner(n)
    except ValueError:
        return -1


async def numbers():
    for n in range(2):
        yield n


async def main():
    for n in range(3):
        print(await outer(n))
    print([n async for n in numbers()])
    task = asyncio.ensure_future(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    await asyncio.get_running_loop().run_in_executor(None, add, 1, 2)


asyncio.run(main())
