# SPDX-License-Identifier: Apache-2.0
"""A profiler written in C, such as yappi and memray are, takes its place without an object, while a
loop runs or before. So sys.getprofile says None all the time."""
import asyncio
import ctypes
import sys

seen = []
FUNCTION = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.py_object, ctypes.c_int, ctypes.c_void_p)


@FUNCTION
def profile(_, frame, event, argument):
    if frame.f_code is work.__code__:
        seen.append(event)
    return 0


# Not that of pythonapi, which would look for an exception of this thread's.
put = ctypes.PYFUNCTYPE(None, FUNCTION, ctypes.c_void_p)(("PyEval_SetProfile", ctypes.pythonapi))


def work():
    return 1


async def turns():
    for _ in range(3):
        await asyncio.sleep(0)
        work()


async def main():
    await turns()
    print(seen)
    put(profile, None)
    await turns()
    print(seen, sys.getprofile())


if sys.argv[1:] == ["before"]:
    put(profile, None)
asyncio.run(main())
asyncio.run(main())
