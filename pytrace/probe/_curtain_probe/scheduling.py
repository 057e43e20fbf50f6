# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: the hooks of what schedules callbacks, steps and timers, and of what cancels them.
(The C has the usual cases of these in scheduling.c, under the same names.)

A task step is a handle whose callback is the task's own. C code schedules it by
calling loop.call_soon from within whatever resolved the awaited future: the
stack at that moment shows who and where.
"""
from . import classes, crossing, scopes, waits
from .compiled import monotonic_ns
from .crossing import runner
from .kinds import *
from .numbers import task_number
from .own import FunctionType, MethodType, get_ident, name_of_type, sys
from .steps import BUILTIN, MOST, SLEEP, Steps, elsewhere
from .threads import failed
from .waits import runs_in

_LONGEST = 1000  # characters of a cancellation's text


class Scheduling(Steps):
    __slots__ = ()

    # --- steps ------------------------------------------------------------

    def first_step(self, handle, task, frame):
        """Notes a task that was created just now."""
        number, name = task_number(task)
        self.tasks[id(task)] = number
        self.handles[id(handle)] = -number
        self.created(task, number, name, self.user_site(frame, classes.run_code), self.current)

    def step(self, handle, task, frame):
        """Notes that a task is to make a step: its first, or the next after a bare yield."""
        number = self.tasks.get(id(task))
        if number is None and self.eager_task and self.eager_task == self.current:
            number = self.tasks[id(task)] = self.eager_task
        if number is None or number != self.current:
            self.first_step(handle, task, frame)
            return
        self.handles[id(handle)] = -number
        self.yielded = True

    def place_of_end(self, future, frame):
        """Where a future was resolved that makes its callback run. The end of a task has no line of
        its own: its function stands in."""
        by_end = classes.is_task(type(future)) and runs_in(frame)
        return by_end and waits.site_of_task(future, self.code_site) or self.user_site(frame, classes.run_code)

    def wake(self, handle, task, future, frame):
        """Notes the step of a task whose future is done."""
        number = self.tasks.get(id(task))
        known = number is not None
        if not known:
            number = self.announce(task)
        self.handles[id(handle)] = -number
        if classes.is_task(type(future)):
            cause, by = TASK_WOKEN_TASK, self.tasks.get(id(future), 0)
            site = waits.site_of_task(future, self.code_site) if runs_in(frame) else self.user_site(frame, classes.run_code)
        else:
            cause, by = self.cause_of(future)
            site = self.user_site(frame, classes.run_code)
        if not known:
            return  # its creation has made it ready
        cancelled = not classes.tells_cancel and classes.seems_cancelled(task, future)
        if cancelled:
            self.put(TASK_CANCELLED, site, number, self.current)
        self.put(cause, site, number, by, cancelled)

    def cause_of(self, future):
        """What has resolved a future that is no task: the kind of record, and a number."""
        key = id(future)
        by = self.futures.get(key, 0)
        if self.woken and self.woken != key:
            self.futures.pop(self.woken, None)
        self.woken = key
        if classes.is_future(type(future)) and classes.state_of(future) == "CANCELLED":
            self.sleeps.pop(key, None)
            return TASK_WOKEN_CANCEL, by
        return (TASK_WOKEN_TIMER, self.timer) if self.timer else (TASK_WOKEN_FUTURE, by)

    # --- callbacks --------------------------------------------------------

    def plain(self, handle, args, frame):
        """Notes a callback that is no step of a task."""
        self.handles[id(handle)] = number = self.new_handle()
        if len(args) == 1 and classes.is_future(type(args[0])):
            self.put(HANDLE_SCHEDULED_DONE, self.place_of_end(args[0], frame), number, 0)
        else:
            self.put(HANDLE_SCHEDULED_SOON, self.user_site(frame, classes.run_code), number, 0)

    def note(self, handle, callback, args, frame):
        """Notes what was scheduled. asyncio's classes in C have types of their own for the steps of
        tasks, whose names tell them when they are first seen."""
        kind = type(callback)
        if kind is FunctionType:
            self.plain(handle, args, frame)
        elif kind is classes.step_type:
            self.step(handle, callback.__self__, frame)
        elif kind is classes.wakeup_type:
            self.wake(handle, callback.__self__, args[0], frame)
        elif kind is BUILTIN and len(args) == 1 and classes.is_task(type(callback.__self__)) and callback.__name__ == "task_wakeup":
            self.wake(handle, callback.__self__, args[0], frame)
        elif kind is MethodType and callback.__func__ is classes.py_step:
            self.step(handle, callback.__self__, frame)
        elif kind is MethodType and callback.__func__ is classes.py_wakeup:
            self.wake(handle, callback.__self__, args[0], frame)
        elif self.learns(kind):
            self.note(handle, callback, args, frame)
        else:
            self.plain(handle, args, frame)

    def learns(self, kind):
        """Learns the types of tasks' first steps and, before 3.10, of their wake-ups."""
        name = name_of_type(kind)
        if name == "TaskStepMethWrapper":
            classes.step_type = kind
        elif name == "TaskWakeupMethWrapper":
            classes.wakeup_type = kind
        else:
            return False
        self.learn()
        return True

    def soon(self, loop, handle, callback, args, frame):
        """Notes what asyncio, or another loop, has scheduled by itself."""
        if runner(loop) in (None, self.ident):  # else call_soon_threadsafe has seen to it
            self.note(handle, callback, args, frame)

    def call_soon(self, loop, callback, args, context):
        """Does at once what BaseEventLoop.call_soon and its two helpers do for the
        ordinary loop that runs, without debug mode. For others it answers None."""
        if loop is not self.quick or loop._debug or not classes.schedules_itself(loop):
            return None  # a call on another thread would be an error of the program
        handle = classes.events.Handle(callback, args, loop, context)
        loop._ready.append(handle)
        try:
            self.note(handle, callback, args, sys._getframe(2))
        except Exception as problem:
            failed("call_soon", problem)
        return handle

    def outside(self, callback):
        """Notes a call for another thread's loop, which may run it before we return."""
        frame = sys._getframe(2)
        number = crossing.begin(self.ident, callback, waits.place(frame, classes.run_code))
        self.put(OUTSIDE_CALL, self.user_site(frame, classes.run_code), number, 0)
        return number

    # --- timers and cancellations -------------------------------------------

    def call_at(self, loop, timer, when, callback, args):
        """Notes a timer of this thread's."""
        if get_ident() != self.ident:
            return elsewhere["call_at"](loop, timer, when, callback, args)
        try:
            self.at(loop, timer, when, callback, args, sys._getframe(2))
        except Exception as problem:
            failed("call_at", problem)

    def at(self, loop, timer, when, callback, args, frame):
        """Notes a timer."""
        if runner(loop) not in (None, self.ident):
            return
        due = _due_of(loop, when)
        number = key = self.new_handle()
        if callback is classes.end_sleep and args:
            key |= SLEEP
            self.note_sleep(args[0], frame, due)
        self.handles[id(timer)] = key
        self.put(HANDLE_SCHEDULED_TIMER, self.user_site(frame, classes.run_code), number, due)

    def note_sleep(self, future, frame, due):
        """Notes for how long a task sleeps."""
        if len(self.sleeps) > MOST:
            self.sleeps.clear()
        self.sleeps[id(future)] = waits.length(frame, due)
        self.futures.pop(id(future), None)  # that of one at its address before

    def cancel(self, handle):
        """Notes that a handle will not run."""
        if get_ident() != self.ident:
            return elsewhere["cancel"](handle)
        try:
            self.cancelled(handle, sys._getframe(1))
        except Exception as problem:
            failed("cancel", problem)

    def cancelled(self, handle, frame):
        number = self.handles.pop(id(handle), 0) & ~SLEEP
        if number == 0:
            number = self.lasting(handle)
            self.many.pop(id(handle), None)
        if number > 0:
            self.put(HANDLE_CANCELLED, self.user_site(frame, classes.run_code), number, 0)

    def cancel_task(self, task, message, frame):
        """Notes that a task is about to be cancelled, and the text that was given for it."""
        number = self.tasks.get(id(task))
        if number is None and self.eager_task and classes.current_task(classes.loop_of(task)) is task:
            number = self.eager_task
        if number is None or classes.state_of(task) != "PENDING":
            return
        site, has_text = scopes.canceller(self.thread, frame), type(message) is str
        if has_text:
            self.put(TASK_CANCEL_TEXT, 0, number, self.string(message[:_LONGEST]))
        self.put(TASK_CANCELLED, site, number, self.current, has_text)


def _due_of(loop, when):
    """When a timer is due, in ns of the loop's clock; now, where that is none of asyncio's."""
    due = int(when * 1e9) if type(loop).time is classes.loop_time else monotonic_ns()
    return min(max(due, 1), FOREVER - 1)
