# SPDX-License-Identifier: Apache-2.0
"""Starts a thread with a loop while something is faked by the library that the argument names,
and a process, and prints what the program sees."""
import asyncio
import os
import sys
import threading
import time


async def main():
    await asyncio.gather(*(asyncio.sleep(0.001 * n) for n in range(3)))


def in_thread(name):
    thread = threading.Thread(target=lambda: asyncio.run(main()), name=name)
    thread.start()
    thread.join()


def freezegun():
    from freezegun import freeze_time

    with freeze_time("2012-01-14", real_asyncio=True):
        in_thread("frozen")
        print(time.time(), time.monotonic_ns() == time.monotonic_ns())
    with freeze_time("2012-01-14", real_asyncio=True, tick=True):
        in_thread("ticking")
        print(int(time.time()) // 100)


def time_machine():
    from time_machine import travel

    with travel("1985-10-26", tick=True):
        in_thread("travels")
        print(int(time.time()) // 100)


def pyfakefs():
    from pyfakefs.fake_filesystem_unittest import Patcher

    with Patcher() as patcher:
        patcher.fs.create_file("/there/file", contents="text")
        in_thread("fake files")
        with open("/there/file") as file:
            print(file.read(), os.listdir("/there"), os.path.exists(__file__))


def blockbuster():
    from blockbuster import BlockingError, blockbuster_ctx

    async def blocks():
        try:
            time.sleep(0.001)
        except BlockingError as problem:
            print(problem)
        child = os.fork()
        if child == 0:
            os._exit(0)
        print(os.waitpid(child, 0)[1])

    with blockbuster_ctx():
        in_thread("unblocked")
        asyncio.run(blocks())


def faked():
    from unittest import mock

    calls = []
    for name in "open", "getpid", "path.join", "path.basename", "stat", "close", "write":
        owner, _, function = ("os." + name).rpartition(".")
        owner = {"os": os, "os.path": os.path}[owner]
        patch = mock.patch.object(owner, function, wraps=getattr(owner, function))
        calls.append(patch.start())
    in_thread("mocked")
    mock.patch.stopall()
    print([call.call_count for call in calls])


globals()[sys.argv[1]]()
