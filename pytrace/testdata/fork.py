# SPDX-License-Identifier: Apache-2.0
"""Forks, in and out of a loop; each process runs a loop of its own."""
import asyncio
import multiprocessing
import os
import sys


async def work(n):
    await asyncio.sleep(0.001)
    return n


def child(n):
    sys.exit(asyncio.run(work(n)))


def main():
    print(asyncio.run(work(1)))
    pid = os.fork()
    if pid == 0:
        os._exit(asyncio.run(work(7)))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if sys.version_info >= (3, 9) else os.waitpid(pid, 0)[1] >> 8)

    async def forks():
        loop = asyncio.get_running_loop()
        pid = os.fork()
        if pid == 0:
            loop.call_soon(print, "not shown")  # within a step of the parent's loop
            os._exit(0)
        os.waitpid(pid, 0)
        await asyncio.sleep(0)

    asyncio.run(forks())
    for method in ("fork", "spawn"):
        process = multiprocessing.get_context(method).Process(target=child, args=(3,))
        process.start()
        process.join()
        print(method, process.exitcode)


if __name__ == "__main__":
    main()
