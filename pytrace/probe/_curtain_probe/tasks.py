# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: what one thread writes down about its handles and tasks.

Objects are known by their ids, which Python uses again when an object is gone;
nothing here keeps one alive. So each number is given anew where an object's life
must begin: a handle when it is scheduled, a task when its first step is
scheduled (only then, or by itself, is a step asked for), a future when it is
first waited for. Entries of objects that vanish unseen are overwritten by the
next one at that address, which bounds the memory.

A task step is a handle whose callback is the task's own. C code schedules it by
calling loop.call_soon from within whatever resolved the awaited future: the
stack at that moment shows who and where.
"""
import sys
from _thread import get_ident
from _weakref import ref
from time import monotonic_ns
from types import FunctionType, MethodType

from . import crossing, sites, waits
from .numbers import loop_number, own_numbers, task_number
from .threads import failed, threads, turn_checks

# Kinds of records, from the Go package trace.
LOOP_BEGIN, LOOP_END, TURN_BEGIN, TURN_END, POLL_BEGIN, POLL_END, READY = 1, 2, 3, 4, 5, 6, 7
SCHEDULED, HANDLE_BEGIN, HANDLE_END, HANDLE_CANCELLED = 8, 9, 10, 11
CREATED, NAME, STEP_BEGIN, STEP_END, WAITS, WOKEN, CANCELLED, DONE = 16, 17, 18, 19, 20, 21, 22, 23
# Kinds that are proposed in NEEDS.md; readers skip them until they know them.
WAIT_DETAIL, OUTSIDE = 25, 28

# Flags and aux fields, ready to be added to a kind.
_STEP_DONE = STEP_END | 1 << 8
_SOON, _TIMER, _OUTSIDE, _READER, _WRITER, _SIGNAL, _DONE = (SCHEDULED | n << 16 for n in range(1, 8))
_YIELDS, _SLEEPS, _WAITS_FUTURE, _WAITS_TASK, _WAITS_GROUP, _WAITS_MANY = (WAITS | n << 16 for n in range(1, 7))
_BY_YIELD, _BY_TIMER, _BY_FUTURE, _BY_TASK, _BY_CANCEL = (WOKEN | n << 16 for n in range(1, 6))
_DONE_RESULT, _DONE_ERROR, _DONE_CANCELLED = (DONE | n << 8 for n in range(1, 4))
_READY_SIGNAL = READY | 4 << 8
FOREVER = (1 << 64) - 1

_SLEEP = 1 << 62  # in a handle's number: its callback ends an asyncio.sleep
_builtin = type(len)

Future = Task = _step_type = None
_py_step = _py_wakeup = _end_sleep = _loop_time = _eager_code = None
events_module = run_handle = call_soon_ = run_once_ = process_events_ = None  # asyncio's own, see loop.py
elsewhere = {}  # the hooks that find the thread first, by attribute of Thread
plain_loop = None  # the class of ordinary loops
hooked_events = set()  # the functions that stand for process_events_, among others
_has_cancelling = False



def configure(task_module, futures, base_loop):
    """Learns asyncio's classes."""
    global Future, Task, _py_step, _py_wakeup, _end_sleep, _loop_time, _eager_code, _has_cancelling
    Future, Task = futures.Future, task_module.Task
    py_task = getattr(task_module, "_PyTask", None)
    if py_task is not None:
        _py_step = py_task.__dict__.get("_Task__step")
        _py_wakeup = py_task.__dict__.get("_Task__wakeup")
    _end_sleep = getattr(futures, "_set_result_unless_cancelled", None)
    _loop_time = base_loop.time
    _has_cancelling = hasattr(Task, "cancelling")
    factory = getattr(task_module, "eager_task_factory", None)
    _eager_code = getattr(factory, "__code__", None)


def is_eager(factory):
    """Reports whether a task factory starts tasks at once."""
    return type(factory) is FunctionType and factory.__code__ is _eager_code


def loop_time():
    """Returns the method by which asyncio's loops tell the time."""
    return _loop_time


def _is_task(kind):
    return kind is Task or Task in kind.__mro__


