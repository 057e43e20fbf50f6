# SPDX-License-Identifier: Apache-2.0
"""What the hooks see most of, always in the same order."""
import asyncio
import contextlib
import functools
import socket


def nothing(*args):
    pass


async def child(n):
    await asyncio.sleep(0)
    return n


async def fails():
    raise ValueError("failed")


async def callbacks(loop):
    for _ in range(3):
        loop.call_soon(nothing)
    loop.call_soon(nothing, 1)
    loop.call_soon(nothing).cancel()
    loop.call_later(0, nothing)
    await asyncio.sleep(0.001)


async def tasks(loop):
    print(await loop.create_task(child(1)))
    print(await asyncio.gather(child(2), child(3), fails(), return_exceptions=True))
    waiting = loop.create_task(asyncio.sleep(10), name="waiting")
    await asyncio.sleep(0)
    waiting.cancel()
    print(await asyncio.wait({waiting}) is not None, waiting.cancelled())
    early = loop.create_task(child(4))
    early.cancel()
    try:
        await early
    except asyncio.CancelledError:
        print("cancelled")
    try:
        await asyncio.wait_for(loop.create_future(), 0.1)  # not at once, however slow the machine
    except asyncio.TimeoutError:
        print("timeout")


async def futures(loop):
    for result in 1, 2:
        future = loop.create_future()
        loop.call_soon(future.set_result, result)
        print(await future)
    future = loop.create_future()
    future.add_done_callback(nothing)
    loop.call_soon(future.cancel)
    try:
        await future
    except asyncio.CancelledError:
        print("cancelled")


async def primitives(loop):
    lock, queue, event = asyncio.Lock(), asyncio.Queue(1), asyncio.Event()

    async def holder():
        async with lock:
            await queue.put(1)
            await queue.put(2)
        event.set()

    task = loop.create_task(holder())
    await asyncio.sleep(0)
    print(await queue.get())
    async with lock:
        print("locked")
    await event.wait()
    print(await queue.get())
    await task


async def sockets(loop):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        for n in range(3):
            await loop.sock_sendall(ours, b"%d" % n)
            print(await loop.sock_recv(theirs, 10))
        seen = loop.create_future()
        loop.add_reader(theirs, lambda: seen.done() or seen.set_result(theirs.recv(10)))
        ours.send(b"read")
        print(await seen)
        loop.remove_reader(theirs)


async def numbers():
    for n in range(3):
        await asyncio.sleep(0)
        yield n


@contextlib.asynccontextmanager
async def connection():
    await asyncio.sleep(0)
    yield
    await asyncio.sleep(0)


class Request:
    def __await__(self):
        return child(8).__await__()


def renamed(function, name):
    @functools.wraps(function)
    async def wrapper(*args):
        return await function(*args)

    wrapper.__qualname__ = name
    return wrapper


async def behind(loop):
    """Waits and names that show only to who looks behind something."""
    print([n async for n in numbers()], await Request())
    async with connection():
        pass
    for name in "first", "second", "first":
        print(await loop.create_task(renamed(child, name)(9)))
    print(await loop.create_task(child(10), name=""))


async def within(loop):
    """Runs within runs, and turns within turns."""
    def run():
        inner = loop.call_later(10, nothing)
        inner._run()
        inner.cancel()

    def outer():
        run()
        other = asyncio.new_event_loop()
        asyncio.events._set_running_loop(None)
        try:
            print(other.run_until_complete(child(5)))
        finally:
            asyncio.events._set_running_loop(loop)
            other.close()
        loop.call_soon(nothing)

    loop.call_soon(outer)
    await child(6)
    run()
    await child(7)


async def main():
    loop = asyncio.get_running_loop()
    await callbacks(loop)
    await tasks(loop)
    await futures(loop)
    await primitives(loop)
    await sockets(loop)
    await behind(loop)
    await within(loop)


asyncio.run(main())
