# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: the hooks that run for each turn of a loop, each callback, each step of a task.
(The C has the usual cases of these in steps.c, under the same names.)

A run ends where the next one begins, or the turn, and a turn where the next one
begins, or the loop ends: asyncio calls nothing at these ends, so that most runs
need one hook. At the deeper levels each end is written by itself: calls may come between.
"""
from . import classes, crossing, waits
from .kinds import *
from .numbers import task_number
from .own import MethodType, get_ident, partial, ref, sys
from .state import Base
from .threads import check_turn, failed, threads

SLEEP = 1 << 62  # in a handle's number: its callback ends an asyncio.sleep
MOST = 100_000  # things that are remembered of one sort
BUILTIN = type(len)

elsewhere = {}  # the hooks that find the thread first, by name

_WATCHED = HANDLE_SCHEDULED_READER, HANDLE_SCHEDULED_WRITER, HANDLE_SCHEDULED_SIGNAL


class Steps(Base):
    __slots__ = ("thread", "ident", "put", "string", "ends_turn")

    # --- what a step comes to -------------------------------------------

    def end_step(self, task, number):
        """Ends a step: says what the task waits for, or how it ended."""
        future = classes.waiter_of(task)
        if future is not None:
            self.waits(task, number, future)
        else:
            self.ends(task, number)
        self.yielded = False

    def waits(self, task, number, future):
        """Ends the step of a task that waits for a future."""
        put, key = self.put, id(future)
        site, inner = waits.place_of(self.thread, task)
        if classes.is_task(type(future)):
            put(TASK_WAITS_TASK, site, number, self.tasks.get(key) or self.begun(future, number))
        else:
            length = self.sleeps.pop(key, None)
            if length is not None:
                self.futures.pop(key, None)  # another's, that was at this address before
                put(TASK_WAITS_SLEEP, site, number, length)
            else:
                put(TASK_WAITS | waits.aux_of(type(future), inner) << 16, site, number, self.future_number(key))
                if inner is not None:
                    put(TASK_WAITS_IN, self.code_site(inner), number, waits.label(self.thread, inner), True)
        put(STEP_END, 0, number, 0, True)

    def ends(self, task, number):
        """Ends the step of a task that waits for nothing."""
        put = self.put
        if self.yielded:
            site, _ = waits.place_of(self.thread, task)
            put(TASK_WAITS_YIELD, site, number, 0)
            put(TASK_WOKEN_YIELD, site, number, 0, True)
            put(STEP_END, 0, number, 0, True)
        elif classes.state_of(task) != "PENDING":
            self.tasks.pop(id(task), None)
            kind, error = waits.outcome(task)
            put(kind, 0, number, 0 if error is None else self.string(error))
            put(STEP_END_DONE, 0, number, 0, True)
        else:
            put(STEP_END, 0, number, 0)

    def future_number(self, key):
        number = None
        if self.woken == key:
            self.woken = 0  # that one was resolved: this is another at its address
        else:
            number = self.futures.get(key)
        if number is None:
            if len(self.futures) > MOST:
                self.futures.clear()
            self.last_future = number = self.last_future + 1
            self.futures[key] = number
        return number

    def announce(self, task, parent=0):
        """Makes a task known that was created unseen."""
        number, name = task_number(task)
        self.tasks[id(task)] = number
        self.created(task, number, name, waits.site_of_task(task, self.code_site), parent)
        return number

    def created(self, task, number, name, site, parent):
        """Writes down the creation of a task, and its name."""
        kind, name = waits.name_of_task(self.thread, task, name)
        self.put(TASK_CREATED, site, number, parent)
        self.put(kind, 0, number, name, True)

    def begun(self, task, parent):
        """Makes a task known that was created unseen, by Task(..., eager_start=True),
        and whose first step has run within that of its parent, who now awaits it."""
        number = self.announce(task, parent)
        self.put(STEP_BEGIN, 0, number, 0)
        self.end_step(task, number)
        return number

    # --- runs -----------------------------------------------------------

    def run(self, handle):
        """Begins a run. Where the turn does not end it, what it answers does."""
        if self.deep or handle._loop is not self.turning:
            return self.run_alone(handle)
        try:
            number = self.handles.pop(id(handle), 0) or self.lasting(handle)
            if not number:
                self.end_running()
                number = self.adopt(handle)
            if number < 0:
                self.begin_step(handle._callback.__self__, number)
            else:
                self.begin_handle(number)
            self.running = number & ~SLEEP if number > 0 else number
        except Exception as problem:
            failed("run", problem)

    def begin_step(self, task, number):
        same = self.end_running()
        if not classes.tells_cancel and classes.must_cancel(task):
            self.put(TASK_CANCELLED, 0, -number, 0, same)
        self.put(STEP_BEGIN, 0, -number, 0, same)
        self.current = -number
        self.yielded = False
        self.stepping = task

    def begin_handle(self, number):
        same = self.end_running()
        if number >= SLEEP:
            self.timer = number = number ^ SLEEP
        self.put(HANDLE_BEGIN, 0, number, 0, same)

    def end_running(self):
        """Ends what runs. Answers whether something did: what begins now, begins at that moment."""
        number, task = self.running, self.stepping
        self.running = self.current = self.timer = 0
        self.stepping = None
        if number < 0:
            self.end_step(task, -number)
        elif number > 0:
            self.put(HANDLE_END, 0, number, 0)
        return number != 0

    def run_alone(self, handle):
        """Begins a run at the deeper levels, or one of another loop's handle."""
        if get_ident() != self.ident:
            return elsewhere["run"](handle)
        try:
            return partial(self.end_alone, self.enter(handle))
        except Exception as problem:
            failed("run", problem)

    def end_alone(self, begun):
        try:
            self.leave(begun)
        except Exception as problem:
            failed("run", problem)

    # Runs that are ended by themselves: also those of a loop whose handles are not asyncio's, see
    # opaque.py.

    def enter(self, handle):
        """Begins a run; what it answers is for leave."""
        number = self.handles.pop(id(handle), 0) or self.lasting(handle) or self.adopt(handle)
        if number < 0:
            number = -number
            task, before = handle._callback.__self__, self.current
            self.current, self.yielded = number, False
            if not classes.tells_cancel and classes.must_cancel(task):
                self.put(TASK_CANCELLED, 0, number, 0)
            self.put(STEP_BEGIN, 0, number, 0)
            return task, number, before
        before = self.timer
        if number >= SLEEP:
            self.timer = number = number ^ SLEEP
        self.put(HANDLE_BEGIN, 0, number, 0)
        return None, number, before

    def leave(self, begun):
        task, number, before = begun
        if task is None:
            self.timer = before
            self.put(HANDLE_END, 0, number, 0)
        else:
            self.end_step(task, number)
            self.current = before

    def adopt(self, handle):
        """Finds out about a handle that this thread has not seen scheduled."""
        key = id(handle)
        for other in list(threads.values()):
            if other.handles.pop(key, 0):
                break
        callback = handle._callback
        call = crossing.take(handle, callback)
        if _is_step(callback):
            number = self.tasks.get(id(callback.__self__))
            if number is None:
                number = self.announce(callback.__self__)
            else:
                self.put(TASK_WOKEN_FUTURE, 0, number, 0)
            return -number
        if call is not None:
            number, when, place = call[:3]
            self.put(HANDLE_SCHEDULED_OUTSIDE, self.thread.site_at(place), number, when)
            return number
        number = self.new_handle()
        self.put(HANDLE_SCHEDULED_SOON, 0, number, 0)
        return number

    def new_handle(self):
        """Numbers a handle."""
        self.last_handle = number = self.last_handle + 1
        return number

    # --- handles that run many times --------------------------------------

    def watched(self, handle, how):
        """Numbers one: how is 0 for a reader, 1 for a writer, 2 for a signal's."""
        self.handles.pop(id(handle), 0)
        number = self.new_handle()
        if len(self.many) > MOST:
            self.many.clear()
        self.many[id(handle)] = number, ref(handle)
        self.put(_WATCHED[how], self.user_site(sys._getframe(2), classes.run_code), number, 0)
        return number

    def lasting(self, handle):
        """The number of a handle that runs many times, 0 if it is none. Those are
        not always cancelled when they go, so this is not left to the id alone."""
        known = self.many.get(id(handle))
        return known[0] if known is not None and known[1]() is handle else 0

    def signalled(self, sig, handle):
        self.put(READY_SIGNAL, 0, sig, self.lasting(handle) or self.watched(handle, 2))

    # --- turns ------------------------------------------------------------

    def run_once(self, loop):
        """Begins a turn; what it answers ends it."""
        if loop is not self.turning and get_ident() != self.ident:
            return elsewhere["run_once"](loop)
        try:
            self.begin_turn(loop)
        except Exception as problem:
            failed("_run_once", problem)
        return self.ends_turn

    def begin_turn(self, loop):
        ready = len(loop._ready)
        timeout = waits.timeout_of(loop, ready)
        if self.over:
            self.close_turn()
        if not self.outer:
            self.thread.ring.reset()
        # Within a turn of a loop that a callback or step of this one runs, neither is a cause.
        self.outer.append((self.open_turn, self.turning, self.running, self.stepping, self.current, self.timer))
        self.running = self.current = self.timer = 0
        self.stepping = None
        self.turning = loop
        self.quick = loop if self.loops and type(loop) is classes.plain_loop else None
        self.open_turn = self.turn_number = self.turn_number + 1
        self.put(TURN_BEGIN, 0, self.open_turn, ready)
        if self.quick is loop or type(loop)._process_events is classes.polls:
            self.put(POLL_BEGIN, 0, timeout, 0, True)
            self.polling = True

    def end_turn(self):
        """Ends a turn, or notes that it is over."""
        try:
            if not self.outer:
                return  # it began before the fork that made this process
            self.over = self.running != 0 and self.turning is self.quick and self.loops == 1 and len(self.outer) == 1
            if not self.over:
                self.close_turn()
            check_turn(self.thread)
        except Exception as problem:
            failed("_run_once", problem)

    def close_turn(self):
        """Writes the end of a turn, and goes back to what it has interrupted."""
        if self.polling:
            self.end_poll(0)
        same = self.end_running()
        if self.open_turn:
            self.put(TURN_END, 0, self.open_turn, 0, same)  # else it is written
        self.over = False
        self.open_turn, self.turning, self.running, self.stepping, self.current, self.timer = self.outer.pop()

    def end_poll(self, events):
        """Ends the poll, with so many events."""
        self.polling = False
        self.put(POLL_END, 0, events, 0)

    def process_events(self, loop, events):
        """Ends a poll, and says what became ready."""
        if loop is not self.turning and get_ident() != self.ident:
            return elsewhere["process_events"](loop, events)
        try:
            if not self.polling:
                return
            self.end_poll(len(events))
            for key, mask in events:
                reader, writer = key.data
                if mask & 1 and reader is not None and not reader._cancelled:
                    self.put(READY_READ, 0, key.fd, self.lasting(reader) or self.watched(reader, 0), True)
                if mask & 2 and writer is not None and not writer._cancelled:
                    self.put(READY_WRITE, 0, key.fd, self.lasting(writer) or self.watched(writer, 1), True)
        except Exception as problem:
            failed("_process_events", problem)


def _is_step(callback):
    """Reports whether a callback is the step of a task."""
    kind = type(callback)
    return kind is classes.step_type or ((kind is BUILTIN or kind is MethodType) and classes.is_task(type(callback.__self__))
                                         and getattr(callback, "__name__", "") in ("task_wakeup", "__step", "__wakeup"))
