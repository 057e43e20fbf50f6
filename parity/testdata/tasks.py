# SPDX-License-Identifier: Apache-2.0
"""Tasks: the order of their steps."""
import asyncio
import contextvars

from parity import say, since


async def _steps(name, n):
    for i in range(n):
        say(name, i)
        await asyncio.sleep(0)


async def first_steps_in_order_of_creation():
    tasks = [asyncio.ensure_future(_steps(name, 1)) for name in "abc"]
    say("created")
    await asyncio.sleep(0)
    say("main again")
    for task in tasks:
        await task


async def steps_interleave():
    tasks = [asyncio.ensure_future(_steps(name, 3)) for name in "ab"]
    for task in tasks:
        await task
    say("end")


async def sleeps_end_by_time():
    async def sleeper(n):
        await asyncio.sleep(n)
        say("slept", n)
    tasks = [asyncio.ensure_future(sleeper(n)) for n in (3, 1, 2)]
    for task in tasks:
        await task
        say("awaited")


async def equal_sleeps_end_in_order():
    async def sleeper(name):
        await asyncio.sleep(1)
        say(name)
    tasks = [asyncio.ensure_future(sleeper(name)) for name in "abc"]
    for task in tasks:
        await task


async def negative_sleep_yields_once():
    task = asyncio.ensure_future(_steps("a", 2))
    await asyncio.sleep(-1)
    say("main")
    await task


async def a_call_does_not_yield():
    async def inner():
        say("inner")
    task = asyncio.ensure_future(_steps("a", 1))
    await inner()
    say("main")
    await task


async def awaiting_what_is_done_does_not_yield():
    async def nothing():
        return 1
    done = asyncio.ensure_future(nothing())
    await asyncio.sleep(0)
    other = asyncio.ensure_future(_steps("other", 1))
    say("result", await done)
    say("main first")
    await other


async def nested_tasks():
    async def outer():
        say("outer begins")
        inner = asyncio.ensure_future(_steps("inner", 2))
        await inner
        say("outer ends")
    await asyncio.ensure_future(outer())
    say("main ends")


async def awaiters_wake_in_order():
    async def slow():
        await asyncio.sleep(1)
        say("slow ends")
        return 7

    async def awaiter(name):
        say(name, "gets", await task)
    task = asyncio.ensure_future(slow())
    for other in [asyncio.ensure_future(awaiter(name)) for name in "abc"]:
        await other


async def error_reaches_the_awaiter():
    async def fails():
        await asyncio.sleep(0)
        raise ValueError("broken")
    task = asyncio.ensure_future(fails())
    try:
        await task
    except ValueError as e:
        say("error:", e)
    say("done")


async def awaiter_of_error_twice():
    async def fails():
        raise ValueError("broken")
    task = asyncio.ensure_future(fails())
    for _ in range(2):
        try:
            await task
        except ValueError as e:
            say("error:", e)


@since(3, 8)
async def names():
    async def who():
        say("I am", asyncio.current_task().get_name())
    task = asyncio.ensure_future(who())
    task.set_name("worker")
    await task


async def current_task_in_a_callback():
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def callback():
        say("in a callback" if asyncio.current_task() is None else "in a task")
        done.set_result(None)
    loop.call_soon(callback)
    say("in a callback" if asyncio.current_task() is None else "in a task")
    await done


async def done_callbacks_in_order():
    async def work():
        say("work")
    task = asyncio.ensure_future(work())
    task.add_done_callback(lambda t: say("first"))
    task.add_done_callback(lambda t: say("second"))
    await task
    say("awaited")
    await asyncio.sleep(0)


async def done_callback_after_the_end():
    async def work():
        say("work")
    task = asyncio.ensure_future(work())
    await task
    task.add_done_callback(lambda t: say("callback"))
    say("registered")
    await asyncio.sleep(0)
    say("end")


async def removed_done_callback():
    async def work():
        say("work")

    def callback(t):
        say("never")
    task = asyncio.ensure_future(work())
    task.add_done_callback(callback)
    say("removed", task.remove_done_callback(callback))
    await task
    await asyncio.sleep(0)


async def values_go_down():
    var = contextvars.ContextVar("var", default="none")

    async def child():
        say("child sees", var.get())
        var.set("child's")
        say("child has", var.get())
    var.set("main's")
    await asyncio.ensure_future(child())
    say("main has", var.get())


@since(3, 12)
async def eager_task_that_does_not_wait():
    async def work():
        say("work")
        return 1
    task = asyncio.Task(work(), loop=asyncio.get_running_loop(), eager_start=True)
    say("created", "done" if task.done() else "pending")
    say("result", await task)


@since(3, 12)
async def eager_task_that_waits():
    async def work():
        say("work begins")
        await asyncio.sleep(0)
        say("work ends")
    task = asyncio.Task(work(), loop=asyncio.get_running_loop(), eager_start=True)
    say("created", "done" if task.done() else "pending")
    await task
    say("end")


@since(3, 12)
async def eager_task_within_eager_task():
    loop = asyncio.get_running_loop()

    async def inner():
        say("inner")

    async def outer():
        say("outer begins")
        asyncio.Task(inner(), loop=loop, eager_start=True)
        say("outer ends")
    asyncio.Task(outer(), loop=loop, eager_start=True)
    say("main")
