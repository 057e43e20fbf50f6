# SPDX-License-Identifier: Apache-2.0
"""Stacks as faulthandler and the inspection of frames show them, and a crash."""
import asyncio
import faulthandler
import os
import resource
import sys
import traceback

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def stack(where):
    print(where, flush=True)
    faulthandler.dump_traceback(all_threads=False)
    for frame in traceback.extract_stack():
        print(os.path.basename(frame.filename), frame.lineno, frame.name, frame.line, flush=True)


async def child():
    stack("step")
    await asyncio.sleep(0)
    stack("second step")


async def generator():
    stack("generator")
    yield 1


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(stack, "soon")
    loop.call_later(1, stack, "later")
    await loop.create_task(child())
    async for _ in generator():
        pass
    await loop.run_in_executor(None, stack, "job")
    await loop.run_in_executor(None, loop.call_soon_threadsafe, stack, "outside")
    await asyncio.sleep(1.2)
    task = loop.create_task(asyncio.sleep(60))
    await asyncio.sleep(0.05)
    task.print_stack(file=sys.stdout)
    asyncio.current_task().print_stack(file=sys.stdout)
    sys.stdout.flush()
    loop.call_soon(crash)
    await asyncio.sleep(60)


def crash():
    faulthandler.enable(all_threads=False, **{"c_stack": False} if sys.version_info >= (3, 14) else {})
    faulthandler._sigsegv()


asyncio.run(main())
