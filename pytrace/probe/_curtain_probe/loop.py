# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: hooks on asyncio's own loops.

They are woven into asyncio's functions (see weave.py) and hand over to functions
of the current thread (see tasks.py), which write the records.
"""
from . import calls, classes, crossing, eager, steps, tasks
from .compiled import recorder
from .own import get_ident, modules, sys
from .stacks import hide
from .threads import adds, after_fork, failed, loop_thread, threads
from .weave import forget, innermost, weave

_has_messages = sys.version_info >= (3, 9)  # Task.cancel takes a text


# The hot hooks: (cell, attribute of Thread, the hook that finds the thread first). In a cell lies
# either the latter, or that of one thread, which hands over to the other's if it is called
# elsewhere. That saves the first, and usually only, thread that runs a loop a search and a call.
_hot = []
_hot_thread = None


def hot(owner, name, attribute, otherwise=None, **places):
    """Weaves a hot hook, which the statements call curtain, into owner's function.
    It answers otherwise if there is no thread for it."""

    def search(*args):
        try:
            # It has none while it is made: what makes it can set off the garbage collector.
            known = threads[get_ident()].tasks
        except Exception as problem:
            failed(name, problem)
            return otherwise
        return otherwise if known is None else known.hooks[attribute](*args)

    cells = weave(owner, name, {"curtain": search}, **places)
    _hot.append((cells["curtain"], attribute, search))
    steps.elsewhere[attribute] = search


def warm(thread):
    """Puts the hot hooks of a thread that begins to run a loop into the cells."""
    global _hot_thread
    if _hot_thread is None or _hot_thread is not thread and not _hot_thread.tasks.loops:
        _hot_thread = thread
        for cell, attribute, _ in _hot:
            cell.cell_contents = thread.tasks.hooks[attribute]


def cool():
    """Takes them out again."""
    global _hot_thread
    _hot_thread = None
    for cell, _, search in _hot:
        cell.cell_contents = search


def hook_base_events(module):
    """Hooks BaseEventLoop and Handle; what they are made of is loaded by now."""
    events, task_module = modules["asyncio.events"], modules["asyncio.tasks"]
    classes.configure(task_module, modules["asyncio.futures"], module.BaseEventLoop)
    loop, handle = module.BaseEventLoop, events.Handle
    for function in handle._run, loop._run_once:
        calls.leave_out(function.__code__)
    hot(handle, "_run", "run", before="_curtain = curtain(self)",
        always="self = None; _curtain = _curtain and _curtain()")
    hot(loop, "_run_once", "run_once", before="_curtain = curtain(self)", always="_curtain = _curtain()", otherwise=_nothing)
    hot(loop, "call_soon", "call_soon",
        before="_curtain = curtain(self, callback, args, context)\nif _curtain is not None: return _curtain")
    for function in handle._run, loop._run_once:
        calls.leave_out(function.__code__)
    classes.events, classes.run_code = events, innermost(handle._run)
    hot(handle, "cancel", "cancel", before="if not self._cancelled: curtain(self)")
    weave(loop, "_call_soon", {"curtain": _call_soon}, after="curtain(self, _result, callback, args)")
    classes.own_call_soon, classes.own_check_closed = loop._call_soon, loop._check_closed
    hot(loop, "call_at", "call_at", after="curtain(self, _result, when, callback, args)")
    weave(loop, "run_forever", {"curtain_begin": _loop_begin, "curtain_end": _loop_end},
          before="curtain_begin(self)", always="curtain_end(self)")
    # From 3.14 on it no longer goes through _call_soon.
    direct = "_call_soon" not in loop.call_soon_threadsafe.__code__.co_names
    weave(loop, "call_soon_threadsafe",
          {"curtain_begin": _crossing, "curtain_made": _crossed_directly if direct else _crossed, "curtain_end": _cross_end},
          before="_curtain = curtain_begin(self, callback)", always="_curtain = curtain_end(_curtain)",
          after="curtain_made(_curtain, self, _result, callback, args)")
    if hasattr(task_module, "create_eager_task_factory"):
        eager.hook(loop)
    weave(loop, "call_exception_handler", {"curtain": _complained}, before="curtain(context)")
    classes.tells_cancel = _hook_task("cancel", _cancel, before="curtain(self, %s)" % ("msg" if _has_messages else "None"))
    if not _hook_task("set_name", _named, after="curtain(self)") and "_set_task_name" in task_module.__dict__:
        weave(task_module, "_set_task_name", {"curtain": _named}, after="if name is not None: curtain(task)")  # before 3.11
    after_fork(cool)
    after_fork(crossing.forked)
    adds(tasks.make)
    forget()


def hook_selector_events(module):
    """Hooks what watches descriptors."""
    loop = module.BaseSelectorEventLoop
    calls.leave_out(loop._process_events.__code__)
    hot(loop, "_process_events", "process_events", before="curtain(self, event_list)")
    calls.leave_out(loop._process_events.__code__)
    classes.polls = loop._process_events
    weave(loop, "_add_reader", {"curtain": _watched}, after="curtain(self, fd, 0)")
    weave(loop, "_add_writer", {"curtain": _watched}, after="curtain(self, fd, 1)")
    cool()
    forget()


def hook_unix_events(module):
    """Hooks signal handlers."""
    loop = classes.plain_loop = module._UnixSelectorEventLoop
    weave(loop, "add_signal_handler", {"curtain": _signal_watched}, after="curtain(self, sig)")
    weave(loop, "_handle_signal", {"curtain": _handle_signal}, before="curtain(self, sig)")
    forget()


def _hook_task(name, hook, **places):
    """Hooks a method of Task, in whichever language that is; answers whether it could."""
    if classes.Task is not classes.py_task and not (recorder and recorder.watch_method(classes.Task, name, hook)):
        return False
    if classes.py_task is not None:
        weave(classes.py_task, name, {"curtain": hook}, **places)
    return True


def _nothing():
    """Ends what has not begun."""


def _call_soon(loop, handle, callback, args):
    try:
        threads[get_ident()].tasks.soon(loop, handle, callback, args, sys._getframe(3))
    except Exception as problem:
        failed("call_soon", problem)


def _cancel(task, message):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            thread.tasks.cancel_task(task, message, sys._getframe(1))
    except Exception as problem:
        failed("Task.cancel", problem)


def _complained(context):
    """A task that is destroyed while it is pending has nobody else to say so."""
    try:
        if type(context) is dict and context.get("message") == "Task was destroyed but it is pending!":
            thread = threads.get(get_ident())
            if thread is not None:
                thread.tasks.destroyed(context["task"])
    except Exception as problem:
        failed("call_exception_handler", problem)


def _crossing(loop, callback):
    """Begins a call_soon_threadsafe; answers the thread if it is not the loop's."""
    try:
        thread = threads[get_ident()]
        if crossing.runner(loop) != thread.ident:
            thread.tasks.outside(callback)
            return thread
    except Exception as problem:
        failed("call_soon_threadsafe", problem)


