# SPDX-License-Identifier: Apache-2.0
"""asyncio's own classes and functions, as the program has loaded them."""
from .own import FunctionType, GetSetDescriptorType, is_subclass

Future = Task = None
py_task = None  # Task as it is written in Python
step_type = None  # of what C gives a loop to call for a task's step
wakeup_type = None  # and, before 3.10, for that of one whose future is done
py_step = py_wakeup = None  # the methods of Task where it is written in Python
current_task = None  # the function
end_sleep = None  # what ends an asyncio.sleep
loop_time = None  # the method by which asyncio's loops tell the time
events = None  # the module asyncio.events
run_code = None  # of the function that runs a handle
plain_loop = None  # the class of ordinary loops
polls = None  # _process_events of the loops that poll by a selector
own_call_soon = own_check_closed = None  # the functions of asyncio's loops that call_soon calls
has_cancelling = False
tells_cancel = False  # whether Task.cancel tells of itself: see loop.py
_eager_code = None

# What reads attributes of tasks and futures, without asking a class of the program's.
coro_of = waiter_of = must_cancel = state_of = exception_of = loop_of = source_of = None


def configure(task_module, futures, base_loop):
    """Learns them."""
    global coro_of, waiter_of, must_cancel, state_of, exception_of, loop_of, source_of
    global Future, Task, py_task, py_step, py_wakeup, current_task, end_sleep, loop_time, has_cancelling, _eager_code
    Future, Task = futures.Future, task_module.Task
    py_task = getattr(task_module, "_PyTask", None)
    if py_task is not None:
        py_step = py_task.__dict__.get("_Task__step")
        py_wakeup = py_task.__dict__.get("_Task__wakeup")
    coro_of, waiter_of, must_cancel = (_reader(Task, name) for name in ("_coro", "_fut_waiter", "_must_cancel"))
    state_of, exception_of, loop_of, source_of = (_reader(Future, name) for name in ("_state", "_exception", "_loop", "_source_traceback"))
    current_task = task_module.current_task
    end_sleep = getattr(futures, "_set_result_unless_cancelled", None)
    loop_time = base_loop.time
    has_cancelling = hasattr(Task, "cancelling")
    factory = getattr(task_module, "eager_task_factory", None)
    _eager_code = getattr(factory, "__code__", None)


def _reader(kind, name):
    """Returns what reads an attribute of tasks or futures: of what is written in C directly, for
    there a subclass may have something else of that name, or count who asks."""
    own, plain = getattr(kind, name, None), object.__getattribute__
    if type(own) is not GetSetDescriptorType:
        return lambda task: plain(task, name)
    get = own.__get__

    def read(task):
        try:
            return get(task)
        except TypeError:  # it is written in Python
            return plain(task, name)

    return read


def name_of(task):
    """Returns a task's name, or None, without calling a method of the program's."""
    kind = _own(task)
    return kind and kind.get_name(task)


def _own(task):
    """Returns asyncio's class that a task is of, None for one of another kind."""
    if is_task(type(task)):
        return Task
    return py_task if py_task is not None and is_subclass(py_task, type(task)) else None


def is_task(kind):
    """Reports whether a type is that of tasks."""
    return kind is Task or is_subclass(Task, kind)


def is_future(kind):
    """Reports whether a type is that of futures, or of tasks."""
    return kind is Future or kind is Task or is_subclass(Future, kind)


def seems_cancelled(task, future):
    """Reports whether a task whose future is done was cancelled, as far as the two show."""
    if not is_future(type(future)) or state_of(future) != "CANCELLED":
        return False
    return bool(_own(task).cancelling(task)) if has_cancelling else not is_task(type(future))


def schedules_itself(loop):
    """Reports whether the functions by which a loop schedules are asyncio's: a program may
    have put others into its class, or into itself."""
    return (getattr(loop._call_soon, "__func__", None) is own_call_soon
            and getattr(loop._check_closed, "__func__", None) is own_check_closed)


def is_eager(factory):
    """Reports whether a task factory starts tasks at once."""
    return type(factory) is FunctionType and factory.__code__ is _eager_code
