# SPDX-License-Identifier: Apache-2.0
"""Uses what trio has."""
import trio
import trio.testing


async def kid(event):
    await trio.sleep(0.002)
    event.set()


async def waiter(event):
    await event.wait()


async def echo(stream):
    async for data in stream:
        await stream.send_all(data)


async def producer(channel):
    async with channel:
        for n in range(3):
            await channel.send(n)


async def broken():
    await trio.lowlevel.checkpoint()
    raise KeyError("broken")


async def forever():
    await trio.sleep_forever()


def work(n):
    return trio.from_thread.run_sync(add, n)


def add(n):
    return n + 1


async def main():
    event = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kid, event)
        nursery.start_soon(waiter, event, name="the waiter")
    with trio.move_on_after(0.002) as scope:
        await trio.sleep(60)
    print(scope.cancelled_caught)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(forever)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, echo, 0)
        stream = await trio.testing.open_stream_to_socket_listener(listeners[0])
        await stream.send_all(b"hello")
        print(await stream.receive_some())
        await stream.aclose()
        nursery.cancel_scope.cancel()
    sender, receiver = trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(producer, sender)
        await trio.testing.wait_all_tasks_blocked()
        async for n in receiver:
            print(n)
    print(await trio.to_thread.run_sync(work, 4))
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(broken)
    except BaseException as error:
        print(type(error).__name__)


trio.run(main)
try:
    trio.run(broken)
except KeyError as error:
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    print(error, frames)
