# SPDX-License-Identifier: Apache-2.0
"""Compares Numbers of the compiled recorder with a dict, over many random operations, and
gives all of it what it does not expect."""
import os
import random
import sys

sys.path.insert(0, os.environ["PYTHONPATH"])
import _curtain_probe

recorder = _curtain_probe.load("compiled").recorder

Calls, Numbers, Tasks, Writer = recorder.Calls, recorder.Numbers, recorder.Tasks, recorder.Writer
learn, task_number = recorder.learn, recorder.task_number
chance = random.Random(1)
numbers, known = Numbers(), {}
for i in range(200_000):
    # Few addresses at first, so that they collide and go, then very many.
    key = chance.randrange(1, 40 if i < 50_000 else 1 << 20) * 16
    what = chance.randrange(5)
    if what < 2:
        numbers[key] = known[key] = chance.randrange(-1 << 62, 1 << 62)
    elif what == 2:
        assert numbers.pop(key, None) == known.pop(key, None)
    elif what == 3:
        assert numbers.get(key, 7) == known.get(key, 7)
    assert len(numbers) == len(known)
assert all(numbers.get(key) == value for key, value in known.items())
numbers.clear()
assert len(numbers) == 0 and numbers.get(16) is None and numbers.pop(16, 5) == 5


def refused(function, *args):
    try:
        function(*args)
    except (TypeError, ValueError, OverflowError, BufferError, AttributeError):
        return
    raise AssertionError("%r took %r" % (function, args))


memory = bytearray(4096 + 32 * 4)
writer = Writer(memory, 4096, 4)
for args in (), (b"read only" * 1000, 4096, 4), (memory, 4096, 5), (memory, 4096, 0), (memory, 4096, -4), (memory, 4096, 8), \
        (memory, 1 << 62, 4), (memory, -8, 4), (memory, 0, 4), (memory, 4096, 1 << 62), (5, 4096, 4):
    refused(Writer, *args)
for args in (), (1,), (1, 2, 3, "4"), (1, 2, 3, None), (1, 2, 3, 4, 5):
    refused(writer.put, *args)
larger = bytearray(4096 + 32 * 8 + 40)
for args in (), (larger, 4096, 2, 4352), (larger, 4096, 8, 4360), (larger, 4096, 8, 4353), (larger, 4096, 8, -8), \
        (larger, 4096, 16, 4352), (5, 4096, 8, 4352), (larger, 4096, 8, None):
    refused(writer.move, *args)
refused(numbers.__setitem__, "1", 1)
refused(numbers.__setitem__, 16, "1")
refused(numbers.__setitem__, 16, None)
refused(numbers.get, "1")
refused(Calls, None, None, 1)
refused(Tasks, None, None)
refused(recorder.Slot, None)
learn(5)
assert task_number("Task-7") == 7 and task_number("Task-7") == 0 and task_number("Task-8") == 8
assert not any(map(task_number, ("", "Task-", "Task-x", "task-9", "Task-99999999999", "Task-9\udc80", 5)))

for i in range(6):
    writer.put(i, 2, (1 << 64) - 1, -1)
assert int.from_bytes(memory[1024:1032], "little") == 6
records = [int.from_bytes(memory[4096 + 32 * i + 8:4096 + 32 * i + 12], "little") for i in range(4)]
assert records == [4, 5, 2, 3], records
assert memory[4112:4128] == b"\xff" * 16
writer.stop()
writer.put(9, 0, 0, 0)
assert int.from_bytes(memory[1024:1032], "little") == 6
print("same")
