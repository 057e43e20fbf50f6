# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: what one thread writes down about its handles and tasks.

Objects are known by their ids, which Python uses again when an object is gone;
nothing here keeps one alive. So each number is given anew where an object's life
must begin: a handle when it is scheduled, a task when its first step is
scheduled (only then, or by itself, is a step asked for), a future when it is
first waited for. Entries of objects that vanish unseen are overwritten by the
next one at that address, which bounds the memory.

Tasks, with steps.py and scheduling.py, says what is recorded, and does all of it where there is
no compiled recorder. That has hooks of its own for what is usual (steps.c, scheduling.c), which
share this object's fields, and leave all else to the ones here.
"""
from . import classes, crossing, eager, sites, waits
from .compiled import recorder
from .kinds import *
from .numbers import loop_number
from .scheduling import Scheduling
from .state import Base
from .threads import check_turn, failed
from .waits import runs

HOOKS = "run", "run_once", "process_events", "call_soon", "call_at", "cancel"


class Tasks(Scheduling):
    """Is Thread.tasks. Its hooks are called where HOOKS are woven in."""

    __slots__ = ("eager", "hooks", "around")

    def __new__(cls, thread):
        return Base.__new__(cls, thread.ring.writer, thread.handles)

    def __init__(self, thread):
        self.thread, self.ident, self.put, self.string, self.many = thread, thread.ident, thread.put, thread.string, thread.many
        self.frame_site, self.user_site, self.code_site = thread.frame_site, thread.user_site, thread.code_site
        self.outer = []
        self.around = 0  # open calls that the loop runs in
        self.ends_turn = self.end_turn
        self.eager = eager.Starts(self)
        self.hooks = {name: getattr(self, name) for name in HOOKS}
        if recorder:
            _connect(self)

    # --- the loop ---------------------------------------------------------

    def loop_begin(self, loop):
        crossing.enter(loop, self.ident)
        thread = self.thread
        if thread.greenlets is not None:
            thread.greenlets.pin()
        self.loops += 1
        self.deep = thread.calls is not None
        if self.loops > 1:
            return  # of a loop within a loop only the turns show
        thread.ring.reset()
        del self.outer[:]
        self.current = self.timer = self.open_turn = self.running = 0
        self.stepping = self.turning = None
        self.polling = self.over = False
        if thread.calls is not None:
            self.around = thread.calls.depth()
        self.put(LOOP_BEGIN, 0, loop_number(loop), 0)

    def loop_end(self, loop):
        self.quick = None
        if self.over:
            self.close_turn()
        thread = self.thread
        if self.loops == 1:
            if thread.calls is not None:
                thread.calls.cut(self.around)
            self.put(LOOP_END, 0, loop_number(loop), 0)
        self.loops = max(self.loops - 1, 0)
        crossing.leave(loop)
        if thread.greenlets is not None:
            thread.greenlets.unpin()

    # --- tasks ------------------------------------------------------------

    def named(self, task):
        """Notes the name of a task that was given after its first step was scheduled."""
        number, name = self.tasks.get(id(task)), classes.name_of(task)
        if number is not None and type(name) is str:
            self.put(TASK_NAME, 0, number, self.string(name))

    def destroyed(self, task):
        """Notes that a task is gone though it has not ended."""
        number = self.tasks.pop(id(task), None)
        if number is not None:
            self.put(TASK_DONE_DESTROYED, 0, number, 0)

    def learn(self):
        """Tells the compiled recorder anew what asyncio's classes are."""
        if not recorder:
            return
        for name in _LEARNT:
            setattr(self, name, getattr(classes, name))
        for known in classes.Task, classes.Future, classes.events.Handle, classes.events.TimerHandle, classes.step_type, classes.wakeup_type:
            if known is not None:
                recorder.learn(known)


def make(thread):
    """Gives a Thread its Tasks."""
    thread.tasks = Tasks(thread)


# --- with the compiled recorder -------------------------------------------

_LEARNT = ("events", "step_type", "Task", "Future", "wakeup_type", "end_sleep", "py_step", "py_wakeup", "run_code", "loop_time",
           "own_call_soon", "own_check_closed")


def _connect(tasks):
    """Puts the recorder's hooks first, and tells it whom it asks and what does all that is not
    usual."""

    def soon_slowly(loop, handle, callback, args, frame):
        try:
            tasks.soon(loop, handle, callback, args, frame)
        except Exception as problem:
            failed("call_soon", problem)

    def end_step_slowly(task, number):
        try:
            tasks.end_step(task, number)
        except Exception as problem:
            failed("run", problem)

    def check():
        try:
            check_turn(tasks.thread)
        except Exception as problem:
            failed("_run_once", problem)

    def wait_of(kind, inner):
        return waits.aux_of(kind, inner) | (0 if inner is None else waits.label(tasks.thread, inner)) << 32

    tasks.run_slowly, tasks.turn_slowly, tasks.turn_end_slowly = tasks.run, tasks.run_once, tasks.ends_turn
    tasks.polled_slowly, tasks.call_at_slowly, tasks.cancel_slowly = tasks.process_events, tasks.call_at, tasks.cancel
    tasks.soon_slowly, tasks.end_step_slowly = soon_slowly, end_step_slowly
    tasks.kind_of, tasks.label, tasks.wait_of, tasks.length, tasks.check = _kind_of, tasks.string, wait_of, waits.length, check
    tasks.hooks = {name: getattr(Base, name).__get__(tasks) for name in HOOKS}
    tasks.turn_end, tasks.run_end = Base.end_turn.__get__(tasks), Base.end_run.__get__(tasks)
    tasks.learn()
    sites.forgetters.append(tasks.forget)


def _kind_of(code):
    sites.remember(code)
    return sites.STOP if runs(code) else sites.kind_of(code.co_filename)
