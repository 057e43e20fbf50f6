# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: tasks that start at once, within what makes them (3.12 and later).

Task.__init__ makes the first step itself. With the compiled recorder that tells of itself,
whoever calls it: create_task, a task factory, a library. Without, only create_task does.
"""
from . import calls, classes, sites, waits
from .compiled import recorder
from .crossing import runner
from .kinds import *
from .numbers import own_numbers, task_number
from .own import get_ident, sys
from .threads import failed, threads
from .weave import weave

_is_running = None  # the method of asyncio's loops, which Task.__init__ calls before that step
tells = False  # whether Task.__init__ tells of itself


def hook(loop):
    """Hooks Task, and what asyncio's class of loops does for it."""
    global tells, _is_running
    tells = classes.Task is classes.py_task or bool(recorder and recorder.watch_init(classes.Task, _begin, _end))
    if tells and classes.py_task is not None:
        weave(classes.py_task, "__init__", {"curtain_begin": _begin, "curtain_end": _end},
              before="_curtain = curtain_begin(self, (coro,), {'loop': loop, 'name': name}) if eager_start else None",
              always="_curtain = _curtain and curtain_end(_curtain, self)")
    if tells:
        calls.leave_out(loop.is_running.__code__)  # the step begins within it, and ends later
        weave(loop, "is_running", {"curtain": _running}, before="curtain(self)")
        calls.leave_out(loop.is_running.__code__)
        _is_running = loop.is_running
    else:
        has_options = "kwargs" in loop.create_task.__code__.co_varnames
        given, options = ("kwargs.get('name')", "kwargs") if has_options else ("name", "None")
        weave(loop, "create_task", {"curtain_begin": _creates, "curtain_end": _created},
              before="_curtain = curtain_begin(self, coro, %s, %s) if self._task_factory is not None or %s else None" % (given, options, options),
              after="_curtain = _curtain and curtain_end(_curtain, _result)",
              always="_curtain = _result = _curtain and curtain_end(_curtain, None)")


def make(t, s, after):
    """Gives a Thread its hooks for them."""
    put, put2, put_facts, user_site, tasks, ident = t.put, t.put2, t.put_facts, t.user_site, s.tasks, t.ident
    pending = None  # what is known of a task within its Task.__init__, at its end what its step began with
    coming = None  # the name that a create_task which is not in Python gives to its task at the end

    def begin(task, coro, name):
        """Begins the first step of a task. That may be unknown, and so may its name."""
        number = None
        if type(name) is not str:
            number, name = (None, None) if task is None else task_number(task)
        number = number or next(own_numbers)
        kind, text = waits.name_of_coroutine(t, coro, name)
        put_facts(TASK_CREATED, user_site(sys._getframe(1), classes.run_code), number, s.current, kind, 0, text, STEP_BEGIN, 0, 0)
        begun = number, coro, name is None and number >= FIRST_UNNUMBERED_TASK, (s.current, s.eager_task, s.yielded)
        s.current, s.eager_task, s.yielded = number, number if task is None else 0, False
        if task is not None:
            tasks[id(task)] = number
        return begun

    def end(begun, task):
        number, coro, unnamed, before = begun
        if task is None:
            put2(TASK_DONE_ERROR, 0, number, 0, STEP_END_DONE, 0, number, 0)
        else:
            name = classes.name_of(task) if unnamed and number < FIRST_UNNUMBERED_TASK + 50_000 else None  # all names would fill the table
            if type(name) is str:
                kind, text = waits.name_of_coroutine(t, coro, name)
                put(kind, 0, number, text)
            tasks[id(task)] = number
            after(task, number)
        s.current, s.eager_task, s.yielded = before

    def starts(task, coro, name, loop):
        """Notes a task that may be about to make its step; what it answers is for started."""
        nonlocal pending, coming
        if name is None:
            name = coming or _coming_name(sys._getframe(2))
        coming = None
        noted, outer = [task, coro, name, None], pending
        pending = noted
        if loop is not None and type(loop).is_running is not _is_running and runner(loop) == ident:
            noted[3] = begin(*noted[:3])  # nothing tells when
        return noted, outer

    def asked(loop):
        """Is called by Task.__init__ just before that step."""
        if pending is not None and pending[3] is None and runner(loop) == ident:
            pending[3] = begin(*pending[:3])

    def started(noted, task):
        nonlocal pending
        this, pending = noted
        if this[3] is not None:
            end(this[3], task)

    def names_late(name):
        """Says how a task will be called that is about to be made; answers what was said before."""
        nonlocal coming
        before, coming = coming, name
        return before

    t.eager, t.eager_end, t.starts, t.asked, t.started, t.names_late = begin, end, starts, asked, started, names_late


def _coming_name(frame):
    """Returns the name of a task that create_task sets when the first step is over, as
    before 3.13.3, None if that sets none."""
    while frame is not None and not frame.f_code.co_flags & calls.ASYNC:
        if frame.f_code.co_name == "create_task" and sites.kind_of(frame.f_code.co_filename) != sites.USER:
            values = frame.f_locals
            name = values.get("name") or (values.get("kwargs") or {}).get("name")
            if type(name) is str:
                return name
        frame = frame.f_back


def _begin(task, args, options):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            coro = args[0] if args else options.get("coro")
            return thread, thread.starts(task, coro, options.get("name"), options.get("loop"))
    except Exception as problem:
        failed("Task", problem)


def _end(begun, task):
    try:
        begun[0].started(begun[1], task)
    except Exception as problem:
        failed("Task", problem)


def _running(loop):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            thread.asked(loop)
    except Exception as problem:
        failed("Task", problem)


def _creates(loop, coro, name, options):
    try:
        eager = classes.is_eager(loop._task_factory)
        if options:
            eager = options.get("eager_start", eager)
        if eager and runner(loop) == get_ident():
            thread = threads[get_ident()]
            return thread, thread.eager(None, coro, _coming_name(sys._getframe(1)) if name is None else name)
    except Exception as problem:
        failed("create_task", problem)


def _created(begun, task):
    try:
        begun[0].eager_end(begun[1], task)
    except Exception as problem:
        failed("create_task", problem)
