# SPDX-License-Identifier: Apache-2.0
"""Signal handlers of the loop and of the program, children that end, a fork that goes on."""
import asyncio
import os
import signal
import sys


def handler(number, frame):
    print("handler", number, frame is not None)


async def main():
    loop = asyncio.get_running_loop()
    got = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, got.set_result, "usr1")
    print(signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(await got)
    print(loop.remove_signal_handler(signal.SIGUSR1), signal.getsignal(signal.SIGUSR1))
    signal.signal(signal.SIGUSR2, handler)
    loop.call_soon(os.kill, os.getpid(), signal.SIGUSR2)
    await asyncio.sleep(0.05)
    process = await asyncio.create_subprocess_shell("kill -KILL $$")
    print(await process.wait())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import asyncio, sys; print(sys.stdin.read()); sys.exit(asyncio.run(asyncio.sleep(0, 5)))",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    print(await process.communicate(b"to the child"), process.returncode)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(len(asyncio.all_tasks(loop)))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if hasattr(os, "waitstatus_to_exitcode") else os.waitpid(pid, 0)[1])


asyncio.run(main())
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    asyncio.run(asyncio.sleep(0))
    sys.exit(6)
print(os.waitpid(pid, 0)[1] >> 8)
