# SPDX-License-Identifier: Apache-2.0
"""Asynchronous generators that are left half-way: when they are closed, and by whom."""
import asyncio
import gc
import sys

gc.disable()


async def numbers(name):
    try:
        for n in range(10):
            yield n
            await asyncio.sleep(0)
    finally:
        print("closing", name)
        await asyncio.sleep(0)
        print("closed", name)


async def main():
    async for n in numbers("broken off"):
        if n == 2:
            break
    print("after the break")
    await asyncio.sleep(0.1)
    kept.append(numbers("kept"))
    print(await kept[0].__anext__())
    closed = numbers("closed by hand")
    print(await closed.__anext__(), await closed.asend(None))
    await closed.aclose()
    thrown = numbers("thrown into")
    await thrown.__anext__()
    try:
        await thrown.athrow(ValueError("thrown"))
    except ValueError as error:
        print(error)
    two = numbers("of two tasks")
    first = asyncio.ensure_future(two.__anext__())
    await first
    waits = asyncio.ensure_future(two.__anext__())
    await asyncio.sleep(0)
    try:
        await two.__anext__()
    except (RuntimeError, StopAsyncIteration) as error:
        print(type(error).__name__, error)
    await waits


kept = []
asyncio.run(main())
print("end", sys.get_asyncgen_hooks())
