# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: tasks that start at once, within what creates them (3.12 and later)."""
from . import classes, waits
from .kinds import *
from .numbers import own_numbers
from .own import sys


def make(t, s, after):
    """Gives a Thread its hooks for them."""
    put, put2, user_site, tasks, getframe = t.put, t.put2, t.user_site, s.tasks, sys._getframe

    def eager():
        number = next(own_numbers)
        site = user_site(getframe(2), classes.run_code)
        put2(CREATED, site, number, s.current, STEP_BEGIN, 0, number, 0)
        before = s.current, s.eager_task, s.yielded
        s.current = s.eager_task = number
        s.yielded = False
        return number, before

    def eager_end(begun, task):
        number, before = begun
        if task is None:
            put2(DONE_ERROR, 0, number, 0, STEP_DONE, 0, number, 0)
        else:
            if number < 1 << 32 | 50_000:  # names of all tasks would fill the table
                name = classes.name_of(task)
                if type(name) is str:
                    kind, name = waits.name_of_task(t, task, name)
                    put(kind, 0, number, name)
            tasks[id(task)] = number
            after(task, number)
        s.current, s.eager_task, s.yielded = before

    t.eager, t.eager_end = eager, eager_end
