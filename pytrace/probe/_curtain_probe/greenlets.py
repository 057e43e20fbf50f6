# SPDX-License-Identifier: Apache-2.0
"""Levels beyond `loop` in programs with greenlets: SQLAlchemy's asyncio, playwright, gevent.

Each greenlet has a stack of calls of its own, and a thread has one lane. So the calls of a
greenlet lie within those of the one that switched to it. When it switches back they are
suspended, as those of a coroutine are, and resumed when it runs again.

greenlet tells of switches: to one function for each thread, which lets the program's know.
"""
from . import calls, imports
from .compiled import recorder
from .own import at_exit, get_ident, ref
from .threads import adds, after_turn, failed, threads

_MOST = 10_000  # greenlets whose suspended calls are known

_module = None  # greenlet
_getcurrent = None  # its function
_settrace = _gettrace = None  # where there is no compiled recorder: its functions


def start():
    """Watches for greenlet, and gives each Thread with calls what it needs for it."""
    adds(_make)
    after_turn(_check)
    imports.when("greenlet", _hook)
    at_exit(_stop)


def _hook(module):
    global _module, _getcurrent, _settrace, _gettrace
    if not all(name in vars(module) for name in ("greenlet", "getcurrent", "settrace", "gettrace")):
        return  # another one of that name
    if not (recorder and recorder.watch_greenlets(module.settrace, module.gettrace)):
        _settrace, _gettrace = module.settrace, module.gettrace
        for owner in module, getattr(module, "_greenlet", None):
            if owner is not None:
                for make, original in (_settrace_for, _settrace), (_gettrace_for, _gettrace):
                    function = make(original)
                    function.__module__, function.__qualname__ = original.__module__, original.__name__
                    setattr(owner, original.__name__, function)
    _module, _getcurrent, calls.greenlet_type = module, module.getcurrent, module.greenlet
    thread = threads.get(get_ident())
    if thread is not None:
        thread.greenlets.install()


def _make(thread):
    thread.greenlets = Stacks(thread.calls)
    if _module is not None:
        thread.greenlets.install()


def _check(thread):
    """Sees to it that the function is in its place."""
    if _module is not None:
        thread.greenlets.install()


def _stop():
    thread = threads.get(get_ident())
    if _module is not None and thread is not None:
        thread.greenlets.uninstall()


class Stacks:
    """The stacks of calls of one thread."""

    __slots__ = ("_calls", "_tracer", "_open", "_pins", "_suspended")

    def __init__(self, calls):
        self._calls = calls
        self._tracer = (recorder.Tracer if recorder else _Tracer)(calls, self._switched, self._recover)
        self._open = []  # greenlets whose calls are open, the innermost last: id, reference, depth of the calls below
        self._pins = []  # for each loop or job that runs: how many of those there were, and the depth of its calls
        self._suspended = {}  # by the id of a greenlet: its reference, and the code of its calls

    def install(self):
        """Puts the function in its place, to be called on the thread. The program's is called by it."""
        if self._put():
            del self._open[:]  # of another thread, whose number this one has

    def _put(self):
        """Answers whether it was not there."""
        if _settrace is None:
            return self._tracer.install()
        there = _gettrace()
        if there is self._tracer.called:
            return False
        self._tracer.program = there.__self__.program if _is_ours(there) else there
        _settrace(self._tracer.called)
        return True

    def uninstall(self):
        if _settrace is None:
            self._tracer.uninstall()
        elif _is_ours(_gettrace()):
            _settrace(self._tracer.program)

    def pin(self):
        """Begins a loop or a job: what it runs in cannot be suspended before it ends."""
        if _module is not None:  # another thread may have had the number
            self.install()
        self._pins.append((max(len(self._open), 1), self._calls.depth()))

    def unpin(self):
        if self._pins:
            self._pins.pop()

    def _switched(self, origin, target):
        try:
            if not self._open:
                self._open.append((id(origin), ref(origin), 0))
            if self._open[-1][1]() is not origin:
                self._switch(origin)  # that went by unseen
            self._switch(target)
        except Exception as problem:
            failed("greenlet", problem)

    def _recover(self):
        """Goes on where a tracer of the program's has failed: greenlet drops it, and ours with it. The
        greenlet that it was called in has got its exception, and may have ended."""
        try:
            self._put()
            current = _getcurrent()
            if self._open and self._open[-1][1]() is not current:
                self._switch(current)
        except Exception as problem:
            failed("greenlet", problem)

    def _switch(self, target):
        calls, greenlets = self._calls, self._open
        while len(greenlets) > 1 and greenlets[-1][2] > calls.depth():
            greenlets.pop()  # its calls were ended with those around
        at = len(greenlets) - 1
        while at >= 0 and greenlets[at][1]() is not target:
            at -= 1
        pinned = self._pins[-1][0] if self._pins else 1
        codes = self._resumed(target)
        if at + 1 < pinned:  # its own calls cannot be reached; they are shown again if there are any
            if codes is None and at >= 0:
                codes = calls.codes(self._first(at), greenlets[at + 1][2])
            greenlets.append((id(target), ref(target), calls.depth()))
            calls.greenlet_begin()
        else:
            while len(greenlets) > at + 1:
                key, reference, depth = greenlets.pop()
                suspended = calls.suspend(depth)
                if suspended or any(key == other for other, _, _ in greenlets):
                    if len(self._suspended) >= _MOST:
                        self._suspended.clear()
                    self._suspended[key] = reference, suspended
            if codes is not None:
                calls.suspend(self._first(at))
        if codes is not None:
            calls.resume_all(codes)

    def _first(self, at):
        """The depth of the first call of an open greenlet that may be suspended."""
        inner = [depth for count, depth in self._pins if count == at + 1]
        return max(inner + [self._open[at][2]])

    def _resumed(self, greenlet):
        known = self._suspended.pop(id(greenlet), None)
        return known[1] if known is not None and known[0]() is greenlet else None


class _Tracer:
    """Is called by greenlet where there is no compiled recorder."""

    __slots__ = ("program", "called", "_calls", "_switched", "_recover")

    def __init__(self, calls, switched, recover):
        self._calls, self._switched, self._recover = calls, switched, recover
        self.program, self.called = None, self._call

    def _call(self, event, args):
        self._switched(*args)
        program = self.program
        if program is not None:
            try:
                program(event, args)
            except BaseException:
                self.program = None
                self._calls.recover = self._recover
                raise


def _is_ours(function):
    return type(getattr(function, "__self__", None)) is _Tracer


def _settrace_for(original):
    def settrace(callback):
        there = _gettrace()
        if not _is_ours(there):
            return original(callback)
        tracer = there.__self__
        before, tracer.program = tracer.program, callback
        return before

    return settrace


def _gettrace_for(original):
    def gettrace():
        there = original()
        return there.__self__.program if _is_ours(there) else there

    return gettrace
