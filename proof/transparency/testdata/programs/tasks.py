# SPDX-License-Identifier: Apache-2.0
"""Exceptions through tasks: tracebacks, those that nobody takes, groups, cancellations."""
import asyncio
import gc
import sys
import traceback


async def inner(n):
    await asyncio.sleep(0)
    raise KeyError(n)


async def outer(n):
    try:
        await inner(n)
    except KeyError as error:
        raise RuntimeError("outer") from error


async def forever():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        raise


def quick():
    raise OSError("in a thread")


async def main():
    loop = asyncio.get_running_loop()
    for awaitable in outer(1), asyncio.gather(outer(2), inner(3)), asyncio.wait_for(outer(4), 10), \
            asyncio.shield(outer(5)), asyncio.wait_for(forever(), 0.001), loop.run_in_executor(None, quick):
        try:
            await awaitable
        except Exception:
            traceback.print_exc()
    task = loop.create_task(forever())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        traceback.print_exc()
    if hasattr(asyncio, "TaskGroup"):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(outer(6))
                group.create_task(inner(7))
        except BaseException:
            traceback.print_exc()
    loop.create_task(outer(8))  # nobody takes its exception
    await asyncio.sleep(0.05)
    gc.collect()
    broken = loop.create_future()
    broken.set_exception(LookupError("nor this one"))
    del broken
    gc.collect()
    await outer(9)


try:
    asyncio.run(main())
except RuntimeError as error:
    traceback.print_exc()
    sys.exit("failed: %r" % error)
