# SPDX-License-Identifier: Apache-2.0
"""Jobs of process pools.

A job and its result have numbers that both processes can work out, from the
queue between them and the job's place in it: nothing is added to what is sent.
The result is a job, too, given by the worker to the thread that takes it.
"""
from . import jobs
from .kinds import FIRST_SHARED_JOB, JOB_SCHEDULED
from .own import FunctionType, get_ident, name_of_type, sys
from .threads import failed, threads
from .weave import forget, weave

_RESULT = 1 << 31  # in the number of a result


def hook(module):
    """Hooks concurrent.futures.process."""
    # A job is submitted when its work item is made, under the executor's lock.
    weave(module._WorkItem, "__init__", {"curtain": _submitted}, after="curtain()")
    weave(module, "_process_worker", {"curtain": _begin_worker}, before="call_queue = curtain(call_queue)")
    weave(module, "_sendback_result", {"curtain": _sendback_result}, before="curtain()")
    manager = getattr(module, "_ExecutorManagerThread", None)
    if manager is not None:  # 3.9
        weave(manager, "process_result_item", {"curtain_begin": _result_begin, "curtain_end": _result_end},
              before="_curtain = curtain_begin(self, result_item)", always="curtain_end(_curtain)")
    forget()


def _number(queue, work_id):
    """Returns the number of a job in a queue of calls, the same in both processes."""
    name = queue._rlock._semlock.name
    # A forked process has the queue at the same address, and its lock has no name.
    key = id(queue) if name is None else int.from_bytes(name[-8:].encode(), "little")
    tag = ((key ^ queue._opid << 17) * 0x9E3779B97F4A7C15 >> 40) & 0xFFFFF
    return FIRST_SHARED_JOB | tag << 32 | work_id & (_RESULT - 1)


def _submitted():
    try:
        frame = sys._getframe(2)
        executor = frame.f_locals.get("self")
        thread = threads[get_ident()]
        thread.put(JOB_SCHEDULED, thread.user_site(frame, None),
                   _number(executor._call_queue, executor._queue_count), 0)
    except Exception as problem:
        failed("submit", problem)


# --- in the worker ------------------------------------------------------

_worker = None  # the _Calls of this process


class _Calls:
    """Stands for a worker's queue of calls: a job lasts from its get to its result."""

    def __init__(self, queue):
        self._queue = queue
        self.thread, self.job = None, 0

    def get(self, *args, **kwargs):
        self.end()
        item = self._queue.get(*args, **kwargs)
        try:
            if item is not None:
                self.job = _number(self._queue, item.work_id)
                self.thread = jobs.begin(self.job, jobs.name_of(_function(item)))
        except Exception as problem:
            failed("job", problem)
        return item

    def end(self, has_result=False):
        """Ends the job, if there is one, and gives its result away."""
        job, self.job = self.job, 0
        try:
            if job:
                if has_result:
                    self.thread.put(JOB_SCHEDULED, 0, job | _RESULT, 0)
                jobs.end(self.thread, job)
        except Exception as problem:
            failed("job", problem)

    def __getattr__(self, name):
        return getattr(self._queue, name)


def _begin_worker(queue):
    global _worker
    _worker = _Calls(queue)
    return _worker


def _sendback_result():
    if _worker is not None:
        _worker.end(True)


# --- in the thread that takes the results -------------------------------


def _result_begin(manager, result_item):
    try:
        work_id = getattr(result_item, "work_id", None)
        if work_id is not None:
            job = _number(manager.call_queue, work_id) | _RESULT
            return jobs.begin(job, "result"), job
    except Exception as problem:
        failed("result", problem)
    return None, 0


def _result_end(job):
    try:
        jobs.end(*job)
    except Exception as problem:
        failed("result", problem)


def _function(item):
    """The function of a call; what map submits are chunks for one."""
    function = item.fn
    if name_of_type(type(function)) == "partial" and function.args and type(function.args[0]) is FunctionType \
            and getattr(function.func, "__name__", "") == "_process_chunk":
        return function.args[0]
    return function
