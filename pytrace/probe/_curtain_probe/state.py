# SPDX-License-Identifier: Apache-2.0
"""The state of level `loop` on one thread, from which Tasks is derived: an object of the compiled
recorder's (tasks.h has the same fields), or State where there is none."""
from .compiled import recorder

_NUMBERS = (
    "last_handle", "last_future",  # the latest that were given
    "turn_number",
    "loops",  # that run, one within the other
    "current",  # of the task that is running
    "eager_task",  # of a task that is running within its create_task
    "timer",  # of the running handle, if it ends a sleep
    "woken",  # id of the future whose waiters are being woken
    "open_turn",  # 0 if its end is written
    "running",  # what runs in it: the number of a handle, or that of a task, negative
)
_TRUTHS = (
    "yielded",  # the running task has asked for its next step
    "over",  # the turn is over, but what ran last in it has no end yet
    "polling",
    "deep",  # calls are told too
)
_OBJECTS = (
    "handles", "tasks", "futures", "sleeps",  # numbers by id; of a future that ends a sleep, its length
    "many",  # number and reference by id: handles that run many times
    "turning",  # the loop whose turn is open
    "quick",  # the same, if call_soon may stand in for its own
    "stepping",  # the task that runs
    "outer",  # what was interrupted by a turn within a turn
    "frame_site", "user_site", "code_site",  # functions of the thread
)


class State:
    __slots__ = _NUMBERS + _TRUTHS + _OBJECTS

    def __new__(cls, writer, handles):
        self = object.__new__(cls)
        for names, nothing in (_NUMBERS, 0), (_TRUTHS, False), (_OBJECTS, None):
            for name in names:
                setattr(self, name, nothing)
        self.handles, self.tasks, self.futures, self.sleeps = handles, {}, {}, {}
        return self


Base = recorder.Tasks if recorder else State
