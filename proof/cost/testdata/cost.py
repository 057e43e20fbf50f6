# SPDX-License-Identifier: Apache-2.0
"""Says what a few things take, in ns of CPU time.

Each line of standard input is the name of a function here, which is called; what it
returns is printed. The argument is how many bytes take 30 us to hash; without it that is
printed.
"""
import asyncio
import hashlib
import socket
import sys
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib22():
    """fib(22), a function that calls itself 28,656 times, within a task."""

    async def main():
        start = time.process_time_ns()
        fib(22)
        return time.process_time_ns() - start

    return asyncio.run(main())


def callback(n=10000):
    """To schedule a callback that does nothing, and to run it."""
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

    loop.call_soon(turn, n // 100 - 1)
    start = time.process_time_ns()
    loop.run_forever()
    end = time.process_time_ns()
    loop.close()
    return (end - start) / n


def step(n=4000):
    """A step of one of ten tasks, by sleep(0)."""

    async def worker():
        for _ in range(n // 10):
            await asyncio.sleep(0)

    async def main():
        start = time.process_time_ns()
        await asyncio.gather(*(worker() for _ in range(10)))
        return (time.process_time_ns() - start) / n

    return asyncio.run(main())


def create(n=1000):
    """To create a task and to await it."""

    async def child():
        pass

    async def main():
        loop = asyncio.get_running_loop()
        start = time.process_time_ns()
        for _ in range(n):
            await loop.create_task(child())
        return (time.process_time_ns() - start) / n

    return asyncio.run(main())


def calibrate():
    """Returns how many bytes take 30 us to hash."""
    size = 1000
    while min(_timed(bytes(size)) for _ in range(200)) < 30_000:
        size += 1000
    return size


def _timed(data):
    start = time.perf_counter_ns()
    hashlib.sha256(data).digest()
    return time.perf_counter_ns() - start


def request(n=400):
    """A request to a server that takes 30 us in its protocol's callback. The client is
    in it too, so that nothing waits for another process."""
    ours, theirs = socket.socketpair()
    data = bytes(int(sys.argv[1]))

    class Server(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport, self.left = transport, n
            self.start = time.process_time_ns()
            theirs.send(b"x")

        def data_received(self, received):
            hashlib.sha256(data).digest()
            self.transport.write(b"y")
            theirs.recv(1)
            self.left -= 1
            if self.left:
                theirs.send(b"x")
            else:
                done.set_result((time.process_time_ns() - self.start) / n)

    async def main():
        nonlocal done
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        transport, _ = await loop.create_connection(Server, sock=ours)
        try:
            return await done
        finally:
            transport.close()

    done = None
    with theirs:
        return asyncio.run(main())


if len(sys.argv) == 1:
    sys.exit(print(calibrate()))
for line in iter(sys.stdin.readline, ""):
    print(round(globals()[line.strip()]()), flush=True)
