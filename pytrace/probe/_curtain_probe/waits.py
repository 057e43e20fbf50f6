# SPDX-License-Identifier: Apache-2.0
"""Finds out what a suspended task waits for, and where, and for how long a loop waits."""
from . import awaits, classes, sites
from .compiled import monotonic_ns
from .kinds import (FOREVER, TASK_DONE_CANCELLED, TASK_DONE_ERROR, TASK_DONE_RESULT, TASK_NAME, TASK_NAME_FUNCTION, TASK_WAITS_FUTURE,
                    TASK_WAITS_GROUP, TASK_WAITS_MANY)
from .own import module_of_type, name_of_type, qualname_of_type
from .sites import USER

# Values of Wait of the Go package trace.
FUTURE, GROUP, MANY = TASK_WAITS_FUTURE >> 16, TASK_WAITS_GROUP >> 16, TASK_WAITS_MANY >> 16

# A name that is the function's.

_aux = {
    ("taskgroups.py", "__aexit__"): GROUP,
    ("taskgroups.py", "_aexit"): GROUP,
    ("tasks.py", "_wait"): MANY,
    ("tasks.py", "_wait_for_one"): MANY,
}
_known = {}  # id of a code object: (the object, aux)


def place_of(thread, task):
    """For a suspended task: the site of its innermost user frame, and the code of asyncio's
    coroutine that is innermost of all, None if that is the user's."""
    coro = classes.coro_of(task)
    user = deepest = code = None  # of the first two, what gets the frame, and of what
    while coro is not None:
        way = awaits.ways.get(id(type(coro)))
        if way is None:
            coro = awaits.behind(coro)
            continue
        get_code, get_frame, get_inner = way
        code = get_code(coro)
        deepest = get_frame, coro
        kind = sites.kinds.get(code.co_filename)
        if (sites.kind_of(code.co_filename) if kind is None else kind) == USER:
            user = deepest
            code = None
        coro = get_inner(coro)
    if deepest is None:
        return 0, None
    get_frame, shown = user or deepest  # the latter for a task that is asyncio's own
    frame = get_frame(shown)
    return (0 if frame is None else thread.frame_site(frame)), code


def aux_of(kind, inner):
    """Returns the Wait for a future of a type, awaited by asyncio's code inner."""
    if inner is not None:
        known = _known.get(id(inner))
        if known is None:
            if len(_known) > 10_000:
                _known.clear()
            name = inner.co_filename.replace("\\", "/").rpartition("/")[2], inner.co_name
            known = _known[id(inner)] = inner, _aux.get(name, FUTURE)
        if known[1] != FUTURE:
            return known[1]
    return MANY if name_of_type(kind) == "_GatheringFuture" else FUTURE


def label(t, code):
    """Returns the id of a name such as Lock.acquire."""
    return t.string(sites.name_of(code))


def code_of_task(task):
    """Returns the code of a task's function, None if that is not Python's own."""
    return awaits.code_of(classes.coro_of(task))


def site_of_task(task, code_site):
    """The place where a task's function is defined, 0 if it has none."""
    code = code_of_task(task)
    return 0 if code is None else code_site(code)


def name_of_task(t, task, name):
    """Returns the kind and the string of the record that names a task."""
    return name_of_coroutine(t, classes.coro_of(task), name)


def name_of_coroutine(t, coro, name):
    """Returns the same for the task of a coroutine: one that was given no name, or Task-N by
    asyncio, has that of its function."""
    function = awaits.name_of(coro) if not name or name[:5] == "Task-" else None
    if not name:
        return TASK_NAME_FUNCTION, 0 if function is None else t.string(function)
    return TASK_NAME, t.string(name if function is None else "%s %s" % (name, function))


def runs(code):
    """Reports whether a code is what runs handles: a task that it wakes is woken by
    the end of another."""
    return code is classes.run_code or id(code) in sites.stops


def runs_in(frame):
    """Reports the same of a frame."""
    return runs(frame.f_code) or frame in sites.edges


def place(frame, stop):
    """The file, function and line of the innermost user frame, as texts."""
    inner = frame
    while frame is not None and frame.f_code is not stop and id(frame.f_code) not in sites.stops and frame not in sites.edges:
        if sites.kind_of(frame.f_code.co_filename) == USER:
            break
        frame = frame.f_back
    if frame is None or sites.kind_of(frame.f_code.co_filename) != USER:
        frame = inner
    code = frame.f_code
    return sites.path_of(code), sites.name_of(code), frame.f_lineno


def length(frame, due):
    """Returns how long a sleep was asked to be, which is a little more than what is left."""
    delay = frame.f_locals.get("delay") if frame.f_code.co_name == "call_later" else None
    if (type(delay) is int or type(delay) is float) and 0 <= delay < 1e9:
        return int(delay * 1e9 + 0.5)
    return max(due - monotonic_ns(), 0)


def outcome(task):
    """Returns the kind of record that tells how a task has ended, and the name of its exception's
    class, None if there is none."""
    if classes.state_of(task) == "CANCELLED":
        return TASK_DONE_CANCELLED, None
    exception = classes.exception_of(task)
    return (TASK_DONE_RESULT, None) if exception is None else (TASK_DONE_ERROR, error_name(type(exception)))


def error_name(kind):
    """Returns the name of a class of exceptions as a traceback has it."""
    module, name = module_of_type(kind), qualname_of_type(kind)
    return name if type(module) is not str or module == "builtins" else "%s.%s" % (module, name)


def timeout_of(loop, ready):
    """For how long a loop will poll, in ns: not at all if something is ready, else until its next
    timer; FOREVER if there is none, or its clock is its own."""
    if ready or loop._stopping:
        return 0
    if loop._scheduled and type(loop).time is classes.loop_time:
        return max(int(loop._scheduled[0]._when * 1e9) - monotonic_ns(), 0)
    return FOREVER
