# SPDX-License-Identifier: Apache-2.0
"""Writes a ring as the package comment of trace describes it, in plain Python."""
import mmap
import os
import struct
import sys
import time

CAPACITY, STRINGS, HEADER = 64, 4096, 4096
RING = HEADER + STRINGS
HEAD, STRINGS_END, STATE = 1024 // 8, 1088 // 8, 1216 // 8

path = sys.argv[1]
fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.ftruncate(fd, RING + CAPACITY * 32)
if hasattr(os, "posix_fallocate"):
    os.posix_fallocate(fd, 0, RING + CAPACITY * 32)
memory = mmap.mmap(fd, RING + CAPACITY * 32)
words = memoryview(memory).cast("Q")
struct.pack_into("<IIIIQQQQQQQQ32s136s", memory, 8, 1, 0, HEADER, 32, HEADER, STRINGS, RING, CAPACITY,
                 os.getpid(), 1, 1000, time.time_ns(), b"python", b"ring.py")
words[STATE] = 1
memory[:8] = b"CURTAIN\x01"


def entry(kind, payload):
    global end, last
    struct.pack_into("<II", memory, HEADER + end, kind, len(payload))
    memory[HEADER + end + 8:HEADER + end + 8 + len(payload)] = payload
    end += 8 + (len(payload) + 7) // 8 * 8
    last += 1
    words[STRINGS_END] = end
    return last


def append(time, kind, flags=0, aux=0, site=0, a=0, b=0):
    global head
    struct.pack_into("<QBBHIQQ", memory, RING + head % CAPACITY * 32, time, kind, flags, aux, site, a, b)
    head += 1
    words[HEAD] = head


end = last = head = 0
name = entry(1, b"main")
site = entry(2, struct.pack("<IIII", entry(1, b"/app.py"), entry(1, b"fetch"), 12, 0))
append(1000, 1, a=1, b=name)  # LoopBegin
append(1500, 16, site=site, a=3)  # TaskCreated
append(1600, 2, a=1)  # LoopEnd
words[STATE] = 2
