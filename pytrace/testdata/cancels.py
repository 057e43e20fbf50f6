# SPDX-License-Identifier: Apache-2.0
"""Cancels tasks in every way."""
import asyncio
import sys


async def forever():
    await asyncio.sleep(3600)


async def waits_for(other):
    await other


async def absorbs():
    try:
        await forever()
    except asyncio.CancelledError:
        pass
    await waits_for_cancelled_future()


async def waits_for_cancelled_future():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.cancel)
    try:
        await future
    except asyncio.CancelledError:
        print("a future")


async def cancels_itself():
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


async def times_out():
    async with asyncio.timeout(0.001):
        await forever()


async def times_out_outside():
    async with asyncio.timeout(0.001):
        async with asyncio.timeout(60):
            await forever()


async def waits_too_long():
    await asyncio.wait_for(forever(), 0.001)


async def fails():
    raise ValueError


async def fails_in_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(forever(), name="sibling")
        group.create_task(fails())


def cancel(task):
    task.cancel()


async def over(*tasks):
    results = await asyncio.gather(*tasks, return_exceptions=True)
    print([type(result).__name__ for result in results])


async def main():
    loop = asyncio.get_running_loop()
    asyncio.current_task().set_name("main")
    await asyncio.sleep(0)

    early = loop.create_task(forever(), name="early")
    early.cancel()
    await over(early)

    late = loop.create_task(forever(), name="late")
    await asyncio.sleep(0)
    late.cancel()
    await over(late)
    late.cancel()  # which it does not notice

    await over(loop.create_task(cancels_itself(), name="itself"))

    inner = loop.create_task(forever(), name="inner")
    outer = loop.create_task(waits_for(inner), name="outer")
    await asyncio.sleep(0)
    outer.cancel()
    await over(outer, inner)

    absorbing = loop.create_task(absorbs(), name="absorbing")
    await asyncio.sleep(0)
    absorbing.cancel()
    await over(absorbing)

    called = loop.create_task(forever(), name="called")
    loop.call_soon(cancel, called)
    await over(called)

    bound = loop.create_task(forever(), name="bound")
    loop.call_soon(bound.cancel)
    await over(bound)

    slow = asyncio.tasks._PyTask(forever(), loop=loop, name="slow")
    await asyncio.sleep(0)
    slow.cancel()
    await over(slow)

    if sys.version_info >= (3, 9):
        for args, names in (("enough",), {}), ((), {"msg": "by name"}), ((main,), {}):
            told = loop.create_task(forever(), name="told")
            await asyncio.sleep(0)
            told.cancel(*args, **names)
            await over(told)
        slow = asyncio.tasks._PyTask(forever(), loop=loop, name="slow")
        await asyncio.sleep(0)
        slow.cancel("slowly")
        await over(slow)

    if sys.version_info >= (3, 12):
        await over(loop.create_task(waits_too_long(), name="patient"))

    if hasattr(asyncio, "timeout"):
        await over(loop.create_task(times_out(), name="timed"))
        await over(loop.create_task(times_out_outside(), name="nested"))
        await over(loop.create_task(fails_in_group(), name="group"))

    if hasattr(asyncio, "eager_task_factory"):
        loop.set_task_factory(asyncio.eager_task_factory)
        eager = loop.create_task(cancels_itself(), name="eager")
        loop.set_task_factory(None)
        await over(eager)


asyncio.run(main())
