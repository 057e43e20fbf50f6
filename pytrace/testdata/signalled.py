# SPDX-License-Identifier: Apache-2.0
"""The main thread waits for one that calls functions, and gets a signal."""
import asyncio
import os
import signal
import threading
import time


def nothing():
    pass


def works():
    os.kill(os.getpid(), signal.SIGUSR1)
    # The handler runs when the main thread goes on; until then it is pending.
    end = time.monotonic() + 0.05
    while time.monotonic() < end:
        nothing()


async def main():
    loop = asyncio.get_running_loop()
    got = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, got.set_result, "signal")
    thread = threading.Thread(target=works)
    thread.start()
    thread.join()
    print(await got)


asyncio.run(main())
