# SPDX-License-Identifier: Apache-2.0
"""Level `loop`: hooks on asyncio's own loops.

The hooks replace methods of classes and hand over to functions of the current
thread (see tasks.py), which write the records.

In asyncio's debug mode a handle or task remembers the stack it was made on, from
which its makers strike themselves out one by one. So must a hook, before it
returns to one of them.
"""
import os
import sys
from _thread import get_ident

from . import calls, crossing, tasks
from .threads import adds, after_fork, failed, loop_thread, threads

# From 3.11 on an exception that goes on through a frame can be told to forget it.
_forgets_frames = sys.version_info >= (3, 11)
_here = os.path.dirname(os.path.abspath(__file__))


def disguise(hook, original):
    """Makes a function look like the one that it stands for."""
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        if hasattr(original, attribute):  # a method that is not Python's lacks some
            setattr(hook, attribute, getattr(original, attribute))
    hook.__wrapped__ = original
    return hook


def replace(owner, name, make):
    """Replaces owner's function by make(original)."""
    original = owner.__dict__.get(name)
    if original is not None:
        setattr(owner, name, disguise(make(original), original))


# The hot hooks of the thread that runs a loop: (owner, name, attribute of Thread,
# the hook that finds the thread first). In a class lie either the latter, or those
# of one thread, which hand over to the others' if they are called elsewhere. That
# saves the first, and usually only, thread a search and a call.
_hot = []
_hot_thread = None


def hot(owner, name, attribute):
    """Registers a hot hook and returns asyncio's own function."""
    original = owner.__dict__[name]

    def search(*args, **kwargs):
        try:
            hook = getattr(threads[get_ident()], attribute)
        except Exception as problem:
            failed(name, problem)
            hook = original
        return hook(*args, **kwargs)

    _hot.append((owner, name, attribute, disguise(search, original)))
    setattr(owner, name, search)
    tasks.elsewhere[attribute] = search
    return original


def warm(thread):
    """Puts the hot hooks of a thread that begins to run a loop into the classes."""
    global _hot_thread
    # Each change of a class makes Python forget what it knows for speed, and after
    # a thousand it no longer learns: so only for another thread.
    if _hot_thread is None or _hot_thread is not thread and not _hot_thread.running():
        _hot_thread = thread
        for owner, name, attribute, search in _hot:
            hook = getattr(thread, attribute)
            if getattr(owner.__dict__[name], "__wrapped__", None) is search.__wrapped__:
                tasks.hooked_events.add(hook)
                setattr(owner, name, disguise(hook, search.__wrapped__))


def cool():
    """Takes them out again."""
    global _hot_thread
    _hot_thread = None
    for owner, name, _, search in _hot:
        if getattr(owner.__dict__[name], "__wrapped__", None) is search.__wrapped__:
            setattr(owner, name, search)
    tasks.hooked_events.clear()
    tasks.hooked_events.update(search for _, _, _, search in _hot)


def strike(frames):
    """Strikes the probe out of a stack that was remembered."""
    for i in range(len(frames) - 1, -1, -1):
        if frames[i][0].startswith(_here):
            del frames[i]


def forget_frame(problem):
    """Takes the caller's frame out of the traceback of what it raises again."""
    if _forgets_frames and problem.__traceback__ is not None:
        problem.__traceback__ = problem.__traceback__.tb_next


def hook_base_events(module):
    """Hooks BaseEventLoop and Handle; what they are made of is loaded by now."""
    events, task_module = sys.modules["asyncio.events"], sys.modules["asyncio.tasks"]
    tasks.configure(task_module, sys.modules["asyncio.futures"], module.BaseEventLoop)
    loop, handle = module.BaseEventLoop, events.Handle
    tasks.events_module = events
    tasks.run_handle = hot(handle, "_run", "run")
    tasks.call_soon_ = hot(loop, "call_soon", "call_soon")
    tasks.run_once_ = hot(loop, "_run_once", "run_once")
    calls.leave_out(tasks.run_once_.__code__)
    replace(handle, "cancel", _cancel)
    replace(loop, "_call_soon", _call_soon)
    replace(loop, "call_soon_threadsafe", _call_soon_threadsafe)
    replace(loop, "call_at", _call_at)
    replace(loop, "run_forever", _run_forever)
    if hasattr(task_module, "create_eager_task_factory"):
        replace(loop, "create_task", _create_task)
    replace(task_module, "_set_task_name", _set_task_name)  # before 3.11
    after_fork(cool)
    adds(tasks.make)


def hook_selector_events(module):
    """Hooks what watches descriptors."""
    loop = module.BaseSelectorEventLoop
    tasks.process_events_ = hot(loop, "_process_events", "process_events")
    replace(loop, "_add_reader", lambda original: _add_watch(original, 0))
    replace(loop, "_add_writer", lambda original: _add_watch(original, 1))
    cool()


