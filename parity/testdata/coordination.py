# SPDX-License-Identifier: Apache-2.0
"""Locks, events, conditions, semaphores, barriers and queues."""
import asyncio

from parity import say, since


def _start(*coroutines):
    return [asyncio.ensure_future(c) for c in coroutines]


async def _all(*coroutines):
    for task in _start(*coroutines):
        await task


async def lock_is_fair():
    lock = asyncio.Lock()

    async def use(name):
        async with lock:
            say(name, "has it")
            await asyncio.sleep(0)
            say(name, "gives it back")
    await _all(use("a"), use("b"), use("c"))


async def lock_is_not_barged():
    lock = asyncio.Lock()

    async def greedy():
        for i in range(2):
            async with lock:
                say("greedy", i)
                await asyncio.sleep(0)

    async def modest():
        async with lock:
            say("modest")
    await _all(greedy(), modest())


async def free_lock_does_not_yield():
    lock = asyncio.Lock()

    async def other():
        say("other")
    task = asyncio.ensure_future(other())
    for _ in range(3):
        async with lock:
            say("locked")
    await task


async def lock_with_a_cancelled_waiter():
    lock = asyncio.Lock()

    async def use(name):
        async with lock:
            say(name)
    await lock.acquire()
    a, b = _start(use("a"), use("b"))
    await asyncio.sleep(0)
    a.cancel()
    lock.release()
    await b
    say("locked", "yes" if lock.locked() else "no")


async def lock_released_too_often():
    lock = asyncio.Lock()
    try:
        lock.release()
    except RuntimeError:
        say("refused")


async def event_wakes_all():
    event = asyncio.Event()

    async def wait(name):
        await event.wait()
        say(name)

    async def set_it():
        say("set")
        event.set()
        say("has been set")
    await _all(wait("a"), wait("b"), set_it())


async def event_that_is_set_does_not_yield():
    event = asyncio.Event()

    async def other():
        say("other")
    task = asyncio.ensure_future(other())
    event.set()
    await event.wait()
    say("main first")
    await task


async def event_set_and_cleared_at_once():
    event = asyncio.Event()

    async def wait(name):
        await event.wait()
        say(name)
    tasks = _start(wait("a"), wait("b"))
    await asyncio.sleep(0)
    event.set()
    event.clear()
    for task in tasks:
        await task


async def condition_notifies_in_order():
    condition = asyncio.Condition()

    async def wait(name):
        async with condition:
            await condition.wait()
            say(name)

    async def notify():
        for n in (1, 2):
            async with condition:
                condition.notify(n)
                say("notified", n)
            await asyncio.sleep(1)
    await _all(wait("a"), wait("b"), wait("c"), notify())


async def condition_with_a_predicate():
    condition = asyncio.Condition()
    stock = []

    async def consumer():
        async with condition:
            await condition.wait_for(lambda: len(stock) >= 2)
            say("got", *stock)

    async def producer():
        for item in (1, 2):
            async with condition:
                stock.append(item)
                say("put", item)
                condition.notify_all()
            await asyncio.sleep(0)
    await _all(consumer(), producer())


async def condition_without_its_lock():
    condition = asyncio.Condition()
    try:
        condition.notify()
    except RuntimeError:
        say("refused")


async def semaphore_lets_two_in():
    semaphore = asyncio.Semaphore(2)

    async def use(name):
        async with semaphore:
            say(name, "in")
            await asyncio.sleep(1)
            say(name, "out")
    await _all(*(use(name) for name in "abcd"))


async def bounded_semaphore_released_too_often():
    semaphore = asyncio.BoundedSemaphore(1)
    await semaphore.acquire()
    semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        say("refused")


@since(3, 11)
async def barrier_of_two():
    barrier = asyncio.Barrier(2)

    async def party(name, n):
        await asyncio.sleep(n)
        say(name, "comes")
        await barrier.wait()
        say(name, "goes on")
    await _all(party("a", 1), party("b", 2), party("c", 3), party("d", 4))


@since(3, 11)
async def barrier_aborted():
    barrier = asyncio.Barrier(2)

    async def party():
        try:
            await barrier.wait()
        except asyncio.BrokenBarrierError:
            say("broken")
    task = asyncio.ensure_future(party())
    await asyncio.sleep(0)
    await barrier.abort()
    await task
    await party()


async def queue_in_order():
    queue = asyncio.Queue()
    for item in "abc":
        queue.put_nowait(item)
    while not queue.empty():
        say(await queue.get())


async def queue_of_one():
    queue = asyncio.Queue(1)

    async def producer():
        for i in range(3):
            await queue.put(i)
            say("put", i)

    async def consumer():
        for _ in range(3):
            say("got", await queue.get())
    await _all(producer(), consumer())


async def queue_without_waiting():
    queue = asyncio.Queue(1)
    try:
        queue.get_nowait()
    except asyncio.QueueEmpty:
        say("empty")
    queue.put_nowait(1)
    try:
        queue.put_nowait(2)
    except asyncio.QueueFull:
        say("full")


async def queue_join():
    queue = asyncio.Queue()

    async def worker():
        for _ in range(2):
            item = await queue.get()
            await asyncio.sleep(1)
            say("did", item)
            queue.task_done()
    queue.put_nowait(1)
    queue.put_nowait(2)
    task = asyncio.ensure_future(worker())
    await queue.join()
    say("all done")
    await task


async def queue_task_done_too_often():
    queue = asyncio.Queue()
    try:
        queue.task_done()
    except ValueError:
        say("refused")


async def queue_with_a_cancelled_getter():
    queue = asyncio.Queue()

    async def get(name):
        say(name, "gets", await queue.get())
    a, b = _start(get("a"), get("b"))
    await asyncio.sleep(0)
    a.cancel()
    queue.put_nowait(1)
    await b


async def priority_queue():
    queue = asyncio.PriorityQueue()
    for item in (3, 1, 2):
        queue.put_nowait(item)
    while not queue.empty():
        say(await queue.get())


async def lifo_queue():
    queue = asyncio.LifoQueue()
    for item in (1, 2, 3):
        queue.put_nowait(item)
    while not queue.empty():
        say(await queue.get())


@since(3, 13)
async def queue_shut_down():
    queue = asyncio.Queue()

    async def consumer():
        try:
            while True:
                say("got", await queue.get())
        except asyncio.QueueShutDown:
            say("shut down")
    queue.put_nowait(1)
    queue.put_nowait(2)
    queue.shutdown()
    try:
        queue.put_nowait(3)
    except asyncio.QueueShutDown:
        say("refused")
    await consumer()


@since(3, 13)
async def queue_shut_down_at_once():
    queue = asyncio.Queue()
    queue.put_nowait(1)
    queue.shutdown(immediate=True)
    try:
        await queue.get()
    except asyncio.QueueShutDown:
        say("shut down, left", queue.qsize())
    await queue.join()
    say("joined")
