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
import sys
from _thread import get_ident
from types import FunctionType

from . import sites
from .calls import C_TYPES, CALLS, END, GENERATOR, ASYNC, LINES, RAISE, SUSPEND, Calls, compiled, decide
from .compiled import recorder
from .threads import adds, after_fork, failed, threads

_NAME = "curtain"
_PATIENCE = 256  # events of a thread elsewhere, until it takes over

_EVENTS = "PY_START", "PY_RESUME", "PY_THROW", "PY_RETURN", "PY_YIELD", "PY_UNWIND", "CALL", "C_RETURN", "C_RAISE", "LINE"

_callbacks = {}  # by the number of a thread: its callbacks, by the name of the event
_elsewhere = {}  # by the number of a thread: events since it took over
_tool = None
_calls_events = _lines_events = 0


def start(level):
    """Registers the callbacks under a tool id that nobody uses."""
    global _tool, _calls_events, _lines_events
    monitoring = sys.monitoring
    for _tool in (4, 3, 5, 2):
        if monitoring.get_tool(_tool) is None:
            break
    else:
        threads[get_ident()].mark("probe: level %s is left out: all of sys.monitoring's tool ids are taken" % level)
        return
    monitoring.use_tool_id(_tool, _NAME)
    events = monitoring.events
    _calls_events = events.PY_START | events.PY_RETURN
    if level != "coroutines":
        _calls_events |= events.CALL  # and with it C_RETURN and C_RAISE
    _lines_events = events.LINE
    adds(_make)
    if not recorder:
        after_fork(_forked)
    monitoring.register_callback(_tool, events.PY_START, _first)
    monitoring.set_events(_tool, events.PY_START | events.PY_UNWIND | events.PY_THROW)


def _first(code, offset):
    """Stands in for the callbacks until something is recorded: a process in which
    nothing is has no recording."""
    try:
        if not decide(code) & CALLS:
            return sys.monitoring.DISABLE
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
    for event, callback in _callbacks_of(ident).items():
        sys.monitoring.register_callback(_tool, getattr(sys.monitoring.events, event), callback)


def _forked():
    if _callbacks:
        _callbacks.clear()
        _elsewhere.clear()
        _take_over(threads[get_ident()].ident)


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
        if code.co_flags & (GENERATOR | ASYNC):
            events |= sys.monitoring.events.PY_RESUME | sys.monitoring.events.PY_YIELD
    if wanted & LINES:
        events |= _lines_events
    if events:
        sys.monitoring.set_local_events(_tool, code, events)
    return wanted & CALLS


def _of_thread(ident, calls):
    """Returns the callbacks of a thread. An exception in one would go to the program."""
    DISABLE = sys.monitoring.DISABLE
    put, stack, begins, resumes, lines, functions = (
        calls.put, calls.stack, calls.begins, calls.resumes, calls.lines, calls.functions)
    push, pop, odd_end = stack.append, stack.pop, calls.end
    suspended, raised = END | SUSPEND, END | RAISE

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
                put(END)
            else:
                odd_end(top, code, END)
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
            if type(function) in C_TYPES:
                if get_ident() != ident:
                    return _away("CALL", code, offset, function, None)
                what = functions.get(id(function)) or calls.function(function)
                push(None)
                put(what)
        except Exception as problem:
            failed("call", problem)

    def c_return(code, offset, function, first):
        try:
            if type(function) in C_TYPES:
                if get_ident() != ident:
                    return _away("C_RETURN", code, offset, function, None)
                if stack[-1] is None:
                    pop()
                    put(END)
        except Exception as problem:
            failed("call", problem)

    def c_raise(code, offset, function, first):
        try:
            if type(function) in C_TYPES:
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
