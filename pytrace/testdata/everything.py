# SPDX-License-Identifier: Apache-2.0
"""Uses all there is in asyncio, and counts the callbacks that it runs."""
import asyncio
import concurrent.futures
import contextvars
import functools
import itertools
import os
import signal
import socket
import sys
import tempfile
import threading

runs = itertools.count()
run = asyncio.Handle._run


def counted(self):
    next(runs)
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


async def timers():
    loop = asyncio.get_running_loop()
    fired, last = [], loop.create_future()
    now = loop.time()
    loop.call_at(now, fired.append, "at once")
    loop.call_at(now + 0.04, fired.append, "at")
    loop.call_later(-1, fired.append, "late")
    loop.call_later(0.06, last.set_result, "last")
    own = contextvars.copy_context()
    loop.call_later(0.02, fired.append, "with a context", context=own)
    results["timers"] = await last, fired
    later = loop.create_task(sleeper(60))
    try:
        await asyncio.wait_for(asyncio.shield(later), 0.001)
    except asyncio.TimeoutError:
        later.cancel()
    await asyncio.sleep(0)


async def futures():
    loop = asyncio.get_running_loop()
    order, many = [], [loop.create_future() for _ in range(4)]
    for n, future in enumerate(many):
        future.add_done_callback(lambda f, n=n: order.append(n))
        future.add_done_callback(order.append)
        future.remove_done_callback(order.append)
    loop.call_soon(many[0].set_result, 0)
    loop.call_soon(many[1].set_exception, ValueError("of a future"))
    loop.call_soon(many[2].cancel)
    waiting = [asyncio.ensure_future(wait_for_it(f)) for f in many[:3]]
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    got = await asyncio.gather(*waiting, return_exceptions=True)
    many[3].set_result(3)
    results["futures"] = [type(g).__name__ for g in got], await many[3], order, len(done) + len(pending)
    results["as completed"] = [await f for f in asyncio.as_completed([sleeper(n) for n in (60, 30, 0)])]
    _, pending = await asyncio.wait([loop.create_task(c) for c in (sleeper(50), fail())], return_when=asyncio.FIRST_EXCEPTION)
    for task in pending:
        task.cancel()
    handled = []
    loop.set_exception_handler(lambda loop, context: handled.append(type(context["exception"]).__name__))
    loop.call_soon(divmod, 1, 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    results["handled"] = handled


async def wait_for_it(future):
    return await future


async def fail():
    await asyncio.sleep(0)
    raise KeyError("of a task")


async def queues():
    fifo, priority, lifo = asyncio.Queue(), asyncio.PriorityQueue(), asyncio.LifoQueue(2)

    async def consume():
        while True:
            await asyncio.sleep(await fifo.get())
            fifo.task_done()

    consumers = [asyncio.ensure_future(consume()) for _ in range(2)]
    for _ in range(6):
        fifo.put_nowait(0)
    await fifo.join()
    for n in 3, 1, 2:
        await priority.put(n)
    stack = asyncio.ensure_future(asyncio.gather(*(lifo.put(n) for n in range(3))))
    await asyncio.sleep(0)
    results["queues"] = [await priority.get() for _ in range(3)], [await lifo.get() for _ in range(3)]
    await stack
    if hasattr(fifo, "shutdown"):
        fifo.shutdown()
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
    if hasattr(asyncio, "Barrier"):
        barrier = asyncio.Barrier(3)
        results["barrier"] = sorted(await asyncio.gather(*(barrier.wait() for _ in range(3))))


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


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, got):
        self.got = got

    def datagram_received(self, data, address):
        self.got.set_result(data)


async def raw_sockets():
    loop = asyncio.get_running_loop()
    with socket.socket() as listening, socket.socket() as ours:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        for s in listening, ours:
            s.setblocking(False)
        accepting = loop.create_task(loop.sock_accept(listening))
        await loop.sock_connect(ours, listening.getsockname())
        theirs, _ = await accepting
        with theirs:
            reading = loop.create_task(loop.sock_recv(theirs, 1 << 20))
            await asyncio.sleep(0)
            await loop.sock_sendall(ours, b"raw")
            results["raw"] = await reading
            filled = loop.create_task(loop.sock_sendall(ours, bytes(4 << 20)))
            size = 0
            while size < 4 << 20:
                size += len(await loop.sock_recv(theirs, 1 << 20))
            await filled
            watched = loop.create_future()
            loop.add_writer(ours, lambda: watched.done() or watched.set_result("writable"))
            results["writable"] = await watched
            loop.remove_writer(ours)
    got = loop.create_future()
    server, _ = await loop.create_datagram_endpoint(lambda: Datagrams(got), local_addr=("127.0.0.1", 0))
    client, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=server.get_extra_info("sockname"))
    client.sendto(b"datagram")
    results["datagram"] = await got
    client.close()
    server.close()
    reader, writer = os.pipe()
    stream = asyncio.StreamReader()
    receiving, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reader, "rb"))
    sending, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writer, "wb"))
    sending.write(b"through a pipe")
    sending.close()
    results["pipe"] = await stream.read()
    receiving.close()
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")

        async def greet(reader, writer):
            writer.write(b"hello from a path")
            writer.close()

        server = await asyncio.start_unix_server(greet, path)
        reader, writer = await asyncio.open_unix_connection(path)
        results["unix"] = await reader.read()
        writer.close()
        server.close()
    with tempfile.TemporaryFile() as file:
        file.write(b"from a file")
        file.flush()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            results["sendfile"] = await loop.sock_sendfile(ours, file), theirs.recv(100)


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
    if hasattr(asyncio, "to_thread"):
        results["to thread"] = await asyncio.to_thread(sum, (1, 2))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results["pool"] = await asyncio.gather(*(loop.run_in_executor(pool, abs, -n) for n in range(4)))
        failed = loop.run_in_executor(pool, divmod, 1, 0)
        results["failed job"] = type((await asyncio.gather(failed, return_exceptions=True))[0]).__name__
    results["other loop"] = await loop.run_in_executor(None, another_loop, loop)


def another_loop(first):
    """Runs a loop of this thread, whose task waits for one of the other loop."""
    async def both():
        here = await sleeper(1)
        there = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sleeper(2), first))
        return here, there

    return asyncio.run(both())


async def processes():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input()[::-1])",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate(b"olleh\n")
    results["process"] = out, process.returncode
    process = await asyncio.create_subprocess_shell("cat", stdin=asyncio.subprocess.PIPE)
    try:
        await asyncio.wait_for(process.wait(), 0.005)
    except asyncio.TimeoutError:
        process.kill()
    results["killed"] = await process.wait()


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
    async for n in numbers():
        break  # the loop closes it


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
        try:
            async with asyncio.TaskGroup() as group:
                cancelled = group.create_task(sleeper(60000))
                group.create_task(fail())
        except BaseException as error:
            results["failed group"] = type(error).__name__, cancelled.cancelled()
        async with asyncio.timeout(60) as limit:
            await asyncio.sleep(0)
            limit.reschedule(asyncio.get_running_loop().time() + 30)


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
        results["eager task"] = await asyncio.Task(yields(), loop=loop, eager_start=True)
        if sys.version_info >= (3, 14):
            results["eager option"] = await asyncio.create_task(yields(), eager_start=True)


async def main():
    for part in (cancels, timers, futures, queues, locks, sockets, raw_sockets, threads, processes, signals, fails, generators, groups, eager):
        await part()


asyncio.run(main())
for item in results.items():
    print(*item)
print("#runs", next(runs))
