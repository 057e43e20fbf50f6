# SPDX-License-Identifier: Apache-2.0
"""Tasks that make their first step when they are made, in each way to make them. Those that
have no name print the one that asyncio gives them."""
import asyncio
from asyncio import Task


class Derived(Task):
    def __init__(self, coro, **options):
        super().__init__(coro, eager_start=True, **options)


async def ends():
    return 1


async def waits():
    await asyncio.sleep(0.001)
    return 2


async def tells():
    print("called", asyncio.current_task().get_name())


async def fails():
    raise ValueError("at once")


async def stops():
    raise SystemExit("stops")


async def outer():
    inner = Task(waits(), loop=asyncio.get_running_loop(), name="inner", eager_start=True)
    Task(tells(), loop=asyncio.get_running_loop(), eager_start=True)
    await inner


async def itself():
    asyncio.current_task().cancel()
    await asyncio.sleep(1)


async def yields():
    await asyncio.sleep(0)


async def grouped():
    if hasattr(asyncio, "TaskGroup"):
        async with asyncio.TaskGroup() as group:
            group.create_task(ends(), name="grouped")


async def main():
    loop = asyncio.get_running_loop()
    made = [
        Task(ends(), loop=loop, name="by hand", eager_start=True),
        Task(waits(), loop=loop, name="waiting", eager_start=True),
        Task(coro=waits(), loop=loop, name="by keyword", eager_start=True),
        Task(tells(), loop=loop, eager_start=True),
        Task(fails(), loop=loop, name="failing", eager_start=True),
        Task(outer(), loop=loop, name="outer", eager_start=True),
        Task(itself(), loop=loop, name="itself", eager_start=True),
        Task(yields(), loop=loop, name="", eager_start=True),
        Derived(waits(), loop=loop, name="derived"),
    ]
    try:
        Task(stops(), loop=loop, name="stopping", eager_start=True)
    except SystemExit as stop:
        print(stop)
    try:
        Task("no coroutine", loop=loop, name="none", eager_start=True)
    except TypeError as error:
        print(error)
    loop.set_task_factory(asyncio.eager_task_factory)
    made.append(loop.create_task(ends(), name="factory"))
    made.append(asyncio.create_task(ends(), name="asyncio's"))
    made.append(asyncio.create_task(waits(), name="asyncio's waiting"))
    await grouped()
    loop.set_task_factory(lambda loop, coro, **more: Derived(coro, loop=loop))
    made.append(loop.create_task(ends(), name="other factory"))
    loop.set_task_factory(None)
    print(await asyncio.gather(*made, return_exceptions=True))
    made = None


asyncio.run(main())
