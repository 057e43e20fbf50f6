# SPDX-License-Identifier: Apache-2.0
"""Jobs of thread pools: run_in_executor, to_thread, submit.

A job is a span on its worker's own recording. The way back needs nothing here:
it is a call_soon_threadsafe. Those of process pools are in pools.py.
"""
from .own import BuiltinFunctionType, FunctionType, MethodType, count, first_link, get_ident, name_of_type, partial, sys
from .kinds import JOB_BEGIN, JOB_END, JOB_SCHEDULED, SPAN_BEGIN, SPAN_END
from .standins import Stand
from .threads import failed, threads
from .weave import forget, weave

_numbers = count(first_link + 1)
_jobs = {}  # id of a work item: its number and name


def hook_thread_pool(module):
    """Hooks concurrent.futures.thread."""
    item = module._WorkItem
    weave(item, "__init__", {"curtain": _made}, after="curtain(self)")
    weave(item, "run", {"curtain_begin": _run_begin, "curtain_end": _run_end},
          before="_curtain_job = curtain_begin(self)", always="curtain_end(_curtain_job)")
    forget()


def _made(item):
    try:
        thread = threads[get_ident()]
        number = next(_numbers)
        if len(_jobs) > 100_000:
            _jobs.clear()
        _jobs[id(item)] = number, name_of(_function(item))
        thread.put(JOB_SCHEDULED, thread.user_site(sys._getframe(1), None), number, 0)
    except Exception as problem:
        failed("submit", problem)


def _run_begin(item):
    try:
        number, name = _jobs.pop(id(item), None) or (0, "job")
        return begin(number, name), number
    except Exception as problem:
        failed("job", problem)
    return None, 0


def _run_end(job):
    try:
        end(*job)
    except Exception as problem:
        failed("job", problem)


def submitted(function, name, frame):
    """Notes that a function was given to another thread. Returns what stands for it."""
    thread = threads[get_ident()]
    number = next(_numbers)
    thread.put(JOB_SCHEDULED, thread.user_site(frame, None), number, 0)
    return _Job(function, number, name)


class _Job(Stand):
    """Stands for a function in the thread that runs it."""

    __slots__ = ("_number", "_name")

    def __init__(self, function, number, name):
        self._callback, self._number, self._name = function, number, name

    def _begin(self):
        try:
            return partial(self._end, begin(self._number, self._name))
        except Exception as problem:
            failed("job", problem)

    def _end(self, thread, result):
        try:
            end(thread, self._number)
        except Exception as problem:
            failed("job", problem)


def begin(number, name):
    """Begins the span of a job on this thread, which it returns for end: after a
    fork within the job another one has its number."""
    thread = threads[get_ident()]
    thread.tell_name()
    text = thread.string(name)
    thread.put(SPAN_BEGIN, 0, text, 0)
    thread.put(JOB_BEGIN, 0, number, text, True)
    if thread.calls is not None:
        thread.greenlets.pin()
        thread.calls.job_begin()
    return thread


def end(thread, number):
    """Ends it."""
    if thread is not None:
        if thread.calls is not None:
            thread.calls.job_end()
            thread.greenlets.unpin()
        thread.put(JOB_END, 0, number, 0)
        thread.put(SPAN_END, 0, 0, 0, True)


def _function(item):
    """The function of a work item; its shape changed in 3.14."""
    function = item.__dict__.get("fn")
    task = item.__dict__.get("task")
    return task[0] if function is None and type(task) is tuple and task else function


def innermost(function):
    """Returns the function that was asked for, out of what was wrapped around it."""
    for _ in range(8):
        if type(function) is not partial:
            break
        inner = function.func
        if type(inner) is BuiltinFunctionType and inner.__name__ == "run" and function.args:
            inner = function.args[0]  # to_thread: Context.run(the function)
        function = inner
    return function


def name_of(function):
    """Returns a function's name without running any code of its class."""
    function = innermost(function)
    if type(function) is MethodType:
        function = function.__func__
    kind = type(function)
    if kind is FunctionType or kind is BuiltinFunctionType:
        return function.__qualname__
    return name_of_type(kind)
