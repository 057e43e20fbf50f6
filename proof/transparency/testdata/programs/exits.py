# SPDX-License-Identifier: Apache-2.0
"""Exit functions, and loops that run in them."""
import asyncio
import atexit
import sys
import threading
import weakref


class Thing:
    pass


async def last():
    await asyncio.sleep(0)
    print("a loop at the exit")


def late():
    asyncio.run(last())


thing = Thing()
atexit.register(print, "first registered")
atexit.register(late)
weakref.finalize(thing, print, "finalizer")
loop = asyncio.new_event_loop()  # never closed


class AtEnd:
    """Goes when the interpreter takes modules apart."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.handle = self.loop.call_soon(print)

    def __del__(self):
        self.handle.cancel()
        self.loop.close()
        print("taken apart", self.loop.is_closed())


at_end = AtEnd()
thread = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(0.01)))
thread.start()
sys.exit(asyncio.run(asyncio.sleep(0, 4)))
