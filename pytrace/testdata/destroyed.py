# SPDX-License-Identifier: Apache-2.0
"""Tasks that nobody has any more while they wait, and one that somebody has."""
import asyncio, gc


async def forgotten():
    await asyncio.get_running_loop().create_future()


async def main():
    tasks = [asyncio.ensure_future(forgotten()) for _ in range(2)]
    kept = asyncio.ensure_future(forgotten())
    await asyncio.sleep(0)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: print(context["message"]))
    tasks.clear()
    gc.collect()
    await asyncio.sleep(0)
    kept.cancel()


asyncio.run(main())
