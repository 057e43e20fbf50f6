# SPDX-License-Identifier: Apache-2.0
"""Warnings that are counted by frames, with the place that they name."""
import asyncio
import sys
import warnings

warnings.simplefilter("always")


def old():
    warnings.warn("old", DeprecationWarning, stacklevel=2)


def older():
    warnings.warn("older", DeprecationWarning, stacklevel=3)


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(old)
    loop.call_soon(older)
    loop.call_later(0.001, older)
    await asyncio.sleep(0.05)
    task = loop.create_task(asyncio.sleep(0))
    for call in (lambda: asyncio.Queue(loop=loop), lambda: asyncio.sleep(0, loop=loop), lambda: loop.create_task(None),
                 lambda: loop.call_soon(None), lambda: asyncio.ensure_future(5), lambda: loop.call_at(None, print),
                 lambda: asyncio.gather(main), lambda: asyncio.wait([]), lambda: asyncio.get_child_watcher()):
        try:
            await call()
        except Exception as error:
            print(type(error).__name__, error)
    await asyncio.wait({task})


try:
    asyncio.get_event_loop().close()
except RuntimeError as error:
    print(error)
asyncio.run(main())
try:
    asyncio.gather(asyncio.sleep(0))
except RuntimeError as error:
    print(error)
sys.stdout.flush()
