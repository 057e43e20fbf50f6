# SPDX-License-Identifier: Apache-2.0
"""The program's own tracing: what sys.settrace and sys.setprofile tell it of asyncio."""
import asyncio
import os
import sys

seen = []


def look(frame, event, arg):
    code = frame.f_code
    name = arg.__qualname__ if event.startswith("c_") else code.co_name
    seen.append("%s %s %s" % (event, os.path.basename(code.co_filename), name))
    return look


def lines(frame, event, arg):
    if event == "line":
        seen.append("%s %s %d" % (event, os.path.basename(frame.f_code.co_filename), frame.f_lineno))
    return lines


async def child():
    await asyncio.sleep(0)
    return 5


async def main():
    loop = asyncio.get_running_loop()
    loop.call_later(60, print).cancel()
    loop.call_soon(int)
    task = loop.create_task(child())
    await task
    future = loop.create_future()
    loop.call_soon_threadsafe(future.set_result, 6)
    await future


install, tracer = {"profile": (sys.setprofile, look), "calls": (sys.settrace, look), "lines": (sys.settrace, lines)}[sys.argv[1]]
loop = asyncio.new_event_loop()
loop.run_until_complete(asyncio.sleep(0))  # so that what happens once has happened
install(tracer)
try:
    loop.run_until_complete(main())
finally:
    install(None)
loop.close()
print("\n".join(seen))
