# SPDX-License-Identifier: Apache-2.0
"""Uses what anyio has, on the backend that it is told."""
import sys

import anyio
import anyio.abc
import sniffio
from anyio import from_thread, to_thread


async def kid(event):
    await anyio.sleep(0.002)
    event.set()


async def waiter(event):
    await event.wait()


async def forever():
    await anyio.sleep(60)


async def producer(stream):
    async with stream:
        for n in range(3):
            await stream.send(n)


async def echo(stream):
    async with stream:
        await stream.send(await stream.receive())


def add(n):
    return n + 1


def work(n):
    return from_thread.run_sync(add, n)


async def main():
    print(sniffio.current_async_library())
    event = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(kid, event, name="kid")
        group.start_soon(waiter, event, name="the waiter")
    with anyio.move_on_after(0.002) as scope:
        await anyio.sleep(60)
    print(scope.cancel_called)
    async with anyio.create_task_group() as group:
        group.start_soon(forever, name="forever")
        await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    sender, receiver = anyio.create_memory_object_stream(0)
    async with anyio.create_task_group() as group:
        group.start_soon(producer, sender, name="producer")
        async for n in receiver:
            print(n)
    print(await to_thread.run_sync(work, 4))
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, echo)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(b"hello")
            print(await stream.receive())
        group.cancel_scope.cancel()


backend, _, loop = sys.argv[1].partition("+")
anyio.run(main, backend=backend, backend_options={"use_uvloop": True} if loop else {})
