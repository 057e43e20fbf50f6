# SPDX-License-Identifier: Apache-2.0
"""Levels `coroutines`, `functions` and `lines`: calls as nested spans.

What is recorded is decided once per code object. Each thread has a stack of what
it has written the beginning of, by the code's id, 0 for a C function, or JOB for
the span of a job, so that each end that is written has its beginning: frames may
have begun before the probe, or before the loop, whose beginning and end cut through
the calls around them, up to the job that runs it.
"""
import sys
from types import BuiltinFunctionType

from . import sites
from .threads import adds, threads

BEGIN, END, LINE = 40, 41, 42
RESUME, C, SUSPEND, RAISE = 1 << 8, 2 << 8, 4 << 8, 8 << 8
JOB = -1

# Code that can be suspended: CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR; CO_GENERATOR.
_ASYNC, _GENERATOR = 0x80 | 0x100 | 0x200, 0x20
_C_TYPES = (BuiltinFunctionType, type(str.join), type(str.__add__), type("".__add__), type)

_level = "loop"
_include, _exclude = (), ()
_calls, _lines = {}, {}  # what was decided, by the id of the code
_kept = {}
_left_out = []


def start(level, include, exclude):
    """Records a level beyond `loop` in all threads."""
    global _level, _include, _exclude
    _level, _include, _exclude = level, tuple(include), tuple(exclude)
    adds(_make)
    sites.forgetters.append(_forget)
    if sys.version_info >= (3, 12):
        from . import monitoring as events
    else:
        from . import profiling as events
    events.start(level)


def leave_out(code):
    """Leaves the calls of a function out. What the loop level writes within these
    would overlap with them: a poll ends within _process_events. Their spans are
    there anyway, as those of turns, polls and handles."""
    _left_out.append(code)


def _forget():
    _calls.clear()
    _lines.clear()
    _kept.clear()


def _decide(code):
    if len(_kept) >= sites.MAX_CODES:
        _forget()
    _kept[id(code)] = code
    file = sites.path_of(code)
    kind = sites.kind_of(code.co_filename)
    wanted = kind != sites.PROBE and not any(_match(file, p) for p in _exclude)
    included = any(_match(file, p) for p in _include)
    if _level == "coroutines":
        _calls[id(code)] = wanted and code.co_flags & _ASYNC != 0
    elif _level == "functions":
        _calls[id(code)] = wanted and not file.startswith("<frozen importlib")
    else:
        _calls[id(code)] = wanted and (included or not sites.is_stdlib(file))
    _lines[id(code)] = _level == "lines" and _calls[id(code)]
    if any(code is other for other in _left_out):
        _calls[id(code)] = False


def calls_wanted(code):
    """Reports whether the calls of a function are recorded."""
    wanted = _calls.get(id(code))
    if wanted is None:
        _decide(code)
        wanted = _calls[id(code)]
    return wanted


def lines_wanted(code):
    """Reports whether its lines are."""
    calls_wanted(code)
    return _lines[id(code)]


def _match(file, pattern):
    """Matches a path with a pattern: a module such as a.b, or a path in which *
    stands for anything."""
    if "/" in pattern or "*" in pattern:
        return _glob(file, pattern)
    place = "/" + pattern.replace(".", "/")
    return place + "/" in file or file.endswith(place + ".py")


def _glob(text, pattern):
    head, *rest = pattern.split("*")
    if not text.startswith(head):
        return False
    if not rest:
        return text == head
    at = len(head)
    for piece in rest[:-1]:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return text.endswith(rest[-1]) and len(text) - len(rest[-1]) >= at


def _make(t):
    """Gives a Thread the functions that write calls."""
    put, code_site, ring = t.put, t.code_site, t.ring
    stack, lines, functions = [], {}, {}

    def begin(code, flags):
        stack.append(id(code))
        put(BEGIN | flags, code_site(code), 0, 0)

    def end(code, flags):
        key = id(code)
        if not stack:
            return
        if stack[-1] != key:
            depth = len(stack) - 1
            while depth >= 0 and stack[depth] != key and stack[depth] != JOB:
                depth -= 1
            if depth < 0 or stack[depth] == JOB:
                return
            while stack[-1] != key:  # their ends went by unseen
                stack.pop()
                put(END | RAISE, 0, 0, 0)
        stack.pop()
        put(END | flags, 0, 0, 0)

    def c_begin(function):
        stack.append(0)
        put(BEGIN | C, c_site(function), 0, 0)

    def c_end(flags):
        if stack and stack[-1] == 0:
            stack.pop()
            put(END | flags, 0, 0, 0)

    def c_site(function):
        name = function.__name__
        owner = getattr(function, "__objclass__", None) if type(function) is not type else None
        if owner is None and type(function) is BuiltinFunctionType and type(function.__self__) is not type(sys):
            owner = function.__self__ if type(function.__self__) is type else type(function.__self__)
        key = id(owner), name
        site = functions.get(key)
        if site is None:
            if len(functions) > 50_000:
                functions.clear()
            text = name if owner is None else "%s.%s" % (_type_name(owner), name)
            site = functions[key] = ring.site("", text, 0)
        return site

    def line(code, number):
        key = id(code), number
        site = lines.get(key)
        if site is None:
            site = lines[key] = ring.site(sites.path_of(code), sites.name_of(code), number)
        put(LINE, site, 0, 0)

    def cut():
        """Ends all calls that have begun within the job, if there is one."""
        while stack and stack[-1] != JOB:
            stack.pop()
            put(END, 0, 0, 0)

    sites.forgetters.append(lines.clear)
    t.call_begin, t.call_end, t.c_begin, t.c_end, t.line, t.cut, t.calls = begin, end, c_begin, c_end, line, cut, stack


_name_getter = type.__dict__["__name__"].__get__


def _type_name(owner):
    return _name_getter(owner)


def is_c(function):
    """Reports whether something that is called is C code, or a class."""
    return type(function) in _C_TYPES
