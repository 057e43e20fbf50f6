# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on trio, through the places where it calls its instruments.

A turn is one round of trio's loop: a poll, then the tasks that are ready. A
descriptor that becomes ready is the run of a reader that wakes a task; so is
what another thread asks for by run_sync_soon. In guest mode another loop runs
trio's rounds as its callbacks, so only the tasks show.
"""
from . import awaits, crossing, jobs, numbers, sites, waits
from .kinds import *
from .own import get_ident, modules, name_of_type, partial, sys
from .sites import USER
from .standins import Stand
from .threads import check_turn, failed, loop_thread, threads
from .weave import forget, weave

_context = None  # trio's own: the run of this thread
_runs = {}  # _Run by thread


def hook_run(module):
    """Hooks trio._core._run."""
    global _context
    for name in "trio", "outcome", "sniffio":
        if name in modules:
            sites.machinery(modules[name])
    _context = module.GLOBAL_RUN_CONTEXT
    _hook_events(module)
    sites.stop_at(module.unrolled_run)
    weave(module.TheIOManager, "process_events", {"curtain": _each}, before="events = curtain(self, events)")
    forget()


def hook_entry_queue(module):
    """Hooks trio._core._entry_queue: calls from other threads and signal handlers."""
    # Those that are idempotent are known by their function.
    weave(module.EntryQueue, "run_sync_soon", {"curtain": _run_soon}, before="if not idempotent: sync_fn = curtain(self, sync_fn)")
    forget()


def hook_thread_cache(module):
    """Hooks trio._core._thread_cache: jobs of worker threads."""
    weave(module.ThreadCache, "start_thread_soon", {"curtain": _start_thread_soon}, before="fn = curtain(fn)")
    forget()


def _hook_events(module):
    """Looks on where trio calls its instruments, or is one of them where that cannot be had."""
    global _sees
    runner = module.Runner
    events = {"curtain_" + name: _event(name) for name in _EVENTS}
    try:
        for owner, name in ((module, "unrolled_run"), (runner, "close"), (runner, "reschedule"), (runner, "spawn_impl"),
                            (runner, "task_exited")):
            original = owner.__dict__[name]
            weave(owner, name, events, spots=_spot)
            _protect(original.__code__, owner.__dict__[name].__code__)
        _sees = True
    except Exception:
        weave(module, "setup_runner", {"curtain": _add_instrument}, after="curtain(_result)")


def _protect(old, new):
    """Keeps Ctrl-C out of a function as trio has asked for: it remembers that by the code."""
    known = getattr(modules.get("trio._core._ki"), "_CODE_KI_PROTECTION_STATUS_WMAP", None)
    if known is not None:
        try:
            known[new] = known[old]
        except KeyError:
            pass


_EVENTS = ("before_run", "after_run", "before_io_wait", "after_io_wait", "task_spawned", "task_scheduled", "before_task_step",
           "task_exited", "after_task_step")
_sees = False  # those are seen where trio calls its instruments


def _spot(node):
    """Answers what to call before a statement that calls instruments: if "EVENT" in ...instruments."""
    test = getattr(node, "test", None)
    event = getattr(getattr(test, "left", None), "value", None)
    if type(node).__name__ == "If" and event in _EVENTS and getattr(test.comparators[0], "attr", None) == "instruments":
        return "curtain_%s(%s)" % (event, ", ".join(arg.id for arg in node.body[0].value.args[1:]))


def _event(name):
    def event(*args):
        if _sees:
            run = _Run() if name == "before_run" else _runs.get(get_ident())
            if run is not None:
                getattr(run, name)(*args)

    return event


def _add_instrument(runner):
    try:
        add = getattr(runner.instruments, "add_instrument", None) or runner.instruments.append
        add(_Run())
    except Exception as problem:
        failed("trio", problem)


def _each(manager, events):
    """Goes through what is ready, and has each of these be a run of what wakes a task."""
    run = _runs.get(get_ident())
    if run is None or type(events) is not list:
        return events
    run.polled(len(events))
    return _runs_of(run, manager, events)


def _runs_of(run, manager, events):
    for event in events:
        number = run.readable(manager, event)
        try:
            yield event
        finally:
            if number:
                run.thread.put(HANDLE_END, 0, number, 0)


class _Run:
    """Watches one trio.run."""

    def __init__(self):
        self.thread = None
        self.tasks = {}  # numbers, by id
        self.readers = {}  # numbers of handles, by descriptor
        self.deadlines = {}  # of the tasks that sleep, by number
        self.current = 0  # number of the task that runs
        self.spawned = 0  # number of the task that is being made
        self.yielded = self.guest = self.polling = False
        self.outcome = None  # of the task that has just ended: the kind of record, and the class of its error
        self.turn = 0
        self.around = 0  # open calls that the loop runs in

    def before_run(self):
        try:
            ident = get_ident()
            self.thread = thread = loop_thread(ident)
            self.guest = _context.runner.is_guest or thread.tasks is not None and thread.tasks.loops > 0
            _runs[ident] = self
            if not self.guest:
                thread.ring.reset()
                if thread.calls is not None:
                    self.around = thread.calls.depth()
                self.loop = numbers.new_loop()
                thread.put(LOOP_BEGIN, 0, self.loop, thread.string("trio"))
        except Exception as problem:
            failed("trio", problem)

    def after_run(self):
        try:
            thread = self.thread
            _runs.pop(get_ident(), None)
            if not self.guest:
                self._end_turn()
                if thread.calls is not None:
                    thread.calls.cut(self.around)
                thread.put(LOOP_END, 0, self.loop, 0)
        except Exception as problem:
            failed("trio", problem)

    # --- turns ----------------------------------------------------------

    def before_io_wait(self, timeout):
        try:
            if self.guest:
                return
            self._end_turn()
            self.turn += 1
            self.polling = True
            thread = self.thread
            ns = int(timeout * 1e9) if timeout < 86400 else FOREVER
            thread.put(TURN_BEGIN, 0, self.turn, len(_context.runner.runq))
            thread.put(POLL_BEGIN, 0, ns, 0, True)
        except Exception as problem:
            failed("trio", problem)

    def after_io_wait(self, timeout):
        self.polled(0)

    def polled(self, events):
        try:
            if self.polling:
                self.polling = False
                self.thread.put(POLL_END, 0, events, 0)
        except Exception as problem:
            failed("trio", problem)

    def _end_turn(self):
        self.polled(0)
        if self.turn:
            self.thread.put(TURN_END, 0, self.turn, 0)
            check_turn(self.thread)

    def readable(self, manager, event):
        """Begins the run of what wakes the tasks that wait for a descriptor."""
        try:
            fd, flags = event
            thread = self.thread
            if fd == getattr(manager, "_force_wakeup_fd", None):
                return 0
            number = self.readers.get(fd)
            if number is None:
                number = self.readers[fd] = numbers.new_handle()
                waiters = manager._registered.get(fd)
                task = waiters and (waiters.read_task or waiters.write_task)
                thread.put(HANDLE_SCHEDULED_READER, _wait(thread, task.coro)[0] if task else 0, number, 0)
            what = READY | (flags & 1 | flags >> 1 & 2 or 3) << 8
            thread.put(what, 0, fd, number)
            thread.put(HANDLE_BEGIN, 0, number, 0, True)
            return number
        except Exception as problem:
            failed("trio", problem)
            return 0

    # --- tasks ----------------------------------------------------------

    def task_spawned(self, task):
        try:
            thread = self.thread
            number = self.spawned = next(numbers.own_numbers)
            nursery = task.parent_nursery
            parent = self.tasks.get(id(nursery.parent_task), 0) if nursery is not None else 0
            self.tasks[id(task)] = number
            thread.put(TASK_CREATED, thread.user_site(_caller(sys._getframe(2)), None), number, parent)
            thread.put(TASK_NAME, 0, number, thread.string(task.name), True)
        except Exception as problem:
            failed("trio", problem)

    def task_scheduled(self, task):
        try:
            number = self.tasks.get(id(task), 0)
            if number == 0:
                return
            if number == self.spawned:
                self.spawned = 0  # that is known from its creation
                return
            cancelled = _is_cancelled(_error_of(task._next_send))
            if number == self.current and not cancelled:
                self.yielded = True
                return
            thread, frame = self.thread, _caller(sys._getframe(2))
            site = thread.user_site(frame, None)
            deadline = self.deadlines.pop(number, None)
            if not cancelled:
                child = frame.f_code.co_name == "_check_nursery_closed"
                thread.put(TASK_WOKEN_TASK if child else TASK_WOKEN_FUTURE, site, number, self.current if child else 0)
            elif deadline is not None and deadline <= _context.runner.clock.current_time():
                thread.put(TASK_WOKEN_TIMER, site, number, 0)
            else:
                by = self.current if self.current != number else 0
                thread.put(TASK_CANCELLED, site, number, by)
                thread.put(TASK_WOKEN_CANCEL, site, number, 0, True)
        except Exception as problem:
            failed("trio", problem)

    def before_task_step(self, task):
        try:
            number = self.current = self.tasks.get(id(task), 0)
            self.yielded = False
            if number:
                self.thread.put(STEP_BEGIN, 0, number, 0)
        except Exception as problem:
            failed("trio", problem)

    def task_exited(self, task):
        try:
            self.outcome = kind, error = _outcome(sys._getframe(1))
            number = self.tasks.get(id(task), 0)
            if number and number != self.current:  # it was not running
                self.thread.put(kind, 0, number, self._error(error))
                self.outcome = None
                del self.tasks[id(task)]
        except Exception as problem:
            failed("trio", problem)

    def after_task_step(self, task):
        try:
            number, self.current = self.current, 0
            if number:
                self._suspended(task, number)
        except Exception as problem:
            failed("trio", problem)

    def _error(self, kind):
        return 0 if kind is None else self.thread.string(waits.error_name(kind))

    def _suspended(self, task, number):
        """Ends a step: says what the task waits for, or how it ended."""
        thread = self.thread
        if self.outcome:
            (kind, error), self.outcome = self.outcome, None
            self.tasks.pop(id(task), None)
            thread.put(kind, 0, number, self._error(error))
            thread.put(STEP_END_DONE, 0, number, 0, True)
            return
        site, code, deadline = _wait(thread, task.coro)
        if self.yielded:
            thread.put(TASK_WAITS_YIELD, site, number, 0)
            thread.put(TASK_WOKEN_YIELD, site, number, 0, True)
        elif deadline is not None:
            clock = _context.runner.clock
            self.deadlines[number] = deadline
            length = deadline - clock.current_time() if deadline < 1e15 else 0
            thread.put(TASK_WAITS_SLEEP, site, number, max(int(length * 1e9), 0))
        elif code is None:
            thread.put(TASK_WAITS_FUTURE, site, number, 0)
        else:
            what = TASK_WAITS_GROUP if code.co_name in ("__aexit__", "_nested_child_finished") else TASK_WAITS_FUTURE
            label = waits.label(thread, code)
            thread.put(what, site, number, 0)
            thread.put(TASK_WAITS_IN, thread.code_site(code), number, label, True)
        thread.put(STEP_END, 0, number, 0, True)


def _caller(frame):
    """Returns the frame of who called the runner's method of a frame."""
    while frame.f_back is not None and frame.f_code.co_name in ("reschedule", "spawn_impl", "spawn_system_task"):
        frame = frame.f_back
    return frame


