# SPDX-License-Identifier: Apache-2.0
"""Runs a loop within a loop, as notebooks do."""
import asyncio
import importlib
import sys

importlib.import_module(sys.argv[1]).apply()


async def inner(n):
    await asyncio.sleep(0.001)
    return n


async def deeper():
    return asyncio.get_event_loop().run_until_complete(inner(1))


async def outer():
    loop = asyncio.get_event_loop()
    print(loop.run_until_complete(inner(2)))
    print(asyncio.run(deeper()))
    loop.call_soon(lambda: print(asyncio.run(inner(3))))
    await asyncio.sleep(0.005)


asyncio.run(outer())
