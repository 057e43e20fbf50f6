# SPDX-License-Identifier: Apache-2.0
"""Levels `coroutines`, `functions` and `lines`: calls as nested spans.

What is recorded is decided once per code object. Each thread has a stack of the
code whose beginning it has written, so that each end that is written has its
beginning: frames may have begun before the probe, or before a fork. No end reaches beyond
JOB, which stands for the span of a job, or GREENLET, above which are the calls of another
greenlet (see greenlets.py).

What the compiled recorder does of this lies in calls.c: there are the stack and the
records that are known already. Where it is not to be had, the hot functions of
monitoring and profiling find the record that they write in a dictionary, by the id
of a code object, and hand it to the ring as one number.
"""
from . import sites
from .compiled import recorder
from .kinds import CALL_BEGIN, CALL_BEGIN_C, CALL_BEGIN_RESUME, CALL_END, CALL_END_RAISE, CALL_END_SUSPEND, LINE
from .own import BuiltinFunctionType, CodeType, ModuleType, flags_of_type, get_ident, is_subclass, monitoring, name_of_type, sys
from .threads import failed, tell_calls, threads

CALLS, LINES = 1, 2  # what is recorded of a function
JOB, GREENLET = object(), object()

# Code that can be suspended: CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR; CO_GENERATOR.
ASYNC, GENERATOR = 0x80 | 0x100 | 0x200, 0x20
# What shows as a call of C: functions, methods and special methods of C types, and classes.
C_TYPES = frozenset((BuiltinFunctionType, type(str.join), type(str.__add__), type("".__add__), type))
C_TYPE_IDS = frozenset(map(id, C_TYPES))
_MADE_ONCE = frozenset((id(type(str.join)), id(type(str.__add__))))
_HEAP_TYPE = 1 << 9
ASIDE = 1 << 62  # in the place of the record of a beginning: go out of sight, see profiling.py
STAYS = 1 << 63  # in the record of a function of C: it may be known by its id
SWITCHES = 1 << 61  # in such a record: it belongs to a greenlet

_level = "loop"
_include, _exclude = (), ()
_decided = {}  # by the id of the code
_kept = {}
_left_out = []
greenlet_type = None  # the class, if the program uses them


def configure(level, include, exclude):
    """Says what is recorded."""
    global _level, _include, _exclude
    _level, _include, _exclude = level, tuple(include), tuple(exclude)
    if level != "coroutines":
        tell_calls()
    if recorder:
        recorder.configure_calls(tuple(C_TYPES), sys.version_info >= (3, 11), getattr(monitoring, "DISABLE", None),
                           lambda: threads[get_ident()])


def leave_out(code):
    """Leaves the calls of a function out. What the loop level writes within these
    would overlap with them: a poll ends within _process_events. Their spans are
    there anyway, as those of turns, polls and handles."""
    _left_out.append(code)


def decide(code):
    """Says what is recorded of a function: CALLS, LINES, both or nothing."""
    answer = _decided.get(id(code))
    if answer is None:
        if len(_kept) >= sites.MAX_CODES:
            _decided.clear()
            _kept.clear()
            sites.forget()
        _kept[id(code)] = code
        answer = _decided[id(code)] = _wanted(code)
    return answer


def kept():
    """Returns all code of which was decided what is recorded."""
    return _kept.values()


def _wanted(code):
    file = sites.path_of(code)
    if sites.kind_of(code.co_filename) == sites.PROBE or any(_match(file, p) for p in _exclude):
        return 0
    calls = CALLS if not any(code is other for other in _left_out) else 0
    if _level == "coroutines":
        return calls if code.co_flags & ASYNC else 0
    if _level == "functions":
        return calls if not file.startswith("<frozen importlib") else 0
    if sites.is_installed(file) and not any(_match(file, p) for p in _include):
        return 0
    return calls | LINES


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


class Records:
    """What is written of calls in one thread."""

    __slots__ = ("ring", "code_site", "thread", "_names")

    def __init__(self, thread):
        self.ring, self.code_site, self.thread = thread.ring, thread.code_site, thread
        self._names = {}  # records of functions of C, by owner and name

    def begin(self, code):
        """Returns the record of a beginning, 0 for none."""
        return decide(code) & CALLS and CALL_BEGIN | self.code_site(code) << 32

    def resume(self, code):
        """Returns the record of a resumption, 0 for none."""
        return decide(code) & CALLS and CALL_BEGIN_RESUME | self.code_site(code) << 32

    def line(self, code, number):
        """Returns the record of a line, 0 for none."""
        return decide(code) & LINES and LINE | self.ring.site(sites.path_of(code), sites.name_of(code), number) << 32

    def function(self, function):
        """Returns the record of a call of C."""
        name = function.__name__
        owner = _owner(function)
        key = id(owner), name
        what = self._names.get(key)
        if what is None:
            if len(self._names) > 50_000:
                self._names.clear()
            text = name if owner is None else "%s.%s" % (name_of_type(owner), name)
            what = self._names[key] = CALL_BEGIN_C | self.ring.site("", text, 0) << 32
        if greenlet_type is not None and owner is not None and is_subclass(greenlet_type, owner):
            return what | SWITCHES
        # Other functions are made for each call, and another one may have the id later.
        return what | STAYS if id(type(function)) in _MADE_ONCE and not flags_of_type(owner) & _HEAP_TYPE else what


