# SPDX-License-Identifier: Apache-2.0
"""Sees calls through sys.monitoring (3.12 and later), which other tools may use
at the same time.

Only the beginnings of functions are asked for everywhere, and each function that
is not recorded says once that it does not want to be asked again. What else
happens in a function is asked for one by one.

The callbacks are those of the compiled recorder, in monitoring.c. Where it is not to
be had, they are those of one thread, so that what it needs is at hand. Another thread
that comes into them is sent to its own, and after a while, if it has much to say,
takes the place over.
"""
from . import sites
from .calls import C_TYPE_IDS, CALLS, GENERATOR, ASYNC, LINES, Calls, compiled, decide, kept
from .compiled import recorder
from .kinds import CALL_END, CALL_END_RAISE, CALL_END_SUSPEND
from .own import FunctionType, get_ident, monitoring, now
from .standins import watch
from .threads import adds, after_fork, after_turn, failed, threads

_NAME = "curtain"
_PATIENCE = 256  # events of a thread elsewhere, until it takes over

_EVENTS = "PY_START", "PY_RESUME", "PY_THROW", "PY_RETURN", "PY_YIELD", "PY_UNWIND", "CALL", "C_RETURN", "C_RAISE", "LINE"

_callbacks = {}  # by the number of a thread: its callbacks, by the name of the event
_elsewhere = {}  # by the number of a thread: events since it took over
_tool = None
_calls_events = _lines_events = 0
_level = "loop"
_registered = {}  # callbacks, by the name of the event


def start(level):
    """Registers the callbacks under a tool id that nobody uses."""
    global _level, _calls_events, _lines_events
    _level = level
    events = monitoring.events
    _calls_events = events.PY_START | events.PY_RETURN
    if level != "coroutines":
        _calls_events |= events.CALL  # and with it C_RETURN and C_RAISE
    _lines_events = events.LINE
    if not _take_id():
        _leave_out("all of sys.monitoring's tool ids are taken")
        return
    adds(_make)
    if not recorder:
        after_fork(_forked)
    after_turn(_check)
    watch(now("monitoring"), "use_tool_id", _use_tool_id)
    _register({"PY_START": _first})
    _ask()


def _leave_out(why):
    """Says that nothing more comes, if something was recorded at all."""
    if threads:
        threads[get_ident()].mark("probe: level %s is left out from here on: %s" % (_level, why))


# --- the tool id ------------------------------------------------------------------


def _take_id():
    global _tool
    for tool in (4, 3, 5, 2):
        if monitoring.get_tool(tool) is None:
            monitoring.use_tool_id(tool, _NAME)  # which is seen below, too: it is not ours yet
            _tool = tool
            return True
    _tool = None
    return False


def _use_tool_id(tool_id, name):
    """Leaves ours to a tool of the program that asks for it."""
    try:
        if tool_id == _tool and _is_ours():
            _give_way()
    except Exception as problem:
        failed("use_tool_id", problem)


def _give_way():
    monitoring.set_events(_tool, 0)
    for code in list(kept()):
        monitoring.set_local_events(_tool, code, 0)
    for event in _EVENTS:
        monitoring.register_callback(_tool, getattr(monitoring.events, event), None)
    given = _tool
    taken = _take_id()  # another one: this is not free yet
    monitoring.free_tool_id(given)
    monitoring.restart_events()  # what we did not want to be asked again is the program's to know
    if not taken:
        _leave_out("the program takes all of sys.monitoring's tool ids")
        return
    _register(_registered)
    _ask()
    for code in list(kept()):
        _watch(code)


def _is_ours():
    """Sees whether somebody has taken our id away."""
    global _tool
    if _tool is not None and monitoring.get_tool(_tool) != _NAME:
        _tool = None
        _leave_out("the program has freed its tool id of sys.monitoring")
    return _tool is not None


def _check(thread):
    _is_ours()


def _register(callbacks):
    global _registered
    _registered = callbacks
    for event, callback in callbacks.items():
        monitoring.register_callback(_tool, getattr(monitoring.events, event), callback)


def _ask():
    """Asks for what is wanted of all functions."""
    events = monitoring.events
    monitoring.set_events(_tool, events.PY_START | events.PY_UNWIND | events.PY_THROW)


# --- the callbacks ----------------------------------------------------------------


def _first(code, offset):
    """Stands in for the callbacks until something is recorded: a process in which
    nothing is has no recording."""
    try:
        if not decide(code) & CALLS:
            return monitoring.DISABLE
        ident = threads[get_ident()].ident
        _take_over(ident)
        return _callbacks_of(ident)["PY_START"](code, offset)
    except Exception as problem:
        failed("call", problem)


def _make(thread):
    if recorder:
        thread.calls = compiled(thread, _watch)
    else:
        thread.calls = Calls(thread)
        _elsewhere[thread.ident] = 0
        _callbacks[thread.ident] = _of_thread(thread.ident, thread.calls)
    sites.forgetters.append(thread.calls.forget)


