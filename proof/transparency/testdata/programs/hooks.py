# SPDX-License-Identifier: Apache-2.0
"""The hooks for exceptions that nobody catches: in threads with and without a loop, in finalizers, at the end."""
import asyncio
import gc
import sys
import threading
import traceback

gc.disable()  # so that all happens at the same moment


def told(kind):
    def hook(*args):
        error = args[0].exc_value if len(args) == 1 else args[1]
        frames = [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
        print(kind, type(error).__name__, frames, flush=True)

    return hook


def fails():
    raise LookupError("in a thread")


async def fails_in_loop():
    asyncio.get_running_loop().call_soon(leave)
    await asyncio.sleep(60)


class Bad:
    def __del__(self):
        raise ValueError("in a finalizer")


class Leaves(KeyboardInterrupt):
    pass


def leave():
    raise Leaves("through the loop")


def in_threads():
    for target in fails, lambda: asyncio.run(fails_in_loop()):
        thread = threading.Thread(target=target, name="worker")
        thread.start()
        thread.join()


async def main():
    asyncio.get_running_loop().call_soon(Bad())  # not callable, so there is a message too
    await asyncio.sleep(0.05)
    asyncio.get_running_loop().call_soon(lambda: Bad())
    await asyncio.sleep(0.05)


in_threads()
asyncio.run(main())
threading.excepthook = told("threading.excepthook")
sys.excepthook = told("sys.excepthook")
sys.unraisablehook = told("sys.unraisablehook")
in_threads()
asyncio.run(main())
asyncio.run(fails_in_loop())
