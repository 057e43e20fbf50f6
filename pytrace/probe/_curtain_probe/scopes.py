# SPDX-License-Identifier: Apache-2.0
"""Knows where the program has entered its task groups, timeouts and cancel scopes.

These cancel tasks later, from a callback of the loop's, which has no line of the
program's. The line that says why is the one that entered the scope.
"""
from . import classes, sites
from .own import FunctionType, get_ident, sys
from .threads import failed, threads
from .waits import runs_in
from .weave import weave

_codes = {}  # by id: the functions of the scopes


def hook_taskgroups(module):
    _hook(module.TaskGroup, "__aenter__")


def hook_timeouts(module):
    _hook(module.Timeout, "__aenter__")


def hook_anyio(module):
    _hook(module.CancelScope, "__enter__")


def hook_async_timeout(module):
    """Hooks the library that was asyncio.timeout before 3.11."""
    sites.machinery(module)
    _hook(module.Timeout, "__aenter__")


def _hook(kind, name):
    if type(kind.__dict__.get(name)) is not FunctionType:
        return
    weave(kind, name, {"curtain": _entered}, before="curtain(self)")
    for function in kind.__dict__.values():
        if type(function) is FunctionType:
            _codes[id(function.__code__)] = function.__code__


def _entered(scope):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            if len(thread.scopes) > 100_000:
                thread.scopes.clear()
            thread.scopes[id(scope)] = thread.user_site(sys._getframe(1), classes.run_code)
    except Exception as problem:
        failed("a scope", problem)


def canceller(thread, frame):
    """Returns the site of what cancels in a frame: the innermost line of the program; if it has
    none there, the one that entered the scope which does it."""
    inner, scope = frame, None
    while frame is not None and not runs_in(frame):
        if sites.kind_of(frame.f_code.co_filename) == sites.USER:
            return thread.user_site(inner, classes.run_code)
        if id(frame.f_code) in _codes:  # that of an outer scope may come later
            scope = frame.f_locals.get("self")
        frame = frame.f_back
    return thread.scopes.get(id(scope), 0) or thread.user_site(inner, classes.run_code)
