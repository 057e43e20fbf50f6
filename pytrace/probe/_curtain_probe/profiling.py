# SPDX-License-Identifier: Apache-2.0
"""Sees calls through sys.setprofile and sys.settrace (3.8 to 3.11).

Each thread has one slot for each of them. When the program wants a slot for a
debugger, coverage or a profiler, it gets it, and the recording says so.

What lies in the slots is the compiled recorder's, see profiling.c, or where that is
not to be had a function of this file.
"""
from . import imports, sites
from .calls import ASIDE, ASYNC, C_TYPE_IDS, GENERATOR, LINES, Calls, compiled, decide
from .compiled import recorder
from .kinds import CALL_END, CALL_END_RAISE, CALL_END_SUSPEND
from .own import get_ident, modules, partial, sys
from .threads import adds, after_fork, after_turn, failed, threads

_RETURN_VALUE, _YIELD_VALUE, _YIELD_FROM, _RESUME_311 = 83, 86, b"\x48", 151
_at_resume = sys.version_info >= (3, 11)  # code begins with an instruction RESUME

_FUNCTION = 2  # CO_NEWLOCALS

_level = "loop"
_slots = {}  # by the number of a thread: what belongs into its slots, for setprofile and for settrace
_bytecode = {}  # by the id of the code
_lost = []
_PLACES = (sys.getprofile, sys.setprofile), (sys.gettrace, sys.settrace)


def start(level):
    """Fills the slots of this thread and of those to come."""
    global _level
    _level = level
    adds(_make)
    after_fork(_forked)
    _add_forgetters()
    after_turn(_check)
    imports.when("threading", _for_threads)
    if recorder and _at_resume:  # see methods.c
        recorder.interrupt_waits(modules["_signal"].siginterrupt)
    # Until something is recorded: a process in which nothing is has no recording.
    _fill(_firsts())


def _add_forgetters():
    if recorder:
        sites.forgetters.extend((_first_profile.forget, _first_trace.forget))


def _make(thread):
    if recorder:
        thread.calls = compiled(thread, _watch, _step_aside)
        _slots[thread.ident] = _compiled_slots(thread.calls)
    else:
        thread.calls = Calls(thread)
        _slots[thread.ident] = _functions(thread.calls)
    sites.forgetters.append(thread.calls.forget)


def _compiled_slots(calls):
    """Returns what lies in a thread's slots for setprofile and for settrace."""
    slot = recorder.Slot  # (calls, trace, functions, c, lines)
    if _level == "lines":
        return slot(calls, False, False, True, False), slot(calls, True, True, False, True)
    return slot(calls, False, True, _level == "functions", False), None


def _fill(slots):
    """Puts functions into this thread's slots, unless the program has one of them."""
    for (get, _), what in zip(_PLACES, slots):
        if what is not None and not _is_free(get(), what):
            _lose("the program traces itself")
            return
    for (_, put), what in zip(_PLACES, slots):
        if recorder and type(what) is recorder.Slot:
            what()  # it puts itself there
        elif what is not None:
            put(what)


def _is_free(there, what):
    """Reports whether the slot for what is empty or ours. One that Python calls empty may have a
    profiler written in C, which only the compiled recorder can see."""
    if there is None:
        return not (recorder and type(what) is recorder.Slot and what.in_use())
    return _is_ours(there)


def _is_ours(function):
    """Reports whether what lies in a slot is of the probe."""
    return str(getattr(type(function) if recorder and type(function) is recorder.Slot else function, "__module__", "")).startswith(__package__ + ".")


def _lose(why):
    """Leaves the slots to the program."""
    if not _lost:
        _lost.append(True)
        threads[get_ident()].mark("probe: level %s is left out from here on: %s" % (_level, why))
    _step_aside()


def _step_aside():
    """Takes out of this thread's slots what is ours."""
    for get, put in _PLACES:
        if _is_ours(get()):
            put(None)
    frame = sys._getframe()
    while frame is not None and not recorder:
        # Before 3.10 a frame with a function of its own has the line of the last event.
        if _is_ours(frame.f_trace):
            frame.f_trace = None
        frame = frame.f_back
    thread = threads.get(get_ident())
    if thread is not None and thread.calls is not None:
        thread.calls.leave()


def _forked():
    _add_forgetters()
    if _slots:
        ident = threads[get_ident()].ident
        for gone in _slots.keys() - {ident}:
            del _slots[gone]
        del _lost[:]
        _fill(_slots[ident])


def _begin(index, code):
    """Puts a thread's own functions into the slots, when there is something to record.
    Answers the one at an index; None or False if there is nothing, False if that
    must be asked again."""
    try:
        if _lost or _watch(code) == ASIDE:
            _step_aside()
            return False
        if not decide(code):
            return None
        slots = _slots[threads[get_ident()].ident]
        _fill(slots)
        return not _lost and slots[index]
    except Exception as problem:
        failed("call", problem)
        return False


def _first(index):
    """Returns what is in a slot at first."""
    if recorder:
        return recorder.Slot(partial(_begin, index), index == 1, False, False, False)

    def first(frame, event, value):
        own = _begin(index, frame.f_code)
        return own(frame, event, value) if own else None

    return first


_first_profile, _first_trace = _first(0), _first(1)


def _firsts():
    if recorder:
        return _first_profile, _first_trace if _level == "lines" else None
    return _first_profile if _level != "coroutines" else None, _first_trace if _level != "functions" else None


