# SPDX-License-Identifier: Apache-2.0
"""Runs trio as a guest of asyncio."""
import asyncio

import trio


async def guest():
    for _ in range(3):
        await trio.sleep(0.001)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(inner)
    return "done"


async def inner():
    await trio.sleep(0.001)


async def host():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    trio.lowlevel.start_guest_run(guest, run_sync_soon_threadsafe=loop.call_soon_threadsafe,
                                  done_callback=future.set_result)
    await asyncio.sleep(0.001)
    print((await future).unwrap())


asyncio.run(host())
