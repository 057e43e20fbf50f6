# SPDX-License-Identifier: Apache-2.0
"""One workload on one event loop: python workloads.py WORKLOAD LOOP N

Prints lines of a name and a number; "value" is the result, in the unit of the
workload (mostly nanoseconds per operation). Each workload has its twin in
go_workloads.go and does the same work in the same order.
"""

import asyncio
import os
import sys
import threading
from time import perf_counter_ns

BURST = 1000  # call_soon_threadsafe calls in a row
BATCH = 100  # timers armed and cancelled in one turn of the loop


async def call_soon(n):
    """A chain of n callbacks, each scheduled by the one before."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    left = n

    def step():
        nonlocal left
        left -= 1
        if left:
            loop.call_soon(step)
        else:
            done.set_result(None)

    start = perf_counter_ns()
    loop.call_soon(step)
    await done
    return (perf_counter_ns() - start) / n


async def sleep0(n):
    """n times sleep(0) in one task."""
    start = perf_counter_ns()
    for _ in range(n):
        await asyncio.sleep(0)
    return (perf_counter_ns() - start) / n


async def nothing():
    pass


async def create_await(n):
    """n times: create a task that does nothing, and await it."""
    start = perf_counter_ns()
    for _ in range(n):
        await asyncio.create_task(nothing())
    return (perf_counter_ns() - start) / n


async def lock(n):
    """n times: acquire and release a lock that nobody else wants."""
    free = asyncio.Lock()
    start = perf_counter_ns()
    for _ in range(n):
        async with free:
            pass
    return (perf_counter_ns() - start) / n


async def queue1(n):
    """n items from one task to another, through a queue that holds one."""
    queue = asyncio.Queue(1)

    async def consume():
        for _ in range(n):
            await queue.get()

    start = perf_counter_ns()
    consumer = asyncio.create_task(consume())
    for i in range(n):
        await queue.put(i)
    await consumer
    return (perf_counter_ns() - start) / n


async def to_thread(n):
    """n times: a function on another thread."""
    def nothing():
        return 0

    start = perf_counter_ns()
    for _ in range(n):
        await asyncio.to_thread(nothing)
    return (perf_counter_ns() - start) / n


def scattered(count):
    """Delays between ten and twenty minutes, in no order."""
    return [600 + i * 7919 % count * 600 / count for i in range(count)]


async def timer(n, outstanding):
    """n times: arm a timer and cancel it, while others are outstanding."""
    loop = asyncio.get_running_loop()
    callback = int
    others = [loop.call_later(delay, callback) for delay in scattered(outstanding)]
    delays = scattered(BATCH)

    async def batches(count):
        for _ in range(count):
            for delay in delays:
                loop.call_later(delay, callback).cancel()
            await asyncio.sleep(0)

    count = max(1, n // BATCH)
    await batches(count // 10)
    start = perf_counter_ns()
    await batches(count)
    value = (perf_counter_ns() - start) / (count * BATCH)
    for other in others:
        other.cancel()
    return value


async def threadsafe(n):
    """n callbacks from another thread, in bursts; the next burst waits for the last one to have run."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    bursts = max(1, n // BURST)

    def caller():
        ran = threading.Event()
        for _ in range(bursts):
            ran.clear()
            for _ in range(BURST - 1):
                loop.call_soon_threadsafe(int)
            loop.call_soon_threadsafe(ran.set)
            ran.wait()
        loop.call_soon_threadsafe(done.set_result, None)

    thread = threading.Thread(target=caller)
    start = perf_counter_ns()
    thread.start()
    await done
    value = (perf_counter_ns() - start) / (bursts * BURST)
    thread.join()
    return value


async def burst(n):
    """Bursts as in threadsafe, but their first callback holds the loop until the burst is complete."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    bursts = max(1, n // BURST)

    def caller():
        for i in range(bursts):
            complete, ran = threading.Event(), threading.Event()
            loop.call_soon_threadsafe(complete.wait)
            for _ in range(BURST - 2):
                loop.call_soon_threadsafe(int)
            if i == bursts - 1:
                loop.call_soon_threadsafe(done.set_result, None)
            loop.call_soon_threadsafe(ran.set)
            complete.set()
            ran.wait()

    thread = threading.Thread(target=caller)
    start = perf_counter_ns()
    thread.start()
    await done
    value = (perf_counter_ns() - start) / (bursts * BURST)
    thread.join()
    return value


async def sleepers(n):
    """n tasks sleep one second each: nanoseconds over that second."""

    async def sleeper():
        await asyncio.sleep(1)

    start = perf_counter_ns()
    tasks = [asyncio.create_task(sleeper()) for _ in range(n)]
    for task in tasks:
        await task
    return perf_counter_ns() - start - 1_000_000_000


async def memory(n):
    """n tasks asleep: bytes of resident memory each."""
    started = 0

    async def sleeper():
        nonlocal started
        started += 1
        await asyncio.sleep(600)

    await asyncio.create_task(nothing())
    before = resident()
    tasks = [asyncio.create_task(sleeper()) for _ in range(n)]
    while started < n:
        await asyncio.sleep(0)
    print("value", (resident() - before) / len(tasks), flush=True)
    os._exit(0)  # nobody waits ten minutes


def resident():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024


async def sleep5ms(n):
    """One sleep of five milliseconds, for counting system calls."""
    start = perf_counter_ns()
    await asyncio.sleep(0.005)
    return perf_counter_ns() - start


def mark(text):
    """A system call that does nothing but show in strace."""
    try:
        os.write(-1, text)
    except OSError:
        pass


def loop_factory(kind):
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop
    if kind == "rloop":
        import rloop

        return rloop.new_event_loop
    return None


def main():
    name, kind, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    name, _, argument = name.partition("-")
    workload, arguments = globals()[name], [int(argument)] if argument else []
    marked = "BENCH_MARK" in os.environ
    factory = loop_factory(kind)
    if marked:
        mark(b"bench:begin")
    with asyncio.Runner(loop_factory=factory) as runner:
        if not marked and workload in (call_soon, sleep0, create_await, lock, queue1, to_thread, threadsafe):
            runner.run(workload(n // 10 + 1))  # warm up
        value = runner.run(workload(n, *arguments))
    if marked:
        mark(b"bench:end")
    print("value", value)


main()
