# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C at the point that the argument names, with what Python says of it."""
import asyncio
import os
import signal
import sys
import threading

main_thread = threading.get_ident()


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):  # until Python has looked
        pass


def interrupt_poll():
    """Waits until the main thread waits for events."""
    while sys._current_frames()[main_thread].f_code.co_name != "select":
        pass
    os.kill(os.getpid(), signal.SIGINT)


async def in_step():
    await asyncio.sleep(0)
    interrupt()
    await asyncio.sleep(60)


async def in_callback():
    asyncio.get_running_loop().call_soon(interrupt)
    await asyncio.sleep(60)


async def in_timer():
    asyncio.get_running_loop().call_later(0.001, interrupt)
    await asyncio.sleep(60)


async def in_poll():
    threading.Thread(target=interrupt_poll).start()
    await asyncio.sleep(60)


async def in_cleanup():
    try:
        await asyncio.sleep(0)
        interrupt()
        await asyncio.sleep(60)
    finally:
        print("cleaned up")
        await asyncio.sleep(0)
        print("and suspended")


async def in_child():
    async def child():
        interrupt()
        await asyncio.sleep(60)

    await asyncio.gather(child(), asyncio.sleep(60))


def by_hand():
    """Without asyncio.run, which from 3.11 on has a handler of its own."""
    loop = asyncio.new_event_loop()
    loop.call_soon(interrupt)
    try:
        loop.run_forever()
    finally:
        loop.close()


point = sys.argv[1]
if point == "by_hand":
    by_hand()
else:
    asyncio.run(globals()[point]())
