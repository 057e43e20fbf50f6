# SPDX-License-Identifier: Apache-2.0
"""Ends in the way that the argument names, in the midst of a callback."""
import asyncio
import os
import signal
import sys
import threading


def status():
    sys.exit(3)


def text():
    sys.exit("a reason")


def at_once():
    sys.stdout.flush()
    os._exit(7)


def aborts():
    sys.stdout.flush()
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)


def terminated():
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGTERM)


def killed():
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def in_thread():
    threading.Thread(target=os._exit, args=(9,)).start()


def bad():
    raise MemoryError


def generator_exit():
    raise GeneratorExit


async def main():
    print("begun")
    asyncio.get_running_loop().call_soon(globals()[sys.argv[1]])
    try:
        await asyncio.sleep(2)
    finally:
        print("finally")


asyncio.run(main())
print("survived")
