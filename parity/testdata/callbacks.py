# SPDX-License-Identifier: Apache-2.0
"""Callbacks, timers and futures."""
import asyncio

from parity import say, since


def _saying(text):
    return lambda *_: say(text)


async def callbacks_in_order():
    loop = asyncio.get_running_loop()
    for name in "abc":
        loop.call_soon(_saying(name))
    say("scheduled")
    await asyncio.sleep(0)
    say("main")


async def callback_schedules_callback():
    loop = asyncio.get_running_loop()

    def first():
        say("first")
        loop.call_soon(_saying("third"))
    loop.call_soon(first)
    loop.call_soon(_saying("second"))
    await asyncio.sleep(0)
    say("main")
    await asyncio.sleep(0)


async def callbacks_and_tasks_share_a_queue():
    async def work():
        say("task")
    loop = asyncio.get_running_loop()
    loop.call_soon(_saying("before"))
    task = asyncio.ensure_future(work())
    loop.call_soon(_saying("after"))
    await task


async def cancelled_callback():
    loop = asyncio.get_running_loop()
    loop.call_soon(_saying("never")).cancel()
    loop.call_soon(_saying("kept"))
    await asyncio.sleep(0)


async def callback_cancels_callback():
    loop = asyncio.get_running_loop()
    handles = []
    loop.call_soon(lambda: handles[0].cancel())
    handles.append(loop.call_soon(_saying("never")))
    loop.call_soon(_saying("kept"))
    await asyncio.sleep(0)


async def timers_by_time():
    loop = asyncio.get_running_loop()
    for delay in (3, 1, 2):
        loop.call_later(delay, _saying(delay))
    await asyncio.sleep(4)


async def equal_timers_in_order():
    loop = asyncio.get_running_loop()
    when = loop.time() + 1
    for name in "abc":
        loop.call_at(when, _saying(name))
    await asyncio.sleep(2)


async def cancelled_timer():
    loop = asyncio.get_running_loop()
    loop.call_later(1, _saying("never")).cancel()
    loop.call_later(1, _saying("kept"))
    await asyncio.sleep(2)


async def timer_cancels_timer_of_the_same_turn():
    loop = asyncio.get_running_loop()
    when = loop.time() + 1
    handles = []
    loop.call_at(when, lambda: handles[0].cancel())
    handles.append(loop.call_at(when, _saying("never")))
    loop.call_at(when, _saying("kept"))
    await asyncio.sleep(2)


async def timer_that_is_due_comes_after_what_is_ready():
    loop = asyncio.get_running_loop()
    loop.call_later(0, _saying("timer"))
    loop.call_soon(_saying("soon"))
    await asyncio.sleep(0)
    say("main")
    await asyncio.sleep(0)


async def time_stands_still_in_a_turn():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await asyncio.sleep(2)
    say("slept", round(loop.time() - begin))
    await asyncio.sleep(0)
    say("slept", round(loop.time() - begin))


async def panic_in_a_callback():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: say("handler:", context["exception"]))

    def fails():
        raise ValueError("broken")
    loop.call_soon(fails)
    loop.call_soon(_saying("next"))
    await asyncio.sleep(0)
    say("main")


async def thread_safe_call_from_the_loop_itself():
    loop = asyncio.get_running_loop()
    loop.call_soon_threadsafe(_saying("thread-safe"))
    say("main")
    await asyncio.sleep(0.001)


async def future_result():
    loop = asyncio.get_running_loop()
    f = loop.create_future()
    loop.call_soon(f.set_result, 42)
    say("result", await f)
    say("again", await f)


async def future_error():
    loop = asyncio.get_running_loop()
    f = loop.create_future()
    loop.call_soon(f.set_exception, ValueError("broken"))
    try:
        await f
    except ValueError as e:
        say("error:", e)


async def future_set_twice():
    f = asyncio.get_running_loop().create_future()
    f.set_result(1)
    try:
        f.set_result(2)
    except asyncio.InvalidStateError:
        say("invalid state")
    say("result", f.result())


async def future_not_ready():
    f = asyncio.get_running_loop().create_future()
    try:
        f.result()
    except asyncio.InvalidStateError:
        say("invalid state")
    f.cancel()


async def future_cancelled():
    loop = asyncio.get_running_loop()
    f = loop.create_future()
    loop.call_soon(f.cancel)
    try:
        await f
    except asyncio.CancelledError:
        say("cancelled")
    say("set again", "yes" if f.cancel() else "no")


async def future_wakes_in_order():
    loop = asyncio.get_running_loop()
    f = loop.create_future()

    async def awaiter(name):
        await f
        say(name)
    tasks = [asyncio.ensure_future(awaiter(name)) for name in "ab"]
    await asyncio.sleep(0)
    f.add_done_callback(_saying("callback"))
    f.set_result(None)
    say("set")
    for task in tasks:
        await task


def stop_lets_the_turn_end():
    loop = asyncio.new_event_loop()
    loop.call_soon(loop.stop)
    loop.call_soon(_saying("same turn"))
    loop.call_soon(lambda: loop.call_soon(_saying("next run")))
    loop.run_forever()
    say("stopped")
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()


def stop_before_run():
    loop = asyncio.new_event_loop()
    loop.call_soon(_saying("one turn"))
    loop.stop()
    loop.run_forever()
    say("stopped")
    loop.close()


def call_on_a_closed_loop():
    loop = asyncio.new_event_loop()
    loop.close()
    loop.close()
    try:
        loop.call_soon(_saying("never"))
    except RuntimeError:
        say("refused")


def run_until_complete_is_stopped():
    loop = asyncio.new_event_loop()
    f = loop.create_future()
    loop.call_soon(loop.stop)
    try:
        loop.run_until_complete(f)
    except RuntimeError:
        say("stopped before the end")
    loop.close()
