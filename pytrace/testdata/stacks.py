# SPDX-License-Identifier: Apache-2.0
"""Every place where a program can see what stands between it and its loop."""
import asyncio
import functools
import inspect
import os
import signal
import sys
import traceback


async def never():
    pass


def stack():
    return [(f.filename, f.lineno, f.name) for f in traceback.extract_stack()]


def raises():
    raise KeyboardInterrupt


async def main():
    loop = asyncio.get_running_loop()
    print("step", *stack(), sep="\n  ")
    loop.call_soon(lambda: print("callback", *stack(), sep="\n  "))
    sys.set_coroutine_origin_tracking_depth(20)
    coro = never()
    print("origin", *coro.cr_origin, sep="\n  ")
    coro.close()
    sys.set_coroutine_origin_tracking_depth(0)
    loop.set_debug(True)
    handles = [loop.call_soon(print, "soon"), loop.call_later(0, print, "later"), loop.call_soon_threadsafe(print, "threadsafe")]
    handles.append(loop.create_task(never()))
    for handle in handles:
        print(type(handle).__name__, *handle._source_traceback, sep="\n  ")
    try:
        loop.call_soon(never)
    except TypeError:
        traceback.print_exc()
    loop.set_debug(False)
    read, write = os.pipe()
    loop.add_reader(read, lambda: (print("reader", *stack(), sep="\n  "), loop.remove_reader(read)))
    loop.add_signal_handler(signal.SIGUSR1, lambda: print("signal", *stack(), sep="\n  "))
    os.write(write, b"x")
    signal.raise_signal(signal.SIGUSR1)
    await asyncio.sleep(0.001)
    os.close(write)
    os.close(read)


class Odd(asyncio.SelectorEventLoop):
    """A loop that hands on to asyncio's."""

    def call_soon(self, callback, *args, context=None):
        return super().call_soon(callback, *args, context=context)

    def _run_once(self):
        super()._run_once()


asyncio.run(main())
for interrupted in (raises, functools.partial(os.kill, os.getpid(), signal.SIGINT)):
    for loop in (asyncio.new_event_loop(), Odd()):
        loop.call_soon(interrupted)
        try:
            loop.run_forever()
        except KeyboardInterrupt as problem:
            print(*((f.name, f.lineno) for f in traceback.extract_tb(problem.__traceback__)), sep="\n  ")
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
try:
    loop.call_soon(print)
except RuntimeError as problem:
    print(problem, *traceback.extract_tb(problem.__traceback__), sep="\n  ")
for function in (asyncio.Handle._run, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop.call_at, asyncio.BaseEventLoop._run_once):
    code = function.__code__
    print(function, inspect.signature(function), code.co_filename, code.co_firstlineno, len(inspect.getsource(function)))