class Answers(Records):
    """What the compiled recorder is told: None after a failure. watch is called with
    each code before its first beginning; what it answers is as of decide, or ASIDE, and
    then aside is called at each beginning."""

    __slots__ = ("_watch", "aside")

    def __init__(self, thread, watch, aside):
        super().__init__(thread)
        self._watch, self.aside = watch, aside

    def begin(self, code):
        try:
            wanted = self._watch(code)
            return wanted if wanted == ASIDE else wanted and super().begin(code)
        except Exception as problem:
            failed("call", problem)

    def resume(self, code):
        try:
            return super().resume(code)
        except Exception as problem:
            failed("call", problem)

    def line(self, code, number):
        try:
            return super().line(code, number)
        except Exception as problem:
            failed("line", problem)

    def function(self, function):
        try:
            return super().function(function)
        except Exception as problem:
            failed("call", problem)

    def switches(self):
        try:
            self.thread.greenlets.install()
        except Exception as problem:
            failed("greenlet", problem)


def compiled(thread, watch, aside=None):
    """Returns the Calls of the compiled recorder for a thread."""
    return recorder.Calls(Answers(thread, watch, aside), thread.ring.writer, thread.ident)


class Calls(Records):
    """The calls of one thread: those that are open, and the records of all."""

    __slots__ = ("put", "stack", "begins", "resumes", "lines", "functions", "recover")

    def __init__(self, thread):
        super().__init__(thread)
        self.put = thread.ring.writer.put_call
        # Code objects, None for functions of C, and something at the bottom that is neither.
        self.stack = [self]
        self.begins, self.resumes, self.lines = {}, {}, {}  # by the id of a code object
        self.functions = {}  # of C, by id
        self.recover = None  # what to call at the next event; see greenlets.py

    def forget(self):
        """Drops what is known of code: others may get the same ids."""
        for known in (self.begins, self.resumes, self.lines):
            known.clear()

    def begin(self, code):
        what = self.begins[id(code)] = super().begin(code)
        return what

    def resume(self, code):
        what = self.resumes[id(code)] = super().resume(code)
        return what

    def line(self, code, number):
        what = super().line(code, number)
        if what:
            self.lines.setdefault(id(code), {})[number] = what
        return what

    def function(self, function):
        what = super().function(function)
        if what & SWITCHES:
            what ^= SWITCHES
            self.thread.greenlets.install()
        if what & STAYS:
            what ^= STAYS
            if len(self.functions) > 50_000:
                self.functions.clear()
            self.functions[id(function)] = what
        return what

    def depth(self):
        return len(self.stack)

    def end(self, top, code, what):
        """Writes an end that is not that of the innermost call, which was top, if
        its beginning was written."""
        stack = self.stack
        stack.append(top)
        if self.recover is not None:
            recover, self.recover = self.recover, None
            recover()
        depth = len(stack) - 1
        while stack[depth] is not code:
            if depth == 0 or stack[depth] is JOB or stack[depth] is GREENLET:
                return
            depth -= 1
        while len(stack) > depth + 1:  # their ends went by unseen
            stack.pop()
            self.put(CALL_END_RAISE)
        stack.pop()
        self.put(what)

    def cut(self, depth):
        """Ends all calls beyond a depth."""
        self._end_to(depth, CALL_END)

    def _end_to(self, depth, what):
        while len(self.stack) > depth:
            if self.stack.pop() is not GREENLET:
                self.put(what)

    def job_begin(self):
        self.stack.append(JOB)

    def job_end(self):
        """Ends all calls that have begun within the job."""
        if self.leave() > 0:
            self.stack.pop()

    def greenlet_begin(self):
        self.stack.append(GREENLET)

    def codes(self, first, depth):
        """The code of the open calls of Python functions from first to depth."""
        return tuple(code for code in self.stack[max(first, 1):depth] if type(code) is CodeType)

    def suspend(self, depth):
        """Suspends all calls beyond a depth, and answers their code."""
        codes = self.codes(depth, len(self.stack))
        self._end_to(max(depth, 1), CALL_END_SUSPEND)
        return codes

    def resume_all(self, codes):
        for code in codes:
            what = self.resumes.get(id(code)) or self.resume(code)
            if what:
                self.stack.append(code)
                self.put(what)

    def leave(self):
        """Ends all calls that have begun within the innermost job, whose place it answers:
        their ends will go by unseen."""
        depth = len(self.stack) - 1
        while depth > 0 and self.stack[depth] is not JOB:
            depth -= 1
        self.cut(depth + 1)
        return depth


def _owner(function):
    """Returns the class that a function of C belongs to, None for that of a module."""
    kind = type(function)
    if kind is type:
        return None
    if kind is BuiltinFunctionType:
        this = function.__self__
        if this is None or type(this) is ModuleType:
            return None
        return this if type(this) is type else type(this)
    return getattr(function, "__objclass__", None)
