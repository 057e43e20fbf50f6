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
from . import classes, crossing, eager, scopes, sites, state, waits
from .compiled import monotonic_ns
from .crossing import runner
from .kinds import *
from .numbers import loop_number, task_number
from .own import FunctionType, MethodType, get_ident, name_of_type, partial, ref, sys
from .state import runs_in
from .threads import check_turn, failed, threads

_LONGEST = 1000  # characters of a cancellation's text
_SLEEP = 1 << 62  # in a handle's number: its callback ends an asyncio.sleep
_builtin = type(len)

elsewhere = {}  # the hooks that find the thread first, by attribute of Thread
_no_loop = object()


def make(t):
    """Gives a Thread its hooks of level loop."""
    put, put2, put_facts, put_late = t.put, t.put2, t.put_facts, t.put_late
    put_next, put_fact, put_turn, reset = t.ring.put_next, t.ring.put_fact, t.ring.put_turn, t.ring.reset
    user_site, code_site, users = t.user_site, t.code_site, t.users
    handles, many, ident, run_code = t.handles, t.many, t.ident, classes.run_code
    pop, getframe = handles.pop, sys._getframe
    detail, outcome_of, events, together = waits.finder(t), waits.outcome, classes.events, sites.together
    s = state.new(t)
    tasks, futures, sleeps = s.tasks, s.futures, s.sleeps
    s.last_handle = s.last_future = s.turn_number = s.loops = 0
    s.current = 0  # number of the task that is running
    s.eager_task = 0  # number of a task that is running within its create_task
    s.yielded = False  # the running task has asked for its next step
    s.timer = 0  # number of the running handle, if it ends a sleep
    s.woken = 0  # id of the future whose waiters are being woken
    s.turning = s.quick = _no_loop  # the loop whose turn is open; the same if call_soon may stand in for its own
    s.open_turn = 0  # its number
    s.over = False  # it is over, but its end is not written down yet
    s.running = 0  # what runs in it: a handle's number, or that of a task, negative
    s.stepping = None  # that task
    s.outer = []  # what was interrupted by a turn within a turn
    s.polling = False
    s.deep = False  # calls are told too
    around = 0  # open calls that the loop runs in

    # --- the loop -------------------------------------------------------

    def loop_begin(loop):
        nonlocal around
        crossing.enter(loop, ident)
        if t.greenlets is not None:
            t.greenlets.pin()
        s.loops += 1
        s.deep = t.calls is not None
        if s.loops == 1:  # of a loop within a loop only the turns show
            reset()
            del s.outer[:]
            s.current = s.timer = s.open_turn = s.running = 0
            s.stepping = None
            s.polling = s.over = False
            s.turning = _no_loop
            if t.calls is not None:
                around = t.calls.depth()
            put(LOOP_BEGIN, 0, loop_number(loop), 0)

    def loop_end(loop):
        s.quick = _no_loop
        if s.over:
            close_turn()
        if s.loops == 1:
            if t.calls is not None:
                t.calls.cut(around)
            put(LOOP_END, 0, loop_number(loop), 0)
        s.loops = max(s.loops - 1, 0)
        crossing.leave(loop)
        if t.greenlets is not None:
            t.greenlets.unpin()

    # A run ends where the next one begins, or the turn, and a turn where the next
    # one begins, or the loop ends: so that what belongs together is written at once.
    # At the deeper levels each end is written by itself: calls may come between.

    def turn(loop):
        ready = len(loop._ready)
        s.turn_number += 1
        if s.over and s.open_turn and loop is s.turning:
            timeout = 0 if ready or loop._stopping else waits.until_timer(loop)
            number, task = s.running, s.stepping
            s.over = False
            s.polling = True
            s.stepping = None
            s.running = s.current = s.timer = 0
            if number > 0:
                put_turn(HANDLE_END, number, TURN_END, s.open_turn, TURN_BEGIN, s.turn_number, ready, POLL_BEGIN, timeout)
            else:
                after(task, -number, TURN_END, s.open_turn)
                put2(TURN_BEGIN, 0, s.turn_number, ready, POLL_BEGIN, 0, timeout, 0)
            s.open_turn = s.turn_number
            return
        if s.over:
            close_turn()
        if not s.outer:
            reset()
        # Within a turn of a loop that a callback or step of this one runs, neither is a cause.
        s.outer.append((s.open_turn, s.turning, s.running, s.stepping, s.current, s.timer))
        s.open_turn = s.turn_number
        s.stepping = None
        s.running = s.current = s.timer = 0
        s.turning = loop
        s.quick = loop if s.loops and type(loop) is classes.plain_loop else _no_loop
        if s.quick is loop or type(loop)._process_events is classes.polls:
            timeout = 0 if ready or loop._stopping else waits.until_timer(loop)
            put2(TURN_BEGIN, 0, s.turn_number, ready, POLL_BEGIN, 0, timeout, 0)
            s.polling = True
        else:
            put(TURN_BEGIN, 0, s.turn_number, ready)

    def turn_end():
        if not s.outer:
            return  # it began before the fork that made this process
        s.over = s.running != 0 and s.turning is s.quick and s.loops == 1 and len(s.outer) == 1
        if not s.over:
            close_turn()
        check_turn(t)

    def close_turn():
        if s.polling:
            s.polling = False
            put_late(POLL_END, 0)
        if s.open_turn:
            finish(TURN_END, s.open_turn)  # else it is written
        s.over = False
        s.open_turn, s.turning, s.running, s.stepping, s.current, s.timer = s.outer.pop()

    def polled(events):
        if not s.polling:
            return
        s.polling = False
        put_late(POLL_END, len(events))
        for key, mask in events:
            reader, writer = key.data
            if mask & 1 and reader is not None and not reader._cancelled:
                put(READY_READ, 0, key.fd, lasting(reader) or watched(reader, 0))
            if mask & 2 and writer is not None and not writer._cancelled:
                put(READY_WRITE, 0, key.fd, lasting(writer) or watched(writer, 1))

    def watched(handle, how):
        pop(id(handle), 0)
        s.last_handle = number = s.last_handle + 1
        if len(many) > 100_000:
            many.clear()
        many[id(handle)] = number, ref(handle)
        put((HANDLE_SCHEDULED_READER, HANDLE_SCHEDULED_WRITER, HANDLE_SCHEDULED_SIGNAL)[how], user_site(getframe(2), run_code), number, 0)
        return number

    def lasting(handle):
        """The number of a handle that runs many times, 0 if it is none. Those are
        not always cancelled when they go, so this is not left to the id alone."""
        known = many.get(id(handle))
        return known[0] if known is not None and known[1]() is handle else 0

    def signalled(sig, handle):
        put(READY_SIGNAL, 0, sig, lasting(handle) or watched(handle, 2))

    # --- handles --------------------------------------------------------

    def call_soon(self, callback, args, context):
        """Does at once what BaseEventLoop.call_soon and its two helpers do for the
        ordinary loop that runs, without debug mode. For others it answers None."""
        if self is not s.quick or self._debug or not classes.schedules_itself(self):
            return None  # a call on another thread would be an error of the program
        handle = events.Handle(callback, args, self, context)
        self._ready.append(handle)
        try:
            kind = type(callback)
            if kind is FunctionType and together and not args:
                frame = getframe(2)
                site = users.get(id(frame.f_code) + frame.f_lasti)
                s.last_handle = number = s.last_handle + 1
                handles[id(handle)] = number
                put(HANDLE_SCHEDULED_SOON, user_site(frame, run_code) if site is None else site, number, 0)
            elif kind is classes.step_type and s.current and tasks.get(id(callback.__self__)) == s.current:
                handles[id(handle)] = -s.current  # a bare yield, see step_wanted
                s.yielded = True
            else:
                soon(self, handle, callback, args, getframe(2))
        except Exception as problem:
            failed("call_soon", problem)
        return handle

    def soon(loop, handle, callback, args, frame):
        if runner(loop) not in (None, ident):
            return  # call_soon_threadsafe has seen to it
        kind = type(callback)
        if kind is classes.step_type:
            step_wanted(handle, callback.__self__, frame)
        elif kind is _builtin and len(args) == 1 and type(callback.__self__) is classes.Task \
                and callback.__name__ == "task_wakeup":
            wake(handle, callback.__self__, args[0], frame)
        elif kind is MethodType and callback.__func__ is classes.py_step:
            step_wanted(handle, callback.__self__, frame)
        elif kind is MethodType and callback.__func__ is classes.py_wakeup:
            wake(handle, callback.__self__, args[0], frame)
        elif kind is FunctionType or kind is MethodType or not odd_task(kind, callback, handle, args, frame):
            s.last_handle = number = s.last_handle + 1
            handles[id(handle)] = number
            plain(number, args, frame)

    def plain(number, args, frame):
        if len(args) == 1 and classes.is_future(type(args[0])):
            # The end of a task has no line of its own: its function stands in.
            by_end = classes.is_task(type(args[0])) and runs_in(frame)
            site = waits.site_of_task(args[0], code_site) if by_end else 0
            put(HANDLE_SCHEDULED_DONE, site or user_site(frame, run_code), number, 0)
        else:
            put(HANDLE_SCHEDULED_SOON, user_site(frame, run_code), number, 0)

    def odd_task(kind, callback, handle, args, frame):
        """The first step of all, the wake-ups of 3.8 and 3.9, and subclasses of Task."""
        if kind is _builtin:
            task = callback.__self__
            if len(args) == 1 and classes.is_task(type(task)) and callback.__name__ == "task_wakeup":
                wake(handle, task, args[0], frame)
                return True
        elif name_of_type(kind) == "TaskStepMethWrapper":
            classes.step_type = kind
            t.learn()
            step_wanted(handle, callback.__self__, frame)
            return True
        elif name_of_type(kind) == "TaskWakeupMethWrapper":
            classes.wakeup_type = kind
            t.learn()
            wake(handle, callback.__self__, args[0], frame)
            return True
        return False

    def step_wanted(handle, task, frame):
        number = tasks.get(id(task))
        if number is None and s.eager_task and s.eager_task == s.current:
            number = tasks[id(task)] = s.eager_task
        if number is not None and number == s.current:
            s.yielded = True
        else:
            number, name = task_number(task)
            tasks[id(task)] = number
            site = user_site(frame, run_code)
            kind, name = waits.name_of_task(t, task, name)
            put2(TASK_CREATED, site, number, s.current, kind, 0, number, name)
        handles[id(handle)] = -number

    def announce(task, parent=0):
        """Makes a task known that was created unseen."""
        number, name = task_number(task)
        tasks[id(task)] = number
        kind, name = waits.name_of_task(t, task, name)
        put2(TASK_CREATED, waits.site_of_task(task, code_site), number, parent, kind, 0, number, name)
        return number

    def begun(task, parent):
        """Makes a task known that was created unseen, by Task(..., eager_start=True),
        and whose first step has run within that of its parent, who now awaits it."""
        number = announce(task, parent)
        put(STEP_BEGIN, 0, number, 0)
        after(task, number)
        return number

    def wake(handle, task, future, frame):
        known = tasks.get(id(task))
        number = known or announce(task)
        handles[id(handle)] = -number
        kind = type(future)
        if classes.is_task(kind):
            cause, by = TASK_WOKEN_TASK, tasks.get(id(future), 0)
            site = waits.site_of_task(future, code_site) if runs_in(frame) else user_site(frame, run_code)
        else:
            key = id(future)
            by = futures.get(key, 0)
            if s.woken and s.woken != key:
                futures.pop(s.woken, None)
            s.woken = key
            site = user_site(frame, run_code)
            if classes.is_future(kind) and classes.state_of(future) == "CANCELLED":
                cause = TASK_WOKEN_CANCEL
                sleeps.pop(key, None)
            elif s.timer:
                cause, by = TASK_WOKEN_TIMER, s.timer
            else:
                cause = TASK_WOKEN_FUTURE
        if not known:
            return  # its creation has made it ready
        if not classes.tells_cancel and classes.seems_cancelled(task, future):
            put2(TASK_CANCELLED, site, number, s.current, cause, site, number, by)
        else:
            put(cause, site, number, by)

    def cancel_task(task, message, frame):
        """Notes that a task is about to be cancelled, and the text that was given for it."""
        number = tasks.get(id(task))
        if number is None and s.eager_task and classes.current_task(classes.loop_of(task)) is task:
            number = s.eager_task
        if number is not None and classes.state_of(task) == "PENDING":
            site = scopes.canceller(t, frame)
            if type(message) is str:
                put2(TASK_CANCEL_TEXT, 0, number, t.string(message[:_LONGEST]), TASK_CANCELLED, site, number, s.current)
            else:
                put(TASK_CANCELLED, site, number, s.current)

    def at(loop, handle, when, callback, args, frame):
        if runner(loop) not in (None, ident):
            return
        s.last_handle = number = s.last_handle + 1
        due = int(when * 1e9) if type(loop).time is classes.loop_time else monotonic_ns()
        if not 0 < due < FOREVER:
            due = FOREVER - 1 if due > 0 else 1
        key = number
        if callback is classes.end_sleep and args:
            key |= _SLEEP
            if len(sleeps) > 100_000:
                sleeps.clear()
            sleeps[id(args[0])] = waits.length(frame, due)
            futures.pop(id(args[0]), None)  # that of one at its address before
        handles[id(handle)] = key
        put(HANDLE_SCHEDULED_TIMER, user_site(frame, run_code), number, due)

    def call_at(loop, timer, when, callback, args):
        if get_ident() != ident:
            return elsewhere["call_at"](loop, timer, when, callback, args)
        try:
            at(loop, timer, when, callback, args, getframe(2))
        except Exception as problem:
            failed("call_at", problem)

    def cancel(handle):
        if get_ident() != ident:
            return elsewhere["cancel"](handle)
        try:
            cancelled(handle)
        except Exception as problem:
            failed("cancel", problem)

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
        put(OUTSIDE_CALL, user_site(frame, run_code), number, 0)
        return number

    def adopt(handle):
        """Finds out about a handle that this thread has not seen scheduled."""
        key = id(handle)
        for other in list(threads.values()):
            known = other.handles.pop(key, 0)
            if known:
                break
        callback = handle._callback
        call = crossing.take(handle, callback)
        kind = type(callback)
        if kind is classes.step_type or ((kind is _builtin or kind is MethodType) and classes.is_task(type(callback.__self__))
                                  and getattr(callback, "__name__", "") in ("task_wakeup", "__step", "__wakeup")):
            number = tasks.get(id(callback.__self__))
            if number is None:
                number = announce(callback.__self__)
            else:
                put(TASK_WOKEN_FUTURE, 0, number, 0)
            return -number
        if call is not None:
            put(HANDLE_SCHEDULED_OUTSIDE, t.site_at(call[2]), call[0], call[1])
            return call[0]
        s.last_handle = number = s.last_handle + 1
        put(HANDLE_SCHEDULED_SOON, 0, number, 0)
        return number

    # --- runs -----------------------------------------------------------

    def run(handle):
        """Begins a run. Where the turn does not end it, what it answers does."""
        if s.deep or handle._loop is not s.turning:
            return run_alone(handle)
        try:
            number = pop(id(handle), 0) or lasting(handle)
            if not number:
                finish()
                number = adopt(handle)
            if number > 0:
                s.timer = 0
                if number >= _SLEEP:
                    s.timer = number = number ^ _SLEEP
                if s.running > 0:
                    put_next(HANDLE_END, s.running, HANDLE_BEGIN, number)
                elif s.running:
                    after(s.stepping, -s.running, HANDLE_BEGIN, number)
                    s.stepping = None
                else:
                    put(HANDLE_BEGIN, 0, number, 0)
                s.running = number
                s.current = 0
            else:
                task = handle._callback.__self__
                if classes.must_cancel(task) and not classes.tells_cancel:
                    finish()
                    put(TASK_CANCELLED, 0, -number, 0)
                if s.running > 0:
                    put_next(HANDLE_END, s.running, STEP_BEGIN, -number)
                elif s.running:
                    after(s.stepping, -s.running, STEP_BEGIN, -number)
                else:
                    put(STEP_BEGIN, 0, -number, 0)
                s.running = number
                s.current = -number
                s.timer = 0
                s.yielded = False
                s.stepping = task
        except Exception as problem:
            failed("run", problem)

    def finish(what=0, a=0):
        """Ends what runs, and begins or ends something more."""
        number, task = s.running, s.stepping
        s.running = s.current = s.timer = 0
        s.stepping = None
        if number < 0:
            after(task, -number, what, a)
        elif number == 0:
            if what:
                put_late(what, a)
        elif what:
            put_next(HANDLE_END, number, what, a)
        else:
            put_late(HANDLE_END, number)

    def run_alone(handle):
        if get_ident() != ident:
            return elsewhere["run"](handle)
        try:
            return partial(run_end, enter(handle))
        except Exception as problem:
            failed("run", problem)

    def run_end(begun):
        try:
            leave(begun)
        except Exception as problem:
            failed("run", problem)

    def after(task, number, what=0, a=0):
        """Ends a step: says what the task waits for, or how it ended. what begins next."""
        future = classes.waiter_of(task)
        if future is not None:
            site, inner = detail(task)
            kind = type(future)
            key = id(future)
            if classes.is_task(kind):
                by = tasks.get(key) or begun(future, number)
                put_fact(TASK_WAITS_TASK, site, number, by, STEP_END, what, a)
                return
            length = sleeps.pop(key, None) if sleeps else None
            if length is not None:
                futures.pop(key, None)  # another's, that was at this address before
                put_fact(TASK_WAITS_SLEEP, site, number, length, STEP_END, what, a)
                return
            waits_for = TASK_WAITS | waits.aux_of(kind, inner) << 16
            by = future_number(key)
            if inner is None:
                put_fact(waits_for, site, number, by, STEP_END, what, a)
            else:
                put_facts(waits_for, site, number, by, TASK_WAITS_IN, code_site(inner), waits.label(t, inner), STEP_END, what, a)
        elif s.yielded:
            site, inner = detail(task)
            put_facts(TASK_WAITS_YIELD, site, number, 0, TASK_WOKEN_YIELD, site, 0, STEP_END, what, a)
        elif classes.state_of(task) != "PENDING":
            tasks.pop(id(task), None)
            kind, error = outcome_of(task)
            put_fact(kind, 0, number, 0 if error is None else t.string(error), STEP_END_DONE, what, a)
        elif what:
            put_next(STEP_END, number, what, a)
        else:
            put(STEP_END, 0, number, 0)
        s.yielded = False

    def future_number(key):
        number = None
        if s.woken == key:
            s.woken = 0  # that one was resolved: this is another at its address
        else:
            number = futures.get(key)
        if number is None:
            if len(futures) > 100_000:
                futures.clear()
            s.last_future = number = s.last_future + 1
            futures[key] = number
        return number

    # The runs of a loop whose handles are not asyncio's: see opaque.py.

    def fresh():
        """Returns a number for a handle that has no object."""
        s.last_handle += 1
        return s.last_handle

    def enter(handle):
        """Begins a run; what it answers is for leave."""
        number = pop(id(handle), 0) or lasting(handle) or adopt(handle)
        if number < 0:
            number = -number
            task, before = handle._callback.__self__, s.current
            s.current, s.yielded = number, False
            if classes.must_cancel(task) and not classes.tells_cancel:
                put(TASK_CANCELLED, 0, number, 0)
            put(STEP_BEGIN, 0, number, 0)
            return task, number, before
        before = s.timer
        if number >= _SLEEP:
            number ^= _SLEEP
            s.timer = number
        put(HANDLE_BEGIN, 0, number, 0)
        return None, number, before

    def leave(begun):
        task, number, before = begun
        if task is None:
            s.timer = before
            put_late(HANDLE_END, number)
        else:
            after(task, number)
            s.current = before

    def named(task):
        """Notes the name of a task that was given after its first step was scheduled."""
        number, name = tasks.get(id(task)), classes.name_of(task)
        if number is not None and type(name) is str:
            put(TASK_NAME, 0, number, t.string(name))

    def destroyed(task):
        """Notes that a task is gone though it has not ended."""
        number = tasks.pop(id(task), None)
        if number is not None:
            put(TASK_DONE_DESTROYED, 0, number, 0)

    def run_once(self):
        """Begins a turn; what it answers ends it."""
        if self is not s.turning and get_ident() != ident:
            return elsewhere["run_once"](self)
        try:
            turn(self)
        except Exception as problem:
            failed("_run_once", problem)
        return once_end

    def once_end():
        try:
            turn_end()
        except Exception as problem:
            failed("_run_once", problem)

    def process_events(self, event_list):
        if self is not s.turning and get_ident() != ident:
            return elsewhere["process_events"](self, event_list)
        try:
            polled(event_list)
        except Exception as problem:
            failed("_process_events", problem)

    t.running = lambda: s.loops > 0
    t.turn, t.turn_end, t.loop_begin, t.loop_end = turn, turn_end, loop_begin, loop_end
    t.call_soon, t.run_once, t.process_events = call_soon, run_once, process_events
    t.call_at, t.cancel, t.once_end, t.cancel_task = call_at, cancel, once_end, cancel_task
    t.watched, t.signalled, t.soon, t.at, t.cancelled, t.run = watched, signalled, soon, at, cancelled, run
    t.outside, t.enter, t.leave, t.fresh, t.named, t.destroyed = outside, enter, leave, fresh, named, destroyed
    eager.make(t, s, after)
    state.attach(t, s, soon, after)
