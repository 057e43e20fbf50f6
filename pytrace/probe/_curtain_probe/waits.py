# SPDX-License-Identifier: Apache-2.0
"""Finds out what a suspended task waits for, and where."""
from types import CoroutineType, GeneratorType

from . import sites
from .sites import USER

# Values of Wait of the Go package trace.
FUTURE, GROUP, MANY = 3, 5, 6

_aux = {
    ("taskgroups.py", "__aexit__"): GROUP,
    ("taskgroups.py", "_aexit"): GROUP,
    ("tasks.py", "_wait"): MANY,
    ("tasks.py", "_wait_for_one"): MANY,
}
_known = {}  # id of a code object: (the object, aux)


def finder(t):
    """Returns the function for one thread that answers, for a suspended task, the
    site of its innermost user frame and the code of asyncio's coroutine that is
    innermost of all, None if that is the user's."""
    kinds, kind_of, frame_site = sites.kinds.get, sites.kind_of, t.site

    def detail(task):
        coro = task.get_coro()
        user = deepest = code = None
        while True:
            kind = type(coro)
            if kind is CoroutineType:
                code = coro.cr_code
                file = code.co_filename
                where = kinds(file)
                if (kind_of(file) if where is None else where) == USER:
                    user = coro
                    code = None
                deepest = coro
                coro = coro.cr_await
            elif kind is GeneratorType:
                code = coro.gi_code
                file = code.co_filename
                where = kinds(file)
                if (kind_of(file) if where is None else where) == USER:
                    user = coro
                    code = None
                deepest = coro
                coro = coro.gi_yieldfrom
            else:
                break
        if user is None:  # a task that is asyncio's own
            user = deepest
            if user is None:
                return 0, None
        frame = user.cr_frame if type(user) is CoroutineType else user.gi_frame
        return (0 if frame is None else frame_site(frame)), code

    return detail


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
    return MANY if kind.__name__ == "_GatheringFuture" else FUTURE


def label(t, code):
    """Returns the id of a name such as Lock.acquire."""
    return t.string(sites.name_of(code))


def site_of_task(task, code_site):
    """The place where a task's function is defined, 0 if it has none."""
    coro = task.get_coro()
    kind = type(coro)
    if kind is CoroutineType:
        return code_site(coro.cr_code)
    if kind is GeneratorType:
        return code_site(coro.gi_code)
    return 0


def place(frame, stop):
    """The file, function and line of the innermost user frame, as texts."""
    inner = frame
    while frame is not None and frame.f_code is not stop and id(frame.f_code) not in sites.stops:
        if sites.kind_of(frame.f_code.co_filename) == USER:
            break
        frame = frame.f_back
    if frame is None or sites.kind_of(frame.f_code.co_filename) != USER:
        frame = inner
    code = frame.f_code
    return sites.path_of(code), sites.name_of(code), frame.f_lineno
