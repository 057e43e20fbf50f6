# SPDX-License-Identifier: Apache-2.0
"""Exceptions in callbacks, as the loop's exception handler tells of them."""
import asyncio
import functools
import socket
import sys
import traceback


def fails(*args):
    deeper(args)


def deeper(args):
    raise ValueError("no good: %r" % (args,))


def handler(loop, context):
    print("handler:", context["message"], type(context.get("exception")).__name__, sorted(context))
    traceback.print_tb(context["exception"].__traceback__)


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(fails, 1)
    loop.call_soon(functools.partial(fails, 2), 3)
    loop.call_later(0.001, fails, "later")
    loop.call_soon(lambda: fails("lambda"))
    future = loop.create_future()
    future.add_done_callback(fails_of_future)
    future.set_result(None)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        loop.add_reader(ours, readable, loop, ours)
        theirs.send(b"x")
        await asyncio.sleep(0.05)
    await loop.run_in_executor(None, functools.partial(loop.call_soon_threadsafe, fails, "outside"))
    await asyncio.sleep(0.05)
    loop.set_exception_handler(handler)
    loop.call_soon(fails, "handled")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_exception_handler(lambda loop, context: 1 / 0)
    loop.call_soon(fails, "handled badly")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.call_soon(leaves)
    await asyncio.sleep(60)


def fails_of_future(future):
    fails(future.result())


def readable(loop, sock):
    sock.recv(1)
    loop.remove_reader(sock)
    fails("readable")


def leaves():
    raise SystemExit("left")


try:
    asyncio.run(main())
finally:
    sys.stdout.flush()