def _for_threads(threading):
    """Lets new threads begin with them."""
    profile, trace = _firsts()
    if profile is not None:
        threading.setprofile(profile)
    if trace is not None:
        threading.settrace(trace)


def _check(thread):
    """Sees whether the program has taken a slot. One that it has emptied is filled
    again; Python itself empties them after a RecursionError. Without the compiled recorder
    that may as well be a profiler written in C, which would be lost."""
    if not _lost and thread.ident in _slots:
        for (get, _), wanted in zip(_PLACES, _slots[thread.ident]):
            if wanted is not None and get() is not wanted:
                if recorder or get() is not None:
                    _fill(_slots[thread.ident])
                else:
                    _lose("its place was emptied, by a profiler or after a RecursionError")
                return


def _watch(code):
    """Decides what is recorded of a function, which may be that it goes out of sight."""
    # With a function in a slot Python tells the profiler that sys.setprofile sets of the end of
    # sys.setprofile itself, and profile.py does not bear that. So nothing is recorded of a function
    # that calls it, until the turn ends.
    if "setprofile" in code.co_names and code.co_flags & _FUNCTION and sites.kind_of(code.co_filename) != sites.PROBE:
        return ASIDE
    return decide(code)


def _bytes(code):
    known = _bytecode.get(id(code))
    if known is None or known[0] is not code:
        if len(_bytecode) > 20_000:
            _bytecode.clear()
        raw, first = code.co_code, -1
        if _at_resume:
            first = next((i for i in range(0, len(raw), 2) if raw[i] == _RESUME_311 and raw[i + 1] == 0), -1)
        known = _bytecode[id(code)] = code, raw, first
    return known


def _end(frame, code, value):
    """The record of an end: Python tells neither a suspension nor an exception from
    a return, but the last instruction does, mostly."""
    raw, last = _bytes(code)[1], frame.f_lasti
    op = raw[last] if 0 <= last < len(raw) else None  # thrown into before it ran
    # Before 3.11 an await goes back by one instruction, to which it returns later.
    if op == _YIELD_VALUE or not _at_resume and raw[last + 2:last + 3] == _YIELD_FROM:
        return CALL_END_SUSPEND if code.co_flags & (ASYNC | GENERATOR) else CALL_END
    return CALL_END if op == _RETURN_VALUE or value is not None else CALL_END_RAISE


def _functions(calls):
    """Returns the functions of a thread for setprofile and for settrace, None where
    the level needs none. An exception in one would go to the program."""
    put, stack, begins, resumes, lines, functions = (
        calls.put, calls.stack, calls.begins, calls.resumes, calls.lines, calls.functions)
    push, pop, odd_end = stack.append, stack.pop, calls.end
    suspendable, raised = ASYNC | GENERATOR, CALL_END_RAISE

    def begin(frame, code):
        """Writes a beginning, if it is wanted."""
        try:
            what = begins[id(code)]
        except KeyError:
            what = calls.begin(code)
            if _watch(code) == ASIDE:
                what = begins[id(code)] = ASIDE
        if what == ASIDE:
            _step_aside()
            return 0
        if what:
            if code.co_flags & suspendable and frame.f_lasti > _bytes(code)[2]:
                what = resumes.get(id(code)) or calls.resume(code)
            push(code)
            put(what)
        return what

    def end(frame, code, value):
        """Writes an end, if it is wanted."""
        if stack[-1] is code:
            pop()
            put(CALL_END if value is not None and not code.co_flags & suspendable else _end(frame, code, value))
        elif begins.get(id(code)):
            odd_end(pop(), code, _end(frame, code, value))

    def profile(frame, event, value):
        try:
            code = frame.f_code
            if event == "call":
                begin(frame, code)
            elif event == "return":
                end(frame, code, value)
            else:
                c_call(code, event, value)
        except Exception as problem:
            failed("call", problem)

    def c_call(code, event, function):
        try:
            if not begins[id(code)]:
                return
        except KeyError:
            if not calls.begin(code):
                return
        if id(type(function)) in C_TYPE_IDS:
            if event == "c_call":
                what = functions.get(id(function)) or calls.function(function)
                push(None)
                put(what)
            elif stack[-1] is None:
                pop()
                put(CALL_END if event == "c_return" else raised)

    def profile_c(frame, event, value):
        # At level lines Python's functions are seen by trace.
        try:
            if event != "call" and event != "return":
                c_call(frame.f_code, event, value)
        except Exception as problem:
            failed("call", problem)

    def trace(frame, event, value):
        try:
            code = frame.f_code
            if event == "line":
                number = frame.f_lineno
                try:
                    what = lines[id(code)][number]
                except KeyError:
                    what = calls.line(code, number)
                if what:
                    put(what)
            elif event == "call":
                if not begin(frame, code) and not decide(code) & LINES:
                    return None
            elif event == "return":
                end(frame, code, value)
        except Exception as problem:
            failed("line", problem)
        return trace

    def trace_coroutines(frame, event, value):
        try:
            code = frame.f_code
            if event == "return":
                end(frame, code, value)
            elif event == "call":
                if not begin(frame, code):
                    return None
                frame.f_trace_lines = False
        except Exception as problem:
            failed("call", problem)
        return trace_coroutines

    if _level == "coroutines":
        return None, trace_coroutines
    if _level == "functions":
        return profile, None
    return profile_c, trace
