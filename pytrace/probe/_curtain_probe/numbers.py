# SPDX-License-Identifier: Apache-2.0
"""Gives loops and tasks their numbers."""
from . import classes
from .compiled import recorder
from .kinds import FIRST_UNNUMBERED_TASK
from .own import count, ref

_loops = {}  # id of a loop: (weak reference, number)
_loop_numbers = count(1)
_last_default = 0  # the greatest N of a Task-N so far
own_numbers = count(FIRST_UNNUMBERED_TASK)  # for tasks that are not called Task-N
_handles = count(1 << 36)  # for handles that no thread counts by itself


def new_loop():
    """Returns a number for a loop that is no object."""
    return next(_loop_numbers)


def new_handle():
    """Returns a number for a handle that is no object."""
    return next(_handles)


def loop_number(loop):
    """Returns the number of a loop, always the same."""
    known = _loops.get(id(loop))
    if known is None or known[0]() is not loop:
        if len(_loops) > 10_000:
            _loops.clear()
        known = _loops[id(loop)] = (ref(loop), next(_loop_numbers))
    return known[1]


def task_number(task):
    """Returns a number for a new task, and its name if it is not Task-<number>."""
    global _last_default
    name = classes.name_of(task)
    if type(name) is str:
        if recorder:
            number = recorder.task_number(name)
            if number:
                return number, None
        elif name[:5] == "Task-":
            try:
                number = int(name[5:])
                if _last_default < number < FIRST_UNNUMBERED_TASK:
                    _last_default = number
                    return number, None
            except ValueError:
                pass
        return next(own_numbers), name
    return next(own_numbers), None
