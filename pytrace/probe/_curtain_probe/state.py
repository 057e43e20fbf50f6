# SPDX-License-Identifier: Apache-2.0
"""The state of the hooks of level `loop` on one thread.

The compiled recorder has it where it can, and with it hooks of its own for what is
usual (see steps.c and scheduling.c): those leave all else to the hooks of tasks.py.
"""
from . import classes, sites, waits
from .compiled import recorder
from .own import partial
from .threads import check_turn, failed


class State:
    """The state where there is no compiled recorder."""

    __slots__ = ("tasks", "futures", "sleeps", "last_handle", "last_future", "turn_number", "loops", "current", "eager_task", "yielded",
                 "timer", "woken", "turning", "quick", "open_turn", "over", "running", "stepping", "outer", "polling", "deep")

    def __init__(self):
        self.tasks, self.futures, self.sleeps = {}, {}, {}


def new(t):
    """Returns the state of a Thread."""
    return State() if not recorder or t.ring.writer is None else recorder.Tasks(t.ring.writer, t.handles)


def attach(t, s, soon, after):
    """Puts the compiled hooks into a Thread, before its own. soon and after are those
    that may fail."""
    if type(s) is State:
        t.learn = learn_nothing
        return

    def soon_slowly(loop, handle, callback, args, frame):
        try:
            soon(loop, handle, callback, args, frame)
        except Exception as problem:
            failed("call_soon", problem)

    def after_slowly(task, number, what, a):
        try:
            after(task, number, what, a)
        except Exception as problem:
            failed("run", problem)

    def check():
        try:
            check_turn(t)
        except Exception as problem:
            failed("_run_once", problem)

    def wait_of(kind, inner):
        return waits.aux_of(kind, inner) | (0 if inner is None else waits.label(t, inner)) << 32

    s.many, s.kind_of, s.of_frame, s.user_site, s.code_site = t.many, _kind_of, t.site, t.user_site, t.code_site
    s.label, s.wait_of, s.turn_end, s.run_end = t.string, wait_of, s.end_turn, s.end_run
    s.run_slowly, s.turn_slowly, s.turn_end_slowly, s.polled_slowly = t.run, t.run_once, t.once_end, t.process_events
    s.soon_slowly, s.after_slowly, s.call_at_slowly, s.cancel_slowly = soon_slowly, after_slowly, t.call_at, t.cancel
    s.length, s.check = waits.length, check
    t.call_soon, t.run, t.run_once, t.process_events = s.call_soon, s.run, s.run_once, s.process_events
    t.call_at, t.cancel = s.call_at, s.cancel
    t.learn = partial(_learn, s)
    t.learn()
    sites.forgetters.append(s.forget)


def learn_nothing():
    """Stands for Thread.learn, which says anew what asyncio's classes are."""


def _learn(s):
    s.events, s.step_type, s.Task, s.Future = classes.events, classes.step_type, classes.Task, classes.Future
    s.wakeup_type, s.end_sleep, s.py_step, s.py_wakeup = classes.wakeup_type, classes.end_sleep, classes.py_step, classes.py_wakeup
    s.run_code, s.loop_time = classes.run_code, classes.loop_time
    s.own_call_soon, s.own_check_closed = classes.own_call_soon, classes.own_check_closed
    for known in classes.Task, classes.Future, classes.events.Handle, classes.events.TimerHandle, classes.step_type, classes.wakeup_type:
        if known is not None:
            recorder.learn(known)


def runs(code):
    """Reports whether a code is what runs handles: a task that it wakes is woken by
    the end of another."""
    return code is classes.run_code or id(code) in sites.stops


def runs_in(frame):
    """Reports the same of a frame."""
    return runs(frame.f_code) or frame in sites.edges


def _kind_of(code):
    sites.remember(code)
    return sites.STOP if runs(code) else sites.kind_of(code.co_filename)
