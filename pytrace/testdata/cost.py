# SPDX-License-Identifier: Apache-2.0
"""Prints what asyncio's basic steps take, in ns of CPU time: best of many repeats."""
import asyncio
import sys
import time


def chain(n):
    """A chain of n callbacks, each scheduled by the one before."""
    loop = asyncio.new_event_loop()

    def step(left):
        if left:
            loop.call_soon(step, left - 1)
        else:
            loop.stop()

    loop.call_soon(step, n)
    start = time.process_time_ns()
    loop.run_forever()
    end = time.process_time_ns()
    loop.close()
    return (end - start) / n


def burst(n):
    """n callbacks of one turn, 100 turns' worth at a time."""
    loop = asyncio.new_event_loop()

    def nothing():
        pass

    def turn(left):
        for _ in range(100):
            loop.call_soon(nothing)
        if left:
            loop.call_soon(turn, left - 1)
        else:
            loop.call_soon(loop.stop)

    loop.call_soon(turn, n // 100)
    start = time.process_time_ns()
    loop.run_forever()
    end = time.process_time_ns()
    loop.close()
    return (end - start) / n


def sleeps(n):
    """A step of one of 10 tasks that call sleep(0)."""

    async def worker():
        for _ in range(n // 10):
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*(worker() for _ in range(10)))

    start = time.process_time_ns()
    asyncio.run(main())
    return (time.process_time_ns() - start) / n


def creates(n):
    """To create a task and await it."""

    async def child():
        pass

    async def main():
        loop = asyncio.get_running_loop()
        start = time.process_time_ns()
        for _ in range(n):
            await loop.create_task(child())
        return (time.process_time_ns() - start) / n

    return asyncio.run(main())


def fib(n):
    """fib(15), a function that calls itself."""

    def call(k):
        return k if k < 2 else call(k - 1) + call(k - 2)

    async def main():
        start = time.process_time_ns()
        call(15)
        return time.process_time_ns() - start

    return asyncio.run(main())


count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
for measure in (chain, burst, sleeps, creates, fib):
    if sys.argv[2:] and measure.__name__ not in sys.argv[2:]:
        continue
    print(measure.__name__, round(min(measure(count) for _ in range(60))))
