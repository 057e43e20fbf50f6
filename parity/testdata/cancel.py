# SPDX-License-Identifier: Apache-2.0
"""Cancellation, timeouts and shield."""
import asyncio

from parity import say, since


async def _sleeper(name="sleeper", n=10):
    try:
        await asyncio.sleep(n)
        say(name, "slept")
    except asyncio.CancelledError:
        say(name, "cancelled")
        raise


async def cancelled_while_sleeping():
    task = asyncio.ensure_future(_sleeper())
    await asyncio.sleep(1)
    task.cancel()
    say("asked for")
    try:
        await task
    except asyncio.CancelledError:
        say("it is cancelled")


async def cancelled_before_the_first_step():
    task = asyncio.ensure_future(_sleeper())
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("it never ran")


async def cancelled_twice():
    task = asyncio.ensure_future(_sleeper())
    await asyncio.sleep(0)
    task.cancel()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("once")
    say("again", "yes" if task.cancel() else "no")


async def cancelled_when_it_has_been_woken():
    loop = asyncio.get_running_loop()
    f = loop.create_future()

    async def awaiter():
        say("got", await f)
    task = asyncio.ensure_future(awaiter())
    await asyncio.sleep(0)
    f.set_result(1)
    await asyncio.sleep(0)
    await task


async def cleanup_that_waits():
    async def work():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            say("cleaning up")
            await asyncio.sleep(1)
            say("clean")
            raise
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("ended")


async def cancellation_that_is_swallowed():
    async def work():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            say("swallowed")
        try:
            await asyncio.sleep(1)
            say("and slept")
        except asyncio.CancelledError:
            say("cancelled still")
        return 1
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    say("result", await task)


async def error_in_place_of_cancellation():
    async def work():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError("no")
    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except ValueError as e:
        say("error:", e)


async def awaiter_and_awaited():
    async def outer():
        await asyncio.ensure_future(_sleeper("inner"))
    task = asyncio.ensure_future(outer())
    await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("outer cancelled")
    await asyncio.sleep(0)


async def self_cancel():
    async def work():
        asyncio.current_task().cancel()
        say("still here")
        await asyncio.sleep(0)
        say("not here")
    task = asyncio.ensure_future(work())
    try:
        await task
    except asyncio.CancelledError:
        say("cancelled")


async def shielded():
    async def work():
        await asyncio.sleep(2)
        say("work ends")
        return 1
    inner = asyncio.ensure_future(work())

    async def outer():
        try:
            await asyncio.shield(inner)
        except asyncio.CancelledError:
            say("outer cancelled")
    task = asyncio.ensure_future(outer())
    await asyncio.sleep(1)
    task.cancel()
    await task
    say("inner", await inner)


async def wait_for_in_time():
    async def work():
        await asyncio.sleep(1)
        return 5
    say("result", await asyncio.wait_for(work(), 2))


async def wait_for_too_late():
    try:
        await asyncio.wait_for(_sleeper(), 1)
    except asyncio.TimeoutError:
        say("timeout")


@since(3, 12)
async def wait_for_no_time():
    try:
        await asyncio.wait_for(_sleeper(), 0)
    except asyncio.TimeoutError:
        say("timeout")


async def wait_for_error():
    async def work():
        raise ValueError("broken")
    try:
        await asyncio.wait_for(work(), 1)
    except ValueError as e:
        say("error:", e)


@since(3, 11)
async def timeout_expires():
    try:
        async with asyncio.timeout(1):
            await _sleeper()
    except TimeoutError:
        say("timeout")
    await asyncio.sleep(1)
    say("goes on")


@since(3, 11)
async def timeout_is_not_needed():
    async with asyncio.timeout(2) as t:
        await asyncio.sleep(1)
    say("expired", "yes" if t.expired() else "no")


@since(3, 11)
async def inner_timeout_first():
    try:
        async with asyncio.timeout(5):
            try:
                async with asyncio.timeout(1):
                    await _sleeper()
            except TimeoutError:
                say("inner")
            await asyncio.sleep(1)
            say("within outer")
    except TimeoutError:
        say("outer")


@since(3, 11)
async def outer_timeout_first():
    try:
        async with asyncio.timeout(1):
            try:
                async with asyncio.timeout(5):
                    await _sleeper()
            except TimeoutError:
                say("inner")
    except TimeoutError:
        say("outer")


@since(3, 11)
async def timeout_rescheduled():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    try:
        async with asyncio.timeout(1) as t:
            t.reschedule(begin + 3)
            await _sleeper()
    except TimeoutError:
        say("timeout after", round(loop.time() - begin))


@since(3, 11)
async def timeout_and_cancellation():
    async def work():
        try:
            async with asyncio.timeout(5):
                await _sleeper()
        except TimeoutError:
            say("timeout")
    task = asyncio.ensure_future(work())
    await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        say("cancelled")


def leftovers_are_cancelled():
    async def main():
        asyncio.ensure_future(_sleeper("left"))
        await asyncio.sleep(0)
        say("main ends")
    asyncio.run(main())
    say("run ends")
