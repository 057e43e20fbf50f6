# SPDX-License-Identifier: Apache-2.0
"""Changes what Python's clocks are made of, as time_machine does: who has kept a reference to one
gets the other time, too. Meanwhile the first loop begins."""
import asyncio
import ctypes
import time

Clock = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p)
there = Clock(lambda module, unused: 1_326_499_200_000_000_000)
for clock in time.monotonic_ns, time.time_ns:
    definition = ctypes.c_void_p.from_address(id(clock) + object.__basicsize__).value
    ctypes.c_void_p.from_address(definition + ctypes.sizeof(ctypes.c_void_p)).value = ctypes.cast(there, ctypes.c_void_p).value
if time.monotonic_ns() == time.time_ns() == there(None, None):
    print("a clock of the program's")
asyncio.run(asyncio.sleep(0))
