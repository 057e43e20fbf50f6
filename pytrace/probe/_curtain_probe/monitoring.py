# SPDX-License-Identifier: Apache-2.0
"""Sees calls through sys.monitoring (3.12 and later), which other tools may use
at the same time."""
import sys
from _thread import get_ident

from .calls import RAISE, RESUME, SUSPEND, calls_wanted, is_c, lines_wanted
from .threads import failed, threads

_NAME = "curtain"


def start(level):
    """Registers the callbacks under a tool id that nobody uses."""
    monitoring = sys.monitoring
    for tool in (4, 3, 5, 2):
        if monitoring.get_tool(tool) is None:
            break
    else:
        threads[get_ident()].mark("probe: level %s is left out: all of sys.monitoring's tool ids are taken" % level)
        return
    monitoring.use_tool_id(tool, _NAME)
    events = monitoring.events
    wanted = 0
    for name, callback in _callbacks(level, monitoring.DISABLE):
        event = getattr(events, name)
        monitoring.register_callback(tool, event, callback)
        if name not in ("C_RETURN", "C_RAISE"):  # they come with CALL
            wanted |= event
    monitoring.set_events(tool, wanted)


def _callbacks(level, DISABLE):
    """Returns pairs of an event's name and its callback. An exception in one would
    go to the program."""

    def py_start(code, offset):
        if not calls_wanted(code):
            return DISABLE
        try:
            threads[get_ident()].call_begin(code, 0)
        except Exception as problem:
            failed("call", problem)

    def py_resume(code, offset):
        if not calls_wanted(code):
            return DISABLE
        try:
            threads[get_ident()].call_begin(code, RESUME)
        except Exception as problem:
            failed("call", problem)

    def py_throw(code, offset, exception):
        if calls_wanted(code):
            try:
                threads[get_ident()].call_begin(code, RESUME)
            except Exception as problem:
                failed("call", problem)

    def py_return(code, offset, value):
        if not calls_wanted(code):
            return DISABLE
        try:
            threads[get_ident()].call_end(code, 0)
        except Exception as problem:
            failed("call", problem)

    def py_yield(code, offset, value):
        if not calls_wanted(code):
            return DISABLE
        try:
            threads[get_ident()].call_end(code, SUSPEND)
        except Exception as problem:
            failed("call", problem)

    def py_unwind(code, offset, exception):
        if calls_wanted(code):
            try:
                threads[get_ident()].call_end(code, RAISE)
            except Exception as problem:
                failed("call", problem)

    def call(code, offset, function, first):
        if not calls_wanted(code):
            return DISABLE
        if is_c(function):
            try:
                threads[get_ident()].c_begin(function)
            except Exception as problem:
                failed("call", problem)

    def c_return(code, offset, function, first):
        if calls_wanted(code) and is_c(function):
            try:
                threads[get_ident()].c_end(0)
            except Exception as problem:
                failed("call", problem)

    def c_raise(code, offset, function, first):
        if calls_wanted(code) and is_c(function):
            try:
                threads[get_ident()].c_end(RAISE)
            except Exception as problem:
                failed("call", problem)

    def line(code, number):
        if not lines_wanted(code):
            return DISABLE
        try:
            threads[get_ident()].line(code, number)
        except Exception as problem:
            failed("line", problem)

    callbacks = [("PY_START", py_start), ("PY_RESUME", py_resume), ("PY_THROW", py_throw),
                 ("PY_RETURN", py_return), ("PY_YIELD", py_yield), ("PY_UNWIND", py_unwind)]
    if level != "coroutines":
        callbacks += [("CALL", call), ("C_RETURN", c_return), ("C_RAISE", c_raise)]
    if level == "lines":
        callbacks.append(("LINE", line))
    return callbacks