def _error_of(outcome):
    """Returns the class of the exception that an outcome holds, None if it holds none."""
    error = getattr(outcome, "error", None) if type(outcome).__module__.startswith("outcome") else None
    return None if error is None else type(error)


def _is_cancelled(error):
    return error is not None and name_of_type(error) == "Cancelled"


def _outcome(frame):
    """Finds out how a task ended, and with which class of exception: trio tells its instruments only that it did."""
    for _ in range(4):
        if frame is None:
            break
        if frame.f_code.co_name == "task_exited" and "outcome" in frame.f_code.co_varnames:
            error = _error_of(frame.f_locals.get("outcome"))
            if _is_cancelled(error):
                return TASK_DONE_CANCELLED, None
            return (TASK_DONE_RESULT if error is None else TASK_DONE_ERROR), error
        frame = frame.f_back
    return TASK_DONE_RESULT, None


def _wait(thread, coro):
    """Returns the site of a suspended task's innermost user frame, the code of what
    that awaits, None if it is the user's own, and the deadline of a sleep or None."""
    frame = code = deadline = first = None
    while coro is not None:
        way = awaits.ways.get(id(type(coro)))
        if way is None:
            coro = awaits.behind(coro)
            continue
        its_code, its_frame, inner = (get(coro) for get in way)
        first = first or its_frame
        if sites.kind_of(its_code.co_filename) == USER:
            frame, code = its_frame, None
        elif code is None:
            code = its_code
        if its_code.co_name == "sleep_until" and its_frame is not None and its_code.co_filename.endswith("_timeouts.py"):
            deadline = its_frame.f_locals.get("deadline")
        coro = inner
    frame = frame or first
    if type(deadline) not in (int, float):
        deadline = None
    return (0 if frame is None else thread.frame_site(frame)), code, deadline


