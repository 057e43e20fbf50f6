# SPDX-License-Identifier: Apache-2.0
"""Sees calls through sys.setprofile and sys.settrace (3.8 to 3.11).

Each thread has one slot for each of them. When the program wants a slot for a
debugger, coverage or a profiler, it gets it, and the recording says so.
"""
import sys
from _thread import get_ident

from . import imports
from .calls import _ASYNC, _GENERATOR, RAISE, RESUME, SUSPEND, calls_wanted, is_c, lines_wanted
from .threads import after_turn, failed, threads

_RETURN_VALUE, _YIELD_VALUE, _YIELD_FROM, _RESUME_311 = 83, 86, 72, 151

_bytecode = {}  # by the id of the code, which calls keeps alive


def start(level):
    """Fills the slots of this thread and of those to come."""
    profile, trace = _functions(level)
    sys.setprofile(profile)
    if trace is not None:
        sys.settrace(trace)

    def for_threads(threading):
        threading.setprofile(profile)
        if trace is not None:
            threading.settrace(trace)

    imports.when("threading", for_threads)
    lost = []

    def check(thread):
        # A slot is emptied by an overflow of the stack in the function that fills it.
        if sys.getprofile() is None:
            sys.setprofile(profile)
        if trace is not None and sys.gettrace() is None:
            sys.settrace(trace)
        if not lost and thread.ident == main:
            if sys.getprofile() is not profile or trace is not None and sys.gettrace() is not trace:
                lost.append(True)
                thread.mark("probe: level %s is left out from here on: the program traces itself" % level)

    main = get_ident()
    after_turn(check)


def _bytes(code):
    known = _bytecode.get(id(code))
    if known is None or known[0] is not code:
        if len(_bytecode) > 20_000:
            _bytecode.clear()
        first = -1
        if sys.version_info >= (3, 11):
            raw = code.co_code
            first = next((i for i in range(0, len(raw), 2) if raw[i] == _RESUME_311 and raw[i + 1] == 0), -1)
        known = _bytecode[id(code)] = code, code.co_code, first
    return known


def _begin(frame, code):
    """The flags of a beginning: is it a resumption?"""
    if not code.co_flags & (_ASYNC | _GENERATOR):
        return 0
    return RESUME if frame.f_lasti > _bytes(code)[2] else 0


def _end(frame, code, value):
    """The flags of an end: Python tells neither a suspension nor an exception from
    a return, but the last instruction does, mostly."""
    raw, last = _bytes(code)[1], frame.f_lasti
    op = raw[last] if 0 <= last < len(raw) else _RETURN_VALUE
    if op in (_YIELD_VALUE, _YIELD_FROM) and code.co_flags & (_ASYNC | _GENERATOR):
        return SUSPEND
    return 0 if op == _RETURN_VALUE or value is not None else RAISE


def _functions(level):
    lines = level == "lines"

    def profile(frame, event, value):
        try:
            code = frame.f_code
            if not calls_wanted(code):
                return
            if event == "c_call":
                if level != "coroutines" and is_c(value):
                    threads[get_ident()].c_begin(value)
            elif event == "c_return":
                if level != "coroutines" and is_c(value):
                    threads[get_ident()].c_end(0)
            elif event == "c_exception":
                if level != "coroutines" and is_c(value):
                    threads[get_ident()].c_end(RAISE)
            elif lines:
                return  # the other function sees to it
            elif event == "call":
                threads[get_ident()].call_begin(code, _begin(frame, code))
            elif event == "return":
                threads[get_ident()].call_end(code, _end(frame, code, value))
        except Exception as problem:
            failed("call", problem)

    def trace(frame, event, value):
        try:
            code = frame.f_code
            if event == "line":
                if lines_wanted(code):
                    threads[get_ident()].line(code, frame.f_lineno)
            elif event == "call":
                if calls_wanted(code):
                    threads[get_ident()].call_begin(code, _begin(frame, code))
                elif not lines_wanted(code):
                    return None
            elif event == "return" and calls_wanted(code):
                threads[get_ident()].call_end(code, _end(frame, code, value))
        except Exception as problem:
            failed("line", problem)
        return trace

    return profile, trace if lines else None
