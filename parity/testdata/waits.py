# SPDX-License-Identifier: Apache-2.0
"""Several at once: gather, wait, as_completed, task groups."""
import asyncio

from parity import say, since


async def _work(name, n, error=None):
    try:
        await asyncio.sleep(n)
    except asyncio.CancelledError:
        say(name, "cancelled")
        raise
    say(name, "ends")
    if error:
        raise ValueError(error)
    return name


async def gather_in_order_of_arguments():
    say(*await asyncio.gather(_work("a", 3), _work("b", 1), _work("c", 2)))


async def gather_nothing():
    say("got", len(await asyncio.gather()))


async def gather_same_twice():
    task = asyncio.ensure_future(_work("a", 1))
    say(*await asyncio.gather(task, task))


async def gather_first_error():
    tasks = [asyncio.ensure_future(t) for t in (_work("a", 1, "broken"), _work("b", 2))]
    try:
        await asyncio.gather(*tasks)
    except ValueError as e:
        say("error:", e)
    await asyncio.wait(tasks)
    say("end")


async def gather_all_results():
    results = await asyncio.gather(_work("a", 2), _work("b", 1, "broken"), return_exceptions=True)
    say(results[0], "and", results[1])


async def gather_cancelled():
    async def outer():
        await asyncio.gather(_work("a", 5), _work("b", 6))
    task = asyncio.ensure_future(outer())
    await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("gather cancelled")


async def wait_for_the_first():
    tasks = [asyncio.ensure_future(_work(name, n)) for name, n in (("a", 2), ("b", 1))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    say("done", *(t.result() for t in done), "pending", len(pending))
    await tasks[0]


async def wait_for_the_first_error():
    tasks = [asyncio.ensure_future(t) for t in (_work("a", 1), _work("b", 2, "broken"), _work("c", 3))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    say("done", len(done), "pending", len(pending))
    try:
        tasks[1].result()
    except ValueError as e:
        say("error:", e)
    await asyncio.wait(pending)


async def wait_for_all():
    tasks = [asyncio.ensure_future(_work(name, n)) for name, n in (("a", 2), ("b", 1))]
    done, pending = await asyncio.wait(tasks)
    say("done", len(done), "pending", len(pending))


async def wait_with_timeout():
    tasks = [asyncio.ensure_future(_work(name, n)) for name, n in (("a", 1), ("b", 5))]
    done, pending = await asyncio.wait(tasks, timeout=2)
    say("done", len(done), "pending", len(pending))
    await tasks[1]


async def as_they_complete():
    for next_one in asyncio.as_completed([_work("a", 3), _work("b", 1), _work("c", 2)]):
        say("got", await next_one)


@since(3, 11)
async def group_waits():
    async with asyncio.TaskGroup() as g:
        g.create_task(_work("a", 2))
        g.create_task(_work("b", 1))
        say("body ends")
    say("group ends")


@since(3, 11)
async def group_cancels_the_others():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(_work("a", 5))
            g.create_task(_work("b", 1, "broken"))
            g.create_task(_work("c", 5))
    except BaseExceptionGroup as e:
        say("errors:", *e.exceptions)


@since(3, 11)
async def group_cancels_its_body():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(_work("a", 1, "broken"))
            await _work("body", 5)
    except BaseExceptionGroup as e:
        say("errors:", *e.exceptions)


@since(3, 11)
async def group_body_fails():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(_work("a", 5))
            await asyncio.sleep(1)
            raise ValueError("body")
    except BaseExceptionGroup as e:
        say("errors:", *e.exceptions)


@since(3, 11)
async def group_with_two_errors():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(_work("a", 1, "first"))
            g.create_task(_work("b", 1, "second"))
    except BaseExceptionGroup as e:
        say("errors:", *e.exceptions)


@since(3, 11)
async def group_takes_tasks_while_it_waits():
    async with asyncio.TaskGroup() as g:
        async def parent():
            await asyncio.sleep(1)
            g.create_task(_work("child", 1))
            say("parent ends")
        g.create_task(parent())
        say("body ends")
    say("group ends")


@since(3, 11)
async def group_cancelled_from_outside():
    async def outer():
        async with asyncio.TaskGroup() as g:
            g.create_task(_work("a", 5))
    task = asyncio.ensure_future(outer())
    await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("group cancelled")


@since(3, 11)
async def nested_groups():
    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(_work("outside", 5))
            async with asyncio.TaskGroup() as inner:
                inner.create_task(_work("inside", 1, "broken"))
    except BaseExceptionGroup:
        say("failed")


@since(3, 9)
async def to_thread_and_back():
    say("result", await asyncio.to_thread(lambda: 6 * 7))


@since(3, 9)
async def to_thread_error():
    def fails():
        raise ValueError("broken")
    try:
        await asyncio.to_thread(fails)
    except ValueError as e:
        say("error:", e)
