# SPDX-License-Identifier: Apache-2.0
"""Appends records to a ring, where the compiled recorder is not to be had.

A hook that is writing can be interrupted by itself: between two bytecodes Python runs
signal handlers and finalizers, and those may call asyncio. While a record is being
written the position is therefore taken away; who comes by then finds a negative one
and lets its record go. (The hooks can do without any single record.)
"""
from .compiled import monotonic_ns
from .own import Struct

RECORD = 32

# A record: time; kind | flags << 8 | aux << 16; site; A; B. Of many only the kind
# and A are set.
_FULL, _BARE = "QIIQQ", "QQQ8x"
_ONE = Struct("<" + _FULL).pack_into
_TWO = Struct("<" + _FULL + _FULL).pack_into
_NEXT = Struct("<" + _BARE + _BARE).pack_into
_FACT = Struct("<" + _FULL + _BARE + _BARE).pack_into
_FACTS = Struct("<" + _FULL + _FULL + _BARE + _BARE).pack_into
_TURN = Struct("<" + _BARE + _BARE + "QQQQ" + _BARE).pack_into
_CALL = Struct("<QQ16x").pack_into  # time; kind and flags, and above them the site


class Writer:
    """Appends to a ring of records, at an offset in memory.

    Most of what a record costs is the same for several at once, so there is a
    function for each company that they are often found in:

    - put, put2: one record, two.
    - put_next: the end of one thing and the beginning of the next.
    - put_fact, put_facts: what is to be said of a task, the end of its step, and the
      beginning of the next thing, unless that is 0.
    - put_turn: the end of a thing and of its turn, the beginning of the next turn and
      of its poll.
    - put_late: a record, with its time, to be written together with the next one. It is
      for ends behind which something else begins at once, or the loop stops: of a
      callback, a turn, a poll. Killed in between, the program loses just that one.
    - put_call: a record of a call, of which only the kind and the site are set, as one
      number.

    stop ends it, go lets it begin again where it ended.

    move goes on in a ring elsewhere in the file, in another mapping of it, which is as
    large or larger, and takes along what is in this one. layout is where readers find its
    place, but for the oldest record's number, which is filled in.
    """

    __slots__ = ("put", "put2", "put_next", "put_fact", "put_facts", "put_turn", "put_late", "put_call", "reset", "stop", "go", "move")

    def __init__(self, memory, offset, records):
        slots, words, now = memoryview(memory)[offset:], memoryview(memory).cast("Q"), monotonic_ns
        one, two, pair, fact, facts, turn, call = _ONE, _TWO, _NEXT, _FACT, _FACTS, _TURN, _CALL
        n = oldest = 0  # records so far, and the number of the oldest that the ring has ever held
        at = 0  # offset of the next one, -1 while one is being written or after the end
        last = (records - 1) * RECORD
        late = late_time = late_a = 0  # what put_late keeps
        stopped = False

        def put(what, site, a, b):
            nonlocal n, at, late
            i = at
            if i < 0:
                return
            at = -1
            if late:
                if i == last:
                    one(slots, i, late_time, late, 0, late_a, 0)
                    one(slots, 0, now(), what, site, a, b)
                    i = -RECORD
                else:
                    two(slots, i, late_time, late, 0, late_a, 0, now(), what, site, a, b)
                late = 0
                n += 1
                i += 32
            else:
                one(slots, i, now(), what, site, a, b)
            n += 1
            words[128] = n
            at = i + 32 if i != last else 0

        def put_call(what):
            nonlocal n, at
            i = at
            if i < 0 or late:
                put(what & 0xffffffff, what >> 32, 0, 0)
                return
            at = -1
            call(slots, i, now(), what)
            n += 1
            words[128] = n
            at = i + 32 if i != last else 0

        def put_late(what, a):
            nonlocal late, late_time, late_a
            if late or at < 0:
                put(what, 0, a, 0)
            else:
                late_time = now()
                late_a = a
                late = what

        def put2(what, site, a, b, what2, site2, a2, b2):
            nonlocal n, at
            i = at
            if i < 0:
                return
            if late or i >= last:
                put(what, site, a, b)
                put(what2, site2, a2, b2)
                return
            at = -1
            t = now()
            two(slots, i, t, what, site, a, b, t, what2, site2, a2, b2)
            n += 2
            words[128] = n
            i += 32
            at = i + 32 if i != last else 0

        def put_next(what, a, what2, a2):
            nonlocal n, at
            i = at
            if i < 0:
                return
            if late or i >= last:
                put(what, 0, a, 0)
                put(what2, 0, a2, 0)
                return
            at = -1
            t = now()
            pair(slots, i, t, what, a, t, what2, a2)
            n += 2
            words[128] = n
            i += 32
            at = i + 32 if i != last else 0

        def put_fact(what, site, a, b, end, what2, a2):
            nonlocal n, at
            i = at
            if i < 0:
                return
            if late or not what2 or i >= last - 32:
                put2(what, site, a, b, end, 0, a, 0)
                if what2:
                    put(what2, 0, a2, 0)
                return
            at = -1
            t = now()
            fact(slots, i, t, what, site, a, b, t, end, a, t, what2, a2)
            n += 3
            words[128] = n
            i += 64
            at = i + 32 if i != last else 0

        def put_facts(what, site, a, b, what2, site2, b2, end, what3, a3):
            nonlocal n, at
            i = at
            if i < 0:
                return
            if late or not what3 or i >= last - 64:
                put(what, site, a, b)
                put_fact(what2, site2, a, b2, end, what3, a3)
                return
            at = -1
            t = now()
            facts(slots, i, t, what, site, a, b, t, what2, site2, a, b2, t, end, a, t, what3, a3)
            n += 4
            words[128] = n
            i += 96
            at = i + 32 if i != last else 0

        def put_turn(end, a, over, a2, begin, a3, b3, poll, a4):
            nonlocal n, at
            if at < 0:
                reset()  # nothing can be in the making when a turn begins
                if at < 0:
                    return
            i = at
            if late or i >= last - 64:
                put_next(end, a, over, a2)
                put2(begin, 0, a3, b3, poll, 0, a4, 0)
                return
            at = -1
            t = now()
            turn(slots, i, t, end, a, t, over, a2, t, begin, a3, b3, t, poll, a4)
            n += 4
            words[128] = n
            i += 96
            at = i + 32 if i != last else 0

        def reset():
            # A KeyboardInterrupt can fall into put, which then never gives the
            # position back. Called where no record can be in the making.
            if at < 0 and not stopped:
                restore()

        def restore():
            nonlocal n, at
            n = words[128]
            at = n % records * RECORD

        def move(memory, offset, many, layout):
            nonlocal slots, words, records, oldest, last, at
            if many < records:
                raise ValueError("move: the ring is smaller")
            at, here = -1, at
            to = memoryview(memory)[offset:]
            new = memoryview(memory).cast("Q")
            oldest = new[layout // 8 + 4] = k = max(oldest, n - records)
            while k < n and many > records:
                size = min(n - k, records - k % records) * RECORD  # many is a multiple of records
                i, j = k % records * RECORD, k % many * RECORD
                to[j:j + size] = slots[i:i + size]
                k += size // RECORD
            slots, words, records, last = to, new, many, (many - 1) * RECORD
            words[160] = layout
            at = n % records * RECORD if here >= 0 else -1

        def stop():
            nonlocal late, at, stopped
            if late and at >= 0:
                what, late = late, 0
                put(what, 0, late_a, 0)
            stopped = True
            at = -1

        def go():
            nonlocal stopped
            stopped = False
            restore()

        self.put, self.put2, self.put_next, self.put_fact, self.put_facts = put, put2, put_next, put_fact, put_facts
        self.put_turn, self.put_late, self.put_call = put_turn, put_late, put_call
        self.reset, self.stop, self.go, self.move = reset, stop, go, move
