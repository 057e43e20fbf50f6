# SPDX-License-Identifier: Apache-2.0
"""Appends records to a ring: what writer.c does, where that is not to be had."""
from .compiled import monotonic_ns
from .own import Struct

RECORD = 32
COMMIT, LAYOUT = 1024 // 8, 1280 // 8  # words at the beginning of the file: the number of records, where the ring is
_OLDEST = 4  # in the layout, the word for the number of the oldest record

_pack_into = Struct("<QIIQQ").pack_into  # time; kind | flags << 8 | aux << 16; site; A; B


class Writer:
    """Appends to a ring of records, at an offset in memory.

    A hook that is writing can be interrupted by itself: between two bytecodes Python runs
    signal handlers and finalizers, and those may call asyncio. While a record is being
    written its number is therefore taken away; who comes by then finds a negative one
    and lets its record go. (The hooks can do without any single record.)
    """

    __slots__ = ("_slots", "_words", "_mask", "_next", "_oldest", "_time", "_open")

    def __init__(self, memory, offset, records):
        self._set_ring(memory, offset, records)
        self._next = 0  # number of the next record; -1 while one is being written, and after the end
        self._oldest = 0  # that of the oldest that the ring has ever held
        self._time = 0  # the latest
        self._open = True

    def _set_ring(self, memory, offset, records):
        self._slots, self._words, self._mask = memoryview(memory)[offset:], memoryview(memory).cast("Q"), records - 1

    def put(self, what, site, a, b, same=False):
        """Appends a record of this moment, or of the same moment as the one before."""
        number = self._next
        if number < 0:
            return
        self._next = -1
        if not same:
            self._time = monotonic_ns()
        _pack_into(self._slots, (number & self._mask) * RECORD, self._time, what, site, a, b)
        self._words[COMMIT] = self._next = number + 1

    def put_call(self, record):
        """Appends a record of a call, of which the kind and, above it, the site are one number."""
        self.put(record & 0xFFFFFFFF, record >> 32, 0, 0)

    def reset(self):
        """Is called where no record can be in the making: a KeyboardInterrupt that falls into put
        leaves the number away."""
        if self._open:
            self._next = self._words[COMMIT]

    def stop(self):
        """Ends it."""
        self._open = False
        self._next = -1

    def go(self):
        """Lets it begin again where it ended."""
        self._open = True
        self.reset()

    def move(self, memory, offset, records, layout):
        """Goes on in a ring elsewhere in the file, in another mapping of it, which is as large or
        larger, and takes along what is in this one. layout is where readers find its place, but for
        the oldest record's number, which is filled in."""
        had = self._mask + 1
        if records < had:
            raise ValueError("move: the ring is smaller")
        following, self._next = self._next, -1
        old, count = self._slots, self._words[COMMIT]
        self._set_ring(memory, offset, records)
        self._oldest = first = max(self._oldest, count - had)
        while first < count and records > had:
            size = min(count - first, had - first % had) * RECORD  # records is a multiple of had
            here, there = first % had * RECORD, first % records * RECORD
            self._slots[there:there + size] = old[here:here + size]
            first += size // RECORD
        self._words[layout // 8 + _OLDEST] = self._oldest
        self._words[LAYOUT] = layout
        self._next = following
