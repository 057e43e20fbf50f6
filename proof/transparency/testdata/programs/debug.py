# SPDX-License-Identifier: Apache-2.0
"""asyncio's debug mode: slow callbacks, stacks of creation, wrong threads, log lines with their places."""
import asyncio
import gc
import logging
import sys
import threading
import time

logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(levelname)s %(filename)s:%(lineno)d %(funcName)s: %(message)s")


def slow():
    time.sleep(0.06)


async def slow_step():
    time.sleep(0.06)


def fails():
    raise ValueError("in debug mode")


async def fails_in_task():
    await asyncio.sleep(0)
    fails()


def wrong_thread(loop):
    try:
        loop.call_soon(print)
    except RuntimeError as error:
        print(error)
    try:
        loop.call_later(0, print)
    except RuntimeError as error:
        print(error)


async def main():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0.05
    loop.call_soon(slow)
    await asyncio.sleep(0.05)
    loop.call_later(0.001, slow)
    await asyncio.sleep(0.05)
    await asyncio.ensure_future(slow_step())
    loop.slow_callback_duration = 60
    loop.call_soon(fails)
    loop.call_later(0.001, fails)
    await asyncio.sleep(0.05)
    loop.call_soon_threadsafe(fails)
    loop.create_task(fails_in_task())
    await asyncio.sleep(0.05)
    gc.collect()
    thread = threading.Thread(target=wrong_thread, args=(loop,))
    thread.start()
    thread.join()
    for made in loop.call_soon(print, "soon"), loop.call_later(0, print, "later"), loop.create_task(slow_step()), \
            loop.create_future(), loop.call_soon_threadsafe(print, "outside"):
        print(made)
        print("".join("%s:%d " % (frame[2], frame[1]) for frame in made._source_traceback))
    await asyncio.sleep(0.1)
    future = loop.create_future()
    future.set_exception(LookupError("forgotten"))
    del future
    gc.collect()
    try:
        loop.call_soon(main())
    except TypeError as error:
        print(error)


asyncio.run(main(), debug=True)
