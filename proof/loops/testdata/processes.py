# SPDX-License-Identifier: Apache-2.0
"""Starts processes in every way there is."""
import asyncio
import concurrent.futures
import multiprocessing
import os
import subprocess
import sys

CHILD = "import asyncio; asyncio.run(asyncio.sleep(0))"


def square(n):
    if n < 0:
        raise ValueError(n)
    return n * n


async def pools(method):
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as one, \
            concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as two:
        jobs = [loop.run_in_executor(one, square, n) for n in range(4)]
        print(await asyncio.gather(*jobs, loop.run_in_executor(two, square, 9)))
        try:
            await loop.run_in_executor(one, square, -1)
        except ValueError as error:
            print(repr(error), "_curtain" in str(error.__cause__))
        print(list(one.map(square, range(6), chunksize=2)))


def sleeper():
    asyncio.run(asyncio.sleep(0))


def run_forked():
    pid = os.fork()
    if pid == 0:
        sleeper()
        os._exit(0)
    print(os.waitpid(pid, 0)[1])


def run_subprocess():
    print(subprocess.run([sys.executable, "-c", CHILD]).returncode)


def run_prepared():
    print(subprocess.run([sys.executable, "-c", CHILD], preexec_fn=os.getpid).returncode)


def run_spawned():
    print(os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", CHILD], os.environ), 0)[1])


def run_process(method):
    process = multiprocessing.get_context(method).Process(target=sleeper)
    process.start()
    process.join()
    print(process.exitcode)


async def run_async():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD)
    print(await process.wait())


def fail():
    try:
        subprocess.run(["/no/such/program"])
    except OSError as error:
        print(error)
    try:
        os.posix_spawn("/no/such/program", ["x"], {})
    except OSError as error:
        print(error)


if __name__ == "__main__":
    asyncio.run(pools(sys.argv[1]))
    asyncio.run(run_async())
    run_forked()
    run_subprocess()
    run_prepared()
    run_spawned()
    run_process(sys.argv[1])
    fail()
