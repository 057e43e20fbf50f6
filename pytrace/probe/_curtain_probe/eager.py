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


class Starts:
    """What one thread knows of tasks that make their first step."""

    __slots__ = ("_tasks", "_pending", "_coming")

    def __init__(self, tasks):
        self._tasks = tasks
        self._pending = None  # what is known of a task within its Task.__init__, at its end what its step began with
        self._coming = None  # the name that a create_task which is not in Python gives to its task at the end

    def begin(self, task, coro, name):
        """Begins the first step of a task. That may be unknown, and so may its name."""
        tasks, number = self._tasks, None
        if type(name) is not str:
            number, name = (None, None) if task is None else task_number(task)
        number = number or next(own_numbers)
        kind, text = waits.name_of_coroutine(tasks.thread, coro, name)
        tasks.put(TASK_CREATED, tasks.user_site(sys._getframe(1), classes.run_code), number, tasks.current)
        tasks.put(kind, 0, number, text, True)
        tasks.put(STEP_BEGIN, 0, number, 0, True)
        begun = number, coro, name is None and number >= FIRST_UNNUMBERED_TASK, (tasks.current, tasks.eager_task, tasks.yielded)
        tasks.current, tasks.eager_task, tasks.yielded = number, number if task is None else 0, False
        if task is not None:
            tasks.tasks[id(task)] = number
        return begun

    def end(self, begun, task):
        """Ends that step. The task is None if there is none, after an exception."""
        tasks = self._tasks
        number, coro, unnamed, before = begun
        if task is None:
            tasks.put(TASK_DONE_ERROR, 0, number, 0)
            tasks.put(STEP_END_DONE, 0, number, 0, True)
        else:
            name = classes.name_of(task) if unnamed and number < FIRST_UNNUMBERED_TASK + 50_000 else None  # all names would fill the table
            if type(name) is str:
                kind, text = waits.name_of_coroutine(tasks.thread, coro, name)
                tasks.put(kind, 0, number, text)
            tasks.tasks[id(task)] = number
            tasks.end_step(task, number)
        tasks.current, tasks.eager_task, tasks.yielded = before

    def starts(self, task, coro, name, loop):
        """Notes a task that may be about to make its step; what it answers is for started."""
        if name is None:
            name = self._coming or _coming_name(sys._getframe(2))
        self._coming = None
        noted, outer = [task, coro, name, None], self._pending
        self._pending = noted
        if loop is not None and type(loop).is_running is not _is_running and runner(loop) == self._tasks.ident:
            noted[3] = self.begin(task, coro, name)  # nothing tells when
        return noted, outer

    def asked(self, loop):
        """Is called by Task.__init__ just before that step."""
        noted = self._pending
        if noted is not None and noted[3] is None and runner(loop) == self._tasks.ident:
            noted[3] = self.begin(*noted[:3])

    def started(self, noted, task):
        this, self._pending = noted
        if this[3] is not None:
            self.end(this[3], task)

    def names_late(self, name):
        """Says how a task will be called that is about to be made; answers what was said before."""
        before, self._coming = self._coming, name
        return before


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
            return thread, thread.tasks.eager.starts(task, coro, options.get("name"), options.get("loop"))
    except Exception as problem:
        failed("Task", problem)


def _end(begun, task):
    try:
        begun[0].tasks.eager.started(begun[1], task)
    except Exception as problem:
        failed("Task", problem)


def _running(loop):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            thread.tasks.eager.asked(loop)
    except Exception as problem:
        failed("Task", problem)


def _creates(loop, coro, name, options):
    try:
        eager = classes.is_eager(loop._task_factory)
        if options:
            eager = options.get("eager_start", eager)
        if eager and runner(loop) == get_ident():
            thread = threads[get_ident()]
            return thread, thread.tasks.eager.begin(None, coro, _coming_name(sys._getframe(1)) if name is None else name)
    except Exception as problem:
        failed("create_task", problem)


def _created(begun, task):
    try:
        begun[0].tasks.eager.end(begun[1], task)
    except Exception as problem:
        failed("create_task", problem)