def _crossed(thread, loop, handle, callback, args):
    if thread is not None:
        crossing.done(thread.ident, handle)


def _crossed_directly(thread, loop, handle, callback, args):
    if thread is not None:
        crossing.done(thread.ident, handle)
        return
    try:
        threads[get_ident()].tasks.soon(loop, handle, callback, args, sys._getframe(2))
    except Exception as problem:
        failed("call_soon_threadsafe", problem)


def _cross_end(thread):
    if thread is not None:
        crossing.done(thread.ident, None)


def _loop_begin(loop):
    try:
        thread = loop_thread(get_ident())
        thread.tasks.loop_begin(loop)
        warm(thread)
    except Exception as problem:
        failed("run_forever", problem)


def _loop_end(loop):
    try:
        # After a fork this is another process's thread.
        threads[get_ident()].tasks.loop_end(loop)
        hide(sys.exc_info()[2])
    except Exception as problem:
        failed("run_forever", problem)


def _watched(loop, fd, index):
    try:
        threads[get_ident()].tasks.watched(loop._selector.get_key(fd).data[index], index)
    except Exception as problem:
        failed("add_reader", problem)


def _signal_watched(loop, sig):
    try:
        threads[get_ident()].tasks.watched(loop._signal_handlers[sig], 2)
    except Exception as problem:
        failed("add_signal_handler", problem)


def _handle_signal(loop, sig):
    try:
        handle = loop._signal_handlers.get(sig)
        if handle is not None and not handle._cancelled:
            threads[get_ident()].tasks.signalled(sig, handle)
    except Exception as problem:
        failed("_handle_signal", problem)


def _named(task):
    try:
        thread = threads.get(get_ident())
        if thread is not None:
            thread.tasks.named(task)
    except Exception as problem:
        failed("Task.set_name", problem)
