# SPDX-License-Identifier: Apache-2.0
"""Uses what a loop has, counts what runs, and says so in its last line."""
import asyncio
import collections
import contextvars
import importlib
import json
import os
import pickle
import signal
import socket
import sys
import threading

module = importlib.import_module(sys.argv[1])
ran = collections.Counter()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        ran["made"] += 1
        self.transport = transport

    def data_received(self, data):
        ran["received"] += 1
        self.transport.write(data)
        if ran["received"] == 3:
            self.transport.close()

    def connection_lost(self, error):
        ran["lost"] += 1


async def nap(seconds):
    await asyncio.sleep(seconds)
    return seconds


async def callbacks(loop):
    count = ran.update
    done = loop.create_future()
    for _ in range(3):
        loop.call_soon(count, ["soon"])
    loop.call_soon(count, ["soon"], context=contextvars.copy_context())
    loop.call_later(0.001, count, ["timer"])
    loop.call_at(loop.time() + 0.002, count, ["timer"])
    loop.call_soon(count, ["never"]).cancel()
    loop.call_later(0.001, count, ["never"]).cancel()
    loop.call_later(0.004, done.set_result, None)
    await done
    ran["timer"] += 1


async def threads(loop):
    def other():
        loop.call_soon_threadsafe(outside, 1)
        loop.call_soon_threadsafe(outside, 2)

    arrived = asyncio.Event()

    def outside(n):
        ran["outside"] += 1
        if n == 2:
            arrived.set()

    thread = threading.Thread(target=other)
    thread.start()
    await arrived.wait()
    thread.join()
    print(await loop.run_in_executor(None, sum, [1, 2]))


async def descriptors(loop):
    a, b = socket.socketpair()
    a.setblocking(False)
    got = loop.create_future()

    def readable():
        ran["reader"] += 1
        got.set_result(a.recv(1))
        loop.remove_reader(a.fileno())

    loop.add_reader(a.fileno(), readable)
    b.send(b"1")
    print(await got)
    a.close()
    b.close()


async def signals(loop):
    came = loop.create_future()

    def handler():
        ran["signal"] += 1
        came.set_result("signal")

    loop.add_signal_handler(signal.SIGUSR1, handler)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(await came)


async def streams(loop):
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(b"hello")
        print(await reader.readexactly(5))
    writer.close()
    while not ran["lost"]:
        await asyncio.sleep(0.001)
    server.close()


async def cancellation(loop):
    task = loop.create_task(nap(60), name="sleeper")
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    try:
        await asyncio.wait_for(nap(60), 0.002)
    except asyncio.TimeoutError:
        print("timeout")


def broken():
    raise KeyError("broken")


async def errors(loop):
    said = []
    loop.set_exception_handler(lambda *args: said.append(args[-1]))  # rloop gives just the context
    loop.call_soon(broken)
    loop.call_later(0.001, broken)
    await asyncio.sleep(0.005)
    for context in said:
        frames = []
        traceback = context["exception"].__traceback__
        while traceback is not None:
            frames.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        # Before 3.11 the probe's frame cannot be taken out.
        print(type(context["exception"]).__name__, context["message"].split(" at ")[0], frames[-1],
              sys.version_info < (3, 11) or "__call__" not in frames)
    try:
        loop.call_soon()
    except TypeError:
        print("TypeError")


async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.gather(*[nap(0.001 * i) for i in range(4)]))
    await callbacks(loop)
    await threads(loop)
    await descriptors(loop)
    await signals(loop)
    await streams(loop)
    await cancellation(loop)
    await errors(loop)


loop = module.new_event_loop()
print(type(loop).__name__, isinstance(loop, asyncio.AbstractEventLoop), pickle.loads(pickle.dumps(Echo)) is Echo,
      pickle.loads(pickle.dumps(type(loop))) is type(loop))
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
handle = loop.call_later(60, print)
if sys.argv[1] == "uvloop":
    print(handle, loop.call_soon(broken))
loop.close()
try:
    loop.call_soon(print)
    print("no error")
except RuntimeError as error:
    print(error)
print(json.dumps(ran, sort_keys=True))