def hook_unix_events(module):
    """Hooks signal handlers."""
    loop = tasks.plain_loop = module._UnixSelectorEventLoop
    replace(loop, "add_signal_handler", _add_signal_handler)
    replace(loop, "_handle_signal", _handle_signal)


def _cancel(original):
    def cancel(self):
        if not self._cancelled:
            try:
                threads[get_ident()].cancelled(self)
            except Exception as problem:
                failed("cancel", problem)
        return original(self)

    return cancel


def _call_soon(original):
    def _call_soon(self, callback, args, context):
        handle = original(self, callback, args, context)
        if handle._source_traceback:
            strike(handle._source_traceback)
        try:
            threads[get_ident()].soon(self, handle, callback, args, sys._getframe(2))
        except Exception as problem:
            failed("call_soon", problem)
        return handle

    return _call_soon


def _call_soon_threadsafe(original):
    # From 3.14 on it no longer goes through _call_soon.
    direct = "_call_soon" not in original.__code__.co_names

    def call_soon_threadsafe(self, callback, *args, context=None):
        ticket = thread = None
        try:
            thread = threads[get_ident()]
            if self._thread_id != thread.ident:
                ticket = thread.outside(callback)
        except Exception as problem:
            failed("call_soon_threadsafe", problem)
        handle = None
        try:
            handle = original(self, callback, *args, context=context)
        finally:
            if ticket is not None:
                crossing.done(thread.ident, handle)
        if handle._source_traceback:
            strike(handle._source_traceback)
        if direct and ticket is None and thread is not None:
            try:
                thread.soon(self, handle, callback, args, sys._getframe(1))
            except Exception as problem:
                failed("call_soon_threadsafe", problem)
        return handle

    return call_soon_threadsafe


def _call_at(original):
    def call_at(self, when, callback, *args, context=None):
        timer = original(self, when, callback, *args, context=context)
        if timer._source_traceback:
            strike(timer._source_traceback)
        try:
            threads[get_ident()].at(self, timer, when, callback, args)
        except Exception as problem:
            failed("call_at", problem)
        return timer

    return call_at


def _run_forever(original):
    def run_forever(self):
        thread = None
        try:
            thread = loop_thread(get_ident())
            thread.loop_begin(self)
            warm(thread)
        except Exception as problem:
            failed("run_forever", problem)
        try:
            return original(self)
        finally:
            try:
                # After a fork this is another process's thread.
                threads[get_ident()].loop_end(self)
            except Exception as problem:
                failed("run_forever", problem)

    return run_forever


def _add_watch(original, index):
    def hook(self, fd, callback, *args):
        answer = original(self, fd, callback, *args)
        try:
            handle = self._selector.get_key(fd).data[index]
            if handle._source_traceback:
                strike(handle._source_traceback)
            threads[get_ident()].watched(handle, index)
        except Exception as problem:
            failed("add_reader", problem)
        return answer

    return hook


def _add_signal_handler(original):
    def add_signal_handler(self, sig, callback, *args):
        answer = original(self, sig, callback, *args)
        try:
            handle = self._signal_handlers[sig]
            if handle._source_traceback:
                strike(handle._source_traceback)
            threads[get_ident()].watched(handle, 2)
        except Exception as problem:
            failed("add_signal_handler", problem)
        return answer

    return add_signal_handler


def _handle_signal(original):
    def _handle_signal(self, sig):
        try:
            handle = self._signal_handlers.get(sig)
            if handle is not None and not handle._cancelled:
                threads[get_ident()].signalled(sig, handle)
        except Exception as problem:
            failed("_handle_signal", problem)
        return original(self, sig)

    return _handle_signal


def _set_task_name(original):
    def _set_task_name(task, name):
        original(task, name)
        try:
            if name is not None and tasks.Task in type(task).__mro__:
                threads[get_ident()].named(task)
        except Exception as problem:
            failed("_set_task_name", problem)

    return _set_task_name


def _create_task(original):
    """Sees tasks that start at once, within create_task (3.12 and later)."""
    is_eager = tasks.is_eager

    def create_task(self, coro, *args, **kwargs):
        if self._task_factory is None and not kwargs and not self._debug:
            return original(self, coro, *args)
        begun = None
        try:
            if kwargs.get("eager_start", is_eager(self._task_factory)) and self._thread_id == get_ident():
                thread = threads[get_ident()]
                begun = thread.eager(kwargs.get("name"))
        except Exception as problem:
            failed("create_task", problem)
        task = None
        try:
            task = original(self, coro, *args, **kwargs)
            if self._debug and getattr(task, "_source_traceback", None):
                strike(task._source_traceback)
            return task
        finally:
            if begun is not None:
                try:
                    thread.eager_end(begun, task)
                except Exception as problem:
                    failed("create_task", problem)
            task = self = coro = None

    return create_task