# --- from and to other threads ------------------------------------------


def _run_soon(queue, function):
    try:
        return _FromOutside(function, *_asked(queue, sys._getframe(2)))
    except Exception as problem:
        failed("run_sync_soon", problem)
        return function


def _asked(queue, frame):
    """Notes a call of run_sync_soon. Returns its number, time and, if it was made
    by another thread than the run's, its place."""
    thread = threads[get_ident()]
    site = thread.user_site(frame, None)
    if getattr(getattr(_context, "runner", None), "entry_queue", None) is queue:
        number = numbers.new_handle()
        thread.put(HANDLE_SCHEDULED_SOON, site, number, 0)
        return number, 0, None
    number, when, place = crossing.new(waits.place(frame, None))
    thread.put(OUTSIDE_CALL, site, number, 0)
    return number, when, place


class _FromOutside(Stand):
    """Stands for a function that the loop was asked to run."""

    __slots__ = ("_number", "_when", "_place")

    def __init__(self, function, number, when, place):
        self._callback, self._number, self._when, self._place = function, number, when, place

    def _begin(self):
        try:
            thread = threads[get_ident()]
            if self._place is not None:
                thread.put(HANDLE_SCHEDULED_OUTSIDE, thread.site_at(self._place), self._number, self._when)
            thread.put(HANDLE_BEGIN, 0, self._number, 0)
            return partial(self._end, thread)
        except Exception as problem:
            failed("run_sync_soon", problem)

    def _end(self, thread, result):
        thread.put(HANDLE_END, 0, self._number, 0)


def _start_thread_soon(function):
    try:
        return jobs.submitted(function, jobs.name_of(_asked_for(function)), sys._getframe(2))
    except Exception as problem:
        failed("start_thread_soon", problem)
        return function


def _asked_for(function):
    """Looks for the user's function in what trio makes of it."""
    while True:
        function = jobs.innermost(function)
        names = getattr(getattr(function, "__code__", None), "co_freevars", ())
        inner = [name for name in ("sync_fn", "worker_fn") if name in names]
        if not inner:
            return function
        function = function.__closure__[names.index(inner[0])].cell_contents
