# SPDX-License-Identifier: Apache-2.0
"""Uses all there is in asyncio, and counts the callbacks that it runs."""
import asyncio
import contextvars
import functools
import os
import signal
import sys
import threading

runs = 0
run = asyncio.Handle._run


def counted(self):
    global runs
    runs += 1
    return run(self)


asyncio.Handle._run = counted
results = {}


async def sleeper(n):
    await asyncio.sleep(0.001 * n)
    return n


async def cancels():
    loop = asyncio.get_running_loop()
    loop.call_later(60, print).cancel()
    loop.call_soon(print, "never").cancel()
    task = loop.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel()
    early = loop.create_task(sleeper(1))
    early.cancel()
    results["cancels"] = [type(r).__name__ for r in await asyncio.gather(task, early, return_exceptions=True)]
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.005)
    except asyncio.TimeoutError:
        results["timeout"] = True
    outer = loop.create_task(asyncio.wait([loop.create_task(asyncio.sleep(60)) for _ in range(2)], timeout=0.002))
    _, pending = await outer
    for t in pending:
        t.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    shielded = loop.create_task(sleeper(3))
    guard = asyncio.shield(shielded)
    loop.call_soon(guard.cancel)
    try:
        await guard
    except asyncio.CancelledError:
        results["shield"] = await shielded


async def locks():
    lock, event, queue = asyncio.Lock(), asyncio.Event(), asyncio.Queue(1)
    condition, semaphore = asyncio.Condition(), asyncio.Semaphore(2)
    order = []

    async def worker(n):
        async with semaphore:
            async with lock:
                order.append(n)
                await asyncio.sleep(0)
        await event.wait()
        await queue.put(n)

    async def notified():
        async with condition:
            await condition.wait()

    tasks = [asyncio.ensure_future(worker(n)) for n in range(4)]
    waiter = asyncio.ensure_future(notified())
    await asyncio.sleep(0.002)
    event.set()
    async with condition:
        condition.notify_all()
    got = [await queue.get() for _ in tasks]
    await asyncio.gather(waiter, *tasks)
    results["locks"] = order, sorted(got)


async def sockets():
    async def serve(reader, writer):
        while True:
            line = await reader.readline()
            if not line:
                break
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def client(n):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        got = []
        for i in range(5):
            writer.write(b"hello %d\n" % i)
            got.append(await reader.readline())
        writer.close()
        return len(got), got[-1]

    results["sockets"] = await asyncio.gather(*(client(n) for n in range(3)))
    server.close()
    await server.wait_closed()


async def threads():
    loop = asyncio.get_running_loop()
    future, calls = loop.create_future(), []

    def other():
        for i in range(20):
            loop.call_soon_threadsafe(calls.append, i)
        loop.call_soon_threadsafe(future.set_result, "from a thread")

    thread = threading.Thread(target=other)
    thread.start()
    results["threads"] = await future, len(calls)
    thread.join()
    jobs = [loop.run_in_executor(None, functools.partial(max, n, 2)) for n in range(5)]
    results["jobs"] = await asyncio.gather(*jobs)
    ctx = contextvars.copy_context()
    results["context"] = await loop.run_in_executor(None, functools.partial(ctx.run, str, 5))
    coro = sleeper(1)
    remote = await loop.run_in_executor(None, asyncio.run_coroutine_threadsafe, coro, loop)
    results["remote"] = await asyncio.wrap_future(remote)


async def processes():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input()[::-1])",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate(b"olleh\n")
    results["process"] = out, process.returncode


async def signals():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, future.set_result, "signal")
    os.kill(os.getpid(), signal.SIGUSR1)
    results["signal"] = await future
    loop.remove_signal_handler(signal.SIGUSR1)


async def fails():
    async def boom():
        await asyncio.sleep(0)
        raise ValueError("boom")

    results["fails"] = repr((await asyncio.gather(boom(), return_exceptions=True))[0])


async def generators():
    async def numbers():
        for n in range(3):
            await asyncio.sleep(0)
            yield n

    results["generators"] = [n async for n in numbers()]


async def groups():
    if hasattr(asyncio, "TaskGroup"):
        async with asyncio.TaskGroup() as group:
            members = [group.create_task(sleeper(n), name="member") for n in range(3)]
        results["group"] = [m.result() for m in members]
        try:
            async with asyncio.timeout(0.002):
                await asyncio.sleep(60)
        except TimeoutError:
            results["timeout2"] = True


async def eager():
    if hasattr(asyncio, "eager_task_factory"):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)

        async def at_once():
            return 1

        async def yields():
            await asyncio.sleep(0)
            return 2

        tasks = [asyncio.create_task(c) for c in (at_once(), yields(), sleeper(1), sleeper(0))]
        results["eager"] = await asyncio.gather(*tasks)
        loop.set_task_factory(None)
        results["eager2"] = await asyncio.Task(yields(), loop=loop, eager_start=True)


async def main():
    for part in (cancels, locks, sockets, threads, processes, signals, fails, generators, groups, eager):
        await part()


asyncio.run(main())
for item in results.items():
    print(*item)
print("#runs", runs)