def _callbacks_of(ident):
    return {event: getattr(recorder, event) for event in _EVENTS} if recorder else _callbacks[ident]


def _take_over(ident):
    _elsewhere[ident] = 0
    if _is_ours():
        _register(_callbacks_of(ident))


def _forked():
    if _callbacks:
        ident = threads[get_ident()].ident  # it may be there already: its callbacks have been called since
        for gone in _callbacks.keys() - {ident}:
            del _callbacks[gone], _elsewhere[gone]
        _take_over(ident)


def _away(event, *args):
    """Hands an event to the callback of the thread that it is of."""
    ident = threads[get_ident()].ident
    _elsewhere[ident] += 1
    if _elsewhere[ident] > _PATIENCE:
        _take_over(ident)
    return _callbacks[ident][event](*args)


def _watch(code):
    """Asks for what is recorded of a function. Answers False if nothing is."""
    wanted, events = decide(code), 0
    if wanted & CALLS:
        events = _calls_events
        if "setprofile" in code.co_names:
            # Python would tell the profiler that is set there of the end of sys.setprofile itself,
            # which has no beginning for it; profile.py does not bear that.
            events &= ~monitoring.events.CALL
        if code.co_flags & (GENERATOR | ASYNC):
            events |= monitoring.events.PY_RESUME | monitoring.events.PY_YIELD
    if wanted & LINES:
        events |= _lines_events
    if events and _is_ours():
        monitoring.set_local_events(_tool, code, events)
    return wanted & CALLS


def _of_thread(ident, calls):
    """Returns the callbacks of a thread. An exception in one would go to the program."""
    DISABLE = monitoring.DISABLE
    put, stack, begins, resumes, lines, functions = (
        calls.put, calls.stack, calls.begins, calls.resumes, calls.lines, calls.functions)
    push, pop, odd_end = stack.append, stack.pop, calls.end
    suspended, raised = CALL_END_SUSPEND, CALL_END_RAISE

    def py_start(code, offset):
        try:
            if get_ident() != ident:
                return _away("PY_START", code, offset)
            try:
                what = begins[id(code)]
            except KeyError:
                what = _watch(code) and calls.begin(code)
                if not what:
                    return DISABLE
            push(code)
            put(what)
        except Exception as problem:
            failed("call", problem)

    def py_resume(code, offset):
        try:
            if get_ident() != ident:
                return _away("PY_RESUME", code, offset)
            try:
                what = resumes[id(code)]
            except KeyError:
                what = calls.resume(code)
            if what:
                push(code)
                put(what)
        except Exception as problem:
            failed("call", problem)

    def py_throw(code, offset, exception):
        return py_resume(code, offset)

    def py_return(code, offset, value):
        try:
            if get_ident() != ident:
                return _away("PY_RETURN", code, offset, None)
            top = pop()
            if top is code:
                put(CALL_END)
            else:
                odd_end(top, code, CALL_END)
        except Exception as problem:
            failed("call", problem)

    def py_yield(code, offset, value):
        try:
            if get_ident() != ident:
                return _away("PY_YIELD", code, offset, None)
            top = pop()
            if top is code:
                put(suspended)
            else:
                odd_end(top, code, suspended)
        except Exception as problem:
            failed("call", problem)

    def py_unwind(code, offset, exception):
        try:
            if get_ident() != ident:
                return _away("PY_UNWIND", code, offset, None)
            if stack[-1] is code:
                pop()
                put(raised)
            elif decide(code) & CALLS:
                odd_end(pop(), code, raised)
        except Exception as problem:
            failed("call", problem)

    def call(code, offset, function, first):
        if type(function) is FunctionType:
            return  # it begins itself
        try:
            if id(type(function)) in C_TYPE_IDS:
                if get_ident() != ident:
                    return _away("CALL", code, offset, function, None)
                what = functions.get(id(function)) or calls.function(function)
                push(None)
                put(what)
        except Exception as problem:
            failed("call", problem)

    def c_return(code, offset, function, first):
        try:
            if id(type(function)) in C_TYPE_IDS:
                if get_ident() != ident:
                    return _away("C_RETURN", code, offset, function, None)
                if stack[-1] is None:
                    pop()
                    put(CALL_END)
        except Exception as problem:
            failed("call", problem)

    def c_raise(code, offset, function, first):
        try:
            if id(type(function)) in C_TYPE_IDS:
                if get_ident() != ident:
                    return _away("C_RAISE", code, offset, function, None)
                if stack[-1] is None:
                    pop()
                    put(raised)
        except Exception as problem:
            failed("call", problem)

    def line(code, number):
        try:
            if get_ident() != ident:
                return _away("LINE", code, number)
            try:
                what = lines[id(code)][number]
            except KeyError:
                what = calls.line(code, number)
                if not what:
                    return DISABLE
            put(what)
        except Exception as problem:
            failed("line", problem)

    return dict(zip(_EVENTS, (py_start, py_resume, py_throw, py_return, py_yield, py_unwind, call, c_return, c_raise, line)))
