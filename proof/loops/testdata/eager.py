# SPDX-License-Identifier: Apache-2.0
"""Tasks that start at once, on a loop by name: with a name, and ending in their first step or not."""
import asyncio
import sys


async def ends():
    return 1


async def waits():
    await asyncio.sleep(0.001)


async def outer():
    """Begins tasks within its first step, which have no name and another one."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(loop.create_task(ends()), loop.create_task(waits(), name="inner"), factory(loop, ends()))


def factory(loop, coro, **options):
    """Is asyncio's eager factory, for loops that give it more options than that takes."""
    return asyncio.Task(coro, loop=loop, **dict(options, eager_start=True))


async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)
    tasks = [
        loop.create_task(ends(), name="ends"),
        asyncio.create_task(ends(), name="ends by asyncio"),
        loop.create_task(waits(), name="waits"),
        asyncio.create_task(waits(), name="waits by asyncio"),
        loop.create_task(outer(), name="outer"),
    ]
    async with asyncio.TaskGroup() as group:
        tasks.append(group.create_task(ends(), name="ends in group"))
        tasks.append(group.create_task(waits(), name="waits in group"))
    await asyncio.gather(*tasks)
    loop.set_task_factory(None)
    print([task.get_name() for task in tasks])


if sys.argv[1] == "asyncio":
    asyncio.run(main())
else:
    module = __import__(sys.argv[1])
    with asyncio.Runner(loop_factory=module.new_event_loop) as runner:
        runner.run(main())