def make(t):
    """Gives a Thread its hooks of level loop."""
    global _step_type
    put, put2, put3, put_late, reset = t.put, t.put2, t.put3, t.put_late, t.ring.reset
    user_site, code_site, users = t.user_site, t.code_site, t.users
    handles, many, ident = t.handles, t.many, t.ident
    pop, getframe = handles.pop, sys._getframe
    tasks, futures, sleeps = {}, {}, {}
    detail, outcome_of = waits.finder(t), _outcome
    original_run, original_soon, original_once = run_handle, call_soon_, run_once_
    events, together = events_module, sites.together
    last_handle = last_future = turn_number = 0
    current = 0  # number of the task that is running
    eager_task = 0  # number of a task that is running within its create_task
    yielded = False  # the running task has asked for its next step
    timer = 0  # number of the running handle, if it ends a sleep
    woken = 0  # id of the future whose waiters are being woken
    loops = 0
    outer = []  # open turns: number, and what ran when it began
    polling = False

    # --- the loop -------------------------------------------------------

    def loop_begin(loop):
        nonlocal loops, current, polling
        loops += 1
        if loops == 1:  # of a loop within a loop only the turns show
            reset()
            del outer[:]
            current = 0
            polling = False
            if t.cut is not None:
                t.cut()
            put(LOOP_BEGIN, 0, loop_number(loop), 0)

    def loop_end(loop):
        nonlocal loops
        if loops == 1:
            if t.cut is not None:
                t.cut()
            put(LOOP_END, 0, loop_number(loop), 0)
        loops = max(loops - 1, 0)

    def turn(loop):
        nonlocal turn_number, polling, current, timer
        if not outer:
            reset()
        turn_number += 1
        # Within a turn of a loop that a callback or step of this one runs, neither is a cause.
        outer.append((turn_number, current, timer))
        current = timer = 0
        ready = len(loop._ready)
        if type(loop) is not plain_loop and type(loop)._process_events not in hooked_events:
            put(TURN_BEGIN, 0, turn_number, ready)
            return
        timeout = FOREVER
        if ready or loop._stopping:
            timeout = 0
        elif loop._scheduled and type(loop).time is _loop_time:
            timeout = max(int(loop._scheduled[0]._when * 1e9) - monotonic_ns(), 0)
        put2(TURN_BEGIN, 0, turn_number, ready, POLL_BEGIN, 0, timeout, 0)
        polling = True

    def turn_end():
        nonlocal polling, current, timer
        if not outer:
            return  # it began before the fork that made this process
        if polling:
            polling = False
            put_late(POLL_END, 0)
        number, current, timer = outer.pop()
        put_late(TURN_END, number)
        if turn_checks:
            for check in turn_checks:
                check(t)

    def polled(events):
        nonlocal polling
        if not polling:
            return
        polling = False
        put_late(POLL_END, len(events))
        for key, mask in events:
            reader, writer = key.data
            if mask & 1 and reader is not None and not reader._cancelled:
                put(READY | 1 << 8, 0, key.fd, lasting(reader) or watched(reader, 0))
            if mask & 2 and writer is not None and not writer._cancelled:
                put(READY | 2 << 8, 0, key.fd, lasting(writer) or watched(writer, 1))

    def watched(handle, how):
        nonlocal last_handle
        pop(id(handle), 0)
        last_handle = number = last_handle + 1
        if len(many) > 100_000:
            many.clear()
        many[id(handle)] = number, ref(handle)
        put((_READER, _WRITER, _SIGNAL)[how], user_site(getframe(2), run_code), number, 0)
        return number

    def lasting(handle):
        """The number of a handle that runs many times, 0 if it is none. Those are
        not always cancelled when they go, so this is not left to the id alone."""
        known = many.get(id(handle))
        return known[0] if known is not None and known[1]() is handle else 0

    def signalled(sig, handle):
        put(_READY_SIGNAL, 0, sig, lasting(handle) or watched(handle, 2))

    # --- handles --------------------------------------------------------

    def call_soon(self, callback, *args, context=None):
        """Stands for BaseEventLoop.call_soon: does at once what that and its two
        helpers do for the ordinary loop, on this thread, without debug mode."""
        nonlocal last_handle, yielded
        if get_ident() != ident or self._thread_id != ident or self._debug or type(self) is not plain_loop:
            return original_soon(self, callback, *args, context=context)
        handle = events.Handle(callback, args, self, context)
        self._ready.append(handle)
        try:
            kind = type(callback)
            if kind is FunctionType and together and not args:
                frame = getframe(1)
                site = users.get(id(frame.f_code) + frame.f_lasti)
                last_handle = number = last_handle + 1
                handles[id(handle)] = number
                put(_SOON, user_site(frame, run_code) if site is None else site, number, 0)
            elif kind is _step_type and current and tasks.get(id(callback.__self__)) == current:
                handles[id(handle)] = -current  # a bare yield, see step_wanted
                yielded = True
            else:
                soon(self, handle, callback, args, getframe(1))
        except Exception as problem:
            failed("call_soon", problem)
        return handle

    def soon(loop, handle, callback, args, frame):
        nonlocal last_handle
        if loop._thread_id is not None and loop._thread_id != ident:
            return  # call_soon_threadsafe has seen to it
        kind = type(callback)
        if kind is _step_type:
            step_wanted(handle, callback.__self__, frame)
        elif kind is FunctionType:
            last_handle = number = last_handle + 1
            handles[id(handle)] = number
            plain(number, args, frame)
        elif kind is _builtin and len(args) == 1 and type(callback.__self__) is Task \
                and callback.__name__ == "task_wakeup":
            wake(handle, callback.__self__, args[0], frame)
        elif kind is MethodType and callback.__func__ is _py_step and _py_step is not None:
            step_wanted(handle, callback.__self__, frame)
        elif kind is MethodType and callback.__func__ is _py_wakeup and _py_wakeup is not None:
            wake(handle, callback.__self__, args[0], frame)
        elif odd_task(kind, callback, handle, args, frame):
            pass
        else:
            last_handle = number = last_handle + 1
            handles[id(handle)] = number
            plain(number, args, frame)

    def plain(number, args, frame):
        if len(args) == 1 and Future in type(args[0]).__mro__:
            # The end of a task has no line of its own: its function stands in.
            by_end = Task in type(args[0]).__mro__ and runs(frame.f_code)
            site = waits.site_of_task(args[0], code_site) if by_end else 0
            put(_DONE, site or user_site(frame, run_code), number, 0)
        else:
            put(_SOON, user_site(frame, run_code), number, 0)

    def runs(code):
        """Reports whether a code is what runs handles: then a task has come to its end."""
        return code is original_code or code is run_code or id(code) in sites.stops

    def odd_task(kind, callback, handle, args, frame):
        """The first step of all, the wake-ups of 3.8 and 3.9, and subclasses of Task."""
        global _step_type
        if kind is _builtin:
            task = callback.__self__
            if len(args) == 1 and Task in type(task).__mro__ and callback.__name__ == "task_wakeup":
                wake(handle, task, args[0], frame)
                return True
        elif kind.__name__ == "TaskStepMethWrapper":
            _step_type = kind
            step_wanted(handle, callback.__self__, frame)
            return True
        elif kind.__name__ == "TaskWakeupMethWrapper":
            wake(handle, callback.__self__, args[0], frame)
            return True
        return False

    def step_wanted(handle, task, frame):
        nonlocal yielded
        number = tasks.get(id(task))
        if number is None and eager_task and eager_task == current:
            number = tasks[id(task)] = eager_task
        if number is not None and number == current:
            yielded = True
        else:
            number, name = task_number(task)
            tasks[id(task)] = number
            site = user_site(frame, run_code)
            kind, name = waits.name_of_task(t, task, name)
            put2(CREATED, site, number, current, kind, 0, number, name)
        handles[id(handle)] = -number

    def announce(task, parent=0):
        """Makes a task known that was created unseen."""
        number, name = task_number(task)
        tasks[id(task)] = number
        kind, name = waits.name_of_task(t, task, name)
        put2(CREATED, waits.site_of_task(task, code_site), number, parent, kind, 0, number, name)
        return number

    def begun(task, parent):
        """Makes a task known that was created unseen, by Task(..., eager_start=True),
        and whose first step has run within that of its parent, who now awaits it."""
        number = announce(task, parent)
        put(STEP_BEGIN, 0, number, 0)
        after(task, number)
        return number

    def wake(handle, task, future, frame):
        nonlocal woken
        known = tasks.get(id(task))
        number = known or announce(task)
        handles[id(handle)] = -number
        kind = type(future)
        mro = kind.__mro__
        if Task in mro:
            cause, by = _BY_TASK, tasks.get(id(future), 0)
            cancelled = _has_cancelling and future._state == "CANCELLED" and task.cancelling()
            site = waits.site_of_task(future, code_site) if runs(frame.f_code) else user_site(frame, run_code)
        else:
            key = id(future)
            by = futures.get(key, 0)
            if woken and woken != key:
                futures.pop(woken, None)
            woken = key
            site = user_site(frame, run_code)
            cancelled = Future in mro and future._state == "CANCELLED"
            if cancelled:
                cause = _BY_CANCEL
                sleeps.pop(key, None)
                cancelled = not _has_cancelling or task.cancelling()
            elif timer:
                cause, by = _BY_TIMER, timer
            else:
                cause = _BY_FUTURE
        if not known:
            return  # its creation has made it ready
        if cancelled:
            put2(CANCELLED, site, number, current, cause, site, number, by)
        else:
            put(cause, site, number, by)

    def at(loop, handle, when, callback, args):
        nonlocal last_handle
        if loop._thread_id is not None and loop._thread_id != ident:
            return
        last_handle = number = last_handle + 1
        due = int(when * 1e9) if type(loop).time is _loop_time else monotonic_ns()
        if not 0 < due < FOREVER:
            due = FOREVER - 1 if due > 0 else 1
        key = number
        if callback is _end_sleep and args:
            key |= _SLEEP
            if len(sleeps) > 100_000:
                sleeps.clear()
            sleeps[id(args[0])] = _length(getframe(2), due)
        handles[id(handle)] = key
        put(_TIMER, user_site(getframe(2), run_code), number, due)

    def cancelled(handle):
        number = pop(id(handle), 0) & ~_SLEEP
        if number == 0:
            number = lasting(handle)
            many.pop(id(handle), None)
        if number > 0:
            put(HANDLE_CANCELLED, user_site(getframe(2), run_code), number, 0)

    def outside(callback):
        """Notes a call for another thread's loop, which may run it before we return."""
        frame = getframe(2)
        number = crossing.begin(ident, callback, waits.place(frame, run_code))
        put(OUTSIDE, user_site(frame, run_code), number, 0)
        return number

    def adopt(handle):
        """Finds out about a handle that this thread has not seen scheduled."""
        nonlocal last_handle
        key = id(handle)
        for other in list(threads.values()):
            known = other.handles.pop(key, 0)
            if known:
                break
        callback = handle._callback
        call = crossing.take(handle, callback)
        kind = type(callback)
        if kind is _step_type or (kind in (_builtin, MethodType) and _is_task(type(callback.__self__))
                                  and getattr(callback, "__name__", "") in ("task_wakeup", "__step", "__wakeup")):
            number = tasks.get(id(callback.__self__))
            if number is None:
                number = announce(callback.__self__)
            else:
                put(_BY_FUTURE, 0, number, 0)
            return -number
        if call is not None:
            put(_OUTSIDE, t.site_at(call[2]), call[0], call[1])
            return call[0]
        last_handle = number = last_handle + 1
        put(_SOON, 0, number, 0)
        return number

    # --- runs -----------------------------------------------------------

    def run(handle):
        nonlocal timer, current, yielded
        if get_ident() != ident:
            return elsewhere["run"](handle)
        task = None
        try:
            number = pop(id(handle), 0) or lasting(handle) or adopt(handle)
            if number < 0:
                number = -number
                task = handle._callback.__self__
                before, current, yielded = current, number, False
                if task._must_cancel:
                    put(CANCELLED, 0, number, 0)
                put(STEP_BEGIN, 0, number, 0)
            else:
                before = timer
                if number >= _SLEEP:
                    number ^= _SLEEP
                    timer = number
                put(HANDLE_BEGIN, 0, number, 0)
        except Exception as problem:
            failed("run", problem)
            return original_run(handle)
        try:
            return original_run(handle)
        finally:
            handle = None
            if task is None:
                timer = before
                put_late(HANDLE_END, number)
            else:
                try:
                    after(task, number)
                except Exception as problem:
                    failed("step", problem)
                current = before
                task = None  # or the traceback of its exception keeps it alive

    def after(task, number):
        """Ends a step: says what the task waits for, or how it ended."""
        nonlocal yielded
        future = task._fut_waiter
        if future is not None:
            site, inner = detail(task)
            kind = type(future)
            key = id(future)
            if kind is Task or Task in kind.__mro__:
                by = tasks.get(key) or begun(future, number)
                put2(_WAITS_TASK, site, number, by, STEP_END, 0, number, 0)
                return
            length = sleeps.pop(key, None) if sleeps else None
            if length is not None:
                put2(_SLEEPS, site, number, length, STEP_END, 0, number, 0)
                return
            waits_for = WAITS | waits.aux_of(kind, inner) << 16
            by = future_number(key)
            if inner is None:
                put2(waits_for, site, number, by, STEP_END, 0, number, 0)
            else:
                put3(waits_for, site, number, by, WAIT_DETAIL, code_site(inner), number, waits.label(t, inner),
                     STEP_END, 0, number, 0)
        elif yielded:
            site, inner = detail(task)
            put3(_YIELDS, site, number, 0, _BY_YIELD, site, number, 0, STEP_END, 0, number, 0)
        elif task.done():
            tasks.pop(id(task), None)
            put2(outcome_of(task), 0, number, 0, _STEP_DONE, 0, number, 0)
        else:
            put(STEP_END, 0, number, 0)
        yielded = False

    def future_number(key):
        nonlocal last_future, woken
        number = None
        if woken == key:
            woken = 0  # that one was resolved: this is another at its address
        else:
            number = futures.get(key)
        if number is None:
            if len(futures) > 100_000:
                futures.clear()
            last_future = number = last_future + 1
            futures[key] = number
        return number

    # The runs of a loop whose handles are not asyncio's: see opaque.py.

    def fresh():
        """Returns a number for a handle that has no object."""
        nonlocal last_handle
        last_handle += 1
        return last_handle

    def enter(handle):
        """Begins a run; what it answers is for leave."""
        nonlocal timer, current, yielded
        number = pop(id(handle), 0) or lasting(handle) or adopt(handle)
        if number < 0:
            number = -number
            task, before = handle._callback.__self__, current
            current, yielded = number, False
            if task._must_cancel:
                put(CANCELLED, 0, number, 0)
            put(STEP_BEGIN, 0, number, 0)
            return task, number, before
        before = timer
        if number >= _SLEEP:
            number ^= _SLEEP
            timer = number
        put(HANDLE_BEGIN, 0, number, 0)
        return None, number, before

    def leave(begun):
        nonlocal timer, current
        task, number, before = begun
        if task is None:
            timer = before
            put_late(HANDLE_END, number)
        else:
            after(task, number)
            current = before

    def named(task):
        """Notes the name of a task that was given after its first step was scheduled."""
        number, name = tasks.get(id(task)), task.get_name()
        if number is not None and type(name) is str:
            put(NAME, 0, number, t.string(name))

    # --- tasks that start at once ---------------------------------------

    def eager(name):
        nonlocal current, eager_task, yielded
        number = next(own_numbers)
        site = user_site(getframe(2), run_code)
        put2(CREATED, site, number, current, STEP_BEGIN, 0, number, 0)
        before = current, eager_task, yielded
        current = eager_task = number
        yielded = False
        return number, before

    def eager_end(begun, task):
        nonlocal current, eager_task, yielded
        number, before = begun
        if task is None:
            put2(_DONE_ERROR, 0, number, 0, _STEP_DONE, 0, number, 0)
        else:
            if number < 1 << 32 | 50_000:  # names of all tasks would fill the table
                name = task.get_name()
                if type(name) is str:
                    kind, name = waits.name_of_task(t, task, name)
                    put(kind, 0, number, name)
            tasks[id(task)] = number
            after(task, number)
        current, eager_task, yielded = before

    def run_once(self):
        if get_ident() != ident:
            return elsewhere["run_once"](self)
        try:
            turn(self)
        except Exception as problem:
            failed("_run_once", problem)
        try:
            return original_once(self)
        finally:
            try:
                turn_end()
            except Exception as problem:
                failed("_run_once", problem)

    def process_events(self, event_list):
        if get_ident() != ident:
            return elsewhere["process_events"](self, event_list)
        try:
            polled(event_list)
        except Exception as problem:
            failed("_process_events", problem)
        return process_events_(self, event_list)

    run_code = run.__code__
    original_code = original_run.__code__
    t.running = lambda: loops > 0
    t.turn, t.turn_end = turn, turn_end
    t.loop_begin, t.loop_end = loop_begin, loop_end
    t.call_soon, t.run_once, t.process_events = call_soon, run_once, process_events
    t.watched, t.signalled, t.soon, t.at, t.cancelled, t.run = watched, signalled, soon, at, cancelled, run
    t.outside, t.eager, t.eager_end, t.enter, t.leave, t.fresh, t.named = outside, eager, eager_end, enter, leave, fresh, named


def _length(frame, due):
    """Returns how long a sleep was asked to be, which is a little more than what is left."""
    delay = frame.f_locals.get("delay") if frame.f_code.co_name == "call_later" else None
    if type(delay) in (int, float) and 0 <= delay < 1e9:
        return int(delay * 1e9 + 0.5)
    return max(due - monotonic_ns(), 0)


def _outcome(task):
    if task._state == "CANCELLED":
        return _DONE_CANCELLED
    return _DONE_RESULT if task._exception is None else _DONE_ERROR
