# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on loops that are not written in Python: uvloop and rloop.

Their handles can't be hooked, so the callbacks are: what goes into the loop is a
Callback that stands for the program's. Nor can their turns and polls be seen:
they are told from the order of the callbacks, see _Turns.
"""
from _heapq import heapify, heappop, heappush
from _socket import socket

from . import classes, crossing, eager, sites, standins
from .compiled import monotonic_ns, recorder
from .kinds import FOREVER, POLL_BEGIN, POLL_END, READY_READ, READY_SIGNAL, READY_WRITE, TURN_BEGIN, TURN_END
from .own import get_ident, get_referents, module_of_type, name_of_type, partial, ref, sys
from .stacks import strike
from .standins import FAILED, Stand
from .threads import after_fork, failed, loop_thread, threads

_SOON, _TIMER, _OUTSIDE, READER, WRITER, SIGNAL = range(6)
_READY = {READER: READY_READ, WRITER: READY_WRITE, SIGNAL: READY_SIGNAL}

_turns = {}  # by id of a loop
_running = {}  # those of the loop that a thread runs


class _Callback(Stand):
    """Stands for a callback in a loop, and for its handle in tasks.py."""

    __slots__ = ("_turns", "_kind", "_order", "_fd", "__weakref__")

    def __init__(self, callback, turns):
        self._callback, self._turns, self._kind = callback, turns, -1

    def _begin(self):
        try:
            thread = threads[get_ident()]
            turns, kind = self._turns, self._kind
            if kind < READER:
                self.__class__ = _Ran
            if kind != _SOON or turns.depth or turns.phase != 2 or self._order > turns.border or turns.polling:
                turns.begin(thread, self)
            else:  # the next one of many
                turns.pending -= 1
                turns.depth = 1
            if kind >= READER:
                thread.put(_READY[kind], 0, self._fd, thread.many[id(self)][0])
            return partial(_ran, thread, turns, thread.tasks.enter(self))
        except Exception as problem:
            failed("callback", problem)


def _ran(thread, turns, begun, result):
    try:
        thread.tasks.leave(begun)
        if turns.depth == 1 and turns.pending > 0:
            turns.depth = 0
        else:
            turns.end(thread)
    except Exception as problem:
        failed("callback", problem)


class Callback(_Callback):
    """One that may run. That it is no longer there means that it was cancelled."""

    __slots__ = ()

    def __del__(self):
        try:
            if self._kind < 0:
                return  # it was not taken by the loop
            self._turns.gone(self)
            if self._kind == _OUTSIDE:
                crossing.gone(self)
            else:
                threads[get_ident()].tasks.cancelled(self, sys._getframe(1))
        except Exception:
            pass  # the interpreter is about to end


class _Ran(_Callback):
    """One that runs, or has run, and will not run again."""

    __slots__ = ()


if standins.runner is not None:
    sites.stop_at(standins.runner)


class _Inside:
    """Stands for the loop before tasks.py, which asks it for what only asyncio's
    own loops have."""

    _thread_id = None
    time = None  # the clock of asyncio's loops


_inside = _Inside()


class _Turns:
    """The turns of one loop.

    A turn begins with timers that are due, goes on with the callbacks that were
    ready when it began, and ends with a poll and what became ready in it. So the
    next one has begun when a timer runs after something else, or a callback that
    was scheduled after this one began. When no callback is left the loop polls,
    until it comes back to us.
    """

    def __init__(self):
        self.number = 0
        self.ident = None  # the thread that runs the loop
        self.scheduled = 0  # callbacks, ever
        self.pending = 0  # of them, those that wait to be run
        self.transports = None  # see protocols.py
        self.dues, self.heap = {}, []  # of timers, by id; and in order, with some that are gone
        self.restart()

    def restart(self):
        self.thread = None  # whose recording has the open turn
        self.open = self.polling = False
        self.phase = self.depth = 0
        self.border = 0  # what was scheduled by the time that it began

    def soon(self, thread, callback):
        if self.polling and not self.depth:  # something that we do not see runs in the loop
            self.polling = False
            thread.put(POLL_END, 0, 1, 0)
        callback._kind = _SOON
        callback._order = self.scheduled = self.scheduled + 1
        self.pending += 1

    def due(self, callback, when):
        self.dues[id(callback)] = when
        if len(self.heap) > 64 + 2 * len(self.dues):
            self.heap = [(due, key) for key, due in self.dues.items()]
            heapify(self.heap)
        else:
            heappush(self.heap, (when, id(callback)))

    def gone(self, callback):
        """A callback runs, or never will."""
        kind = callback._kind
        if kind == _SOON:
            self.pending -= 1
        elif kind == _TIMER:
            self.dues.pop(id(callback), None)

    def begin(self, thread, callback):
        kind = callback._kind
        self.gone(callback)
        order = callback._order if kind == _SOON else 0  # others are as if they had been there
        self.enter(thread, 1 if kind == _TIMER else 3 if kind == READER or kind == WRITER else 2, order)

    def enter(self, thread, phase, order=0):
        """Something runs: timers are phase 1, callbacks 2, what became ready 3."""
        self.depth += 1
        if self.depth > 1:
            return
        if self.thread is None:
            self.thread = thread
        if self.polling:
            self.polling = False
            thread.put(POLL_END, 0, 1 if phase == 3 else 0, 0)
        if not self.open or phase < self.phase or order > self.border:
            self.close(thread)
            self.open = True
            self.number += 1
            self.border = self.scheduled
            ready = self.pending + (phase == 2)
            thread.put(TURN_BEGIN, 0, self.number, ready)
        self.phase = phase

    def end(self, thread):
        self.depth = max(self.depth - 1, 0)
        if self.depth or thread is not self.thread:
            return
        if self.pending <= 0:
            self.phase = 3
            self.polling = True
            thread.put(POLL_BEGIN, 0, self.timeout(), 0)

    def timeout(self):
        heap, dues = self.heap, self.dues
        while heap and dues.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return max(heap[0][0] - monotonic_ns(), 0) if heap else FOREVER

    def close(self, thread):
        if self.polling:
            self.polling = False
            thread.put(POLL_END, 0, 0, 0)
        if self.open:
            self.open = False
            thread.put(TURN_END, 0, self.number, 0)


def hook(loop):
    """Hooks a class of loops. asyncio's own are loaded by now."""
    _Inside.time = classes.loop_time
    standins.watch(loop, "call_soon", call_soon)
    standins.watch(loop, "call_soon_threadsafe", call_soon_threadsafe)
    standins.watch(loop, "add_reader", watch(READER))
    standins.watch(loop, "add_writer", watch(WRITER))
    standins.watch(loop, "run_forever", run_forever)
    standins.watch(loop, "create_task", create_task(loop.get_task_factory))


def turns_of(loop):
    key = id(loop)
    turns = _turns.get(key)
    if turns is None:
        turns = _turns[key] = _Turns()
        turns.loop = ref(loop, lambda _: _turns.pop(key, None))
    return turns


def running():
    """The turns of the loop that this thread runs, if no callback is running."""
    turns = _running.get(get_ident())
    return turns if turns is not None and not turns.depth else None


def running_or_not():
    """The turns of the loop that this thread runs."""
    return _running.get(get_ident())


def _forked():
    for turns in _turns.values():
        turns.restart()


after_fork(_forked)


def prepare(loop, callback):
    """Returns what stands for a callback, None if there is none."""
    try:
        return Callback(callback, _turns.get(id(loop)) or turns_of(loop))
    except Exception as problem:
        failed("call_soon", problem)


def call_soon(self, callback, *args, context=None):
    stands = prepare(self, callback)
    if stands is not None:
        return callback, stands, partial(_scheduled, self, stands, callback, args)


def _scheduled(loop, stands, callback, args, handle):
    if handle is FAILED:
        return
    try:
        if not recorder:
            strike_out(loop, handle)
        thread = threads[get_ident()]
        stands._turns.soon(thread, stands)
        thread.tasks.soon(_inside, stands, callback, args, sys._getframe(1))
    except Exception as problem:
        failed("call_soon", problem)


def call_soon_threadsafe(self, callback, *args, context=None):
    stands = prepare(self, callback)
    if stands is None:
        return None
    try:
        thread = threads[get_ident()]
        if turns_of(self).ident == thread.ident:
            stands._turns.soon(thread, stands)
            thread.tasks.soon(_inside, stands, callback, args, sys._getframe(1))
            return callback, stands, partial(_struck, self)
        stands._kind = _OUTSIDE
        thread.tasks.outside(callback)
        return callback, stands, partial(_crossed, self, thread, stands)
    except Exception as problem:
        failed("call_soon_threadsafe", problem)
    return callback, stands, None


def _struck(loop, handle):
    if not recorder and handle is not FAILED:
        strike_out(loop, handle)


def _crossed(loop, thread, stands, handle):
    crossing.done(thread.ident, None if handle is FAILED else stands)
    _struck(loop, handle)


def call_later(self, delay, callback, *args, context=None):
    stands = prepare(self, callback)
    if stands is not None:
        return callback, stands, partial(_timed, self, delay, callback, args, stands)


def _timed(loop, delay, callback, args, stands, handle):
    """Notes that a timer was set."""

    def call_later(delay):  # its frame is looked at: see waits.length
        when = monotonic_ns() / 1e9 + min(max(delay, 0.0), 3e9)
        stands._kind = _TIMER
        stands._turns.due(stands, int(when * 1e9))
        threads[get_ident()].tasks.at(_inside, stands, when, callback, args, sys._getframe(0))

    if handle is FAILED:
        return
    try:
        if not recorder:
            strike_out(loop, handle)
        call_later(float(delay) if isinstance(delay, (int, float)) else 0.0)
    except Exception as problem:
        failed("call_later", problem)


def watch(kind):
    """Makes a hook of add_reader, add_writer."""

    def hook(self, fd, callback, *args):
        return takes(self, callback, kind, fd)

    return hook


def takes(loop, callback, kind, fd):
    """Stands for a callback that a loop calls again and again."""
    stands = prepare(loop, callback)
    if stands is not None:
        return callback, stands, partial(_watches, stands, kind, fd)


def _watches(stands, kind, fd, answer):
    try:
        if answer is not FAILED:
            stands._kind, stands._fd = kind, int(fd) if kind == SIGNAL else max(file_descriptor(fd), 0)
            threads[get_ident()].tasks.watched(stands, kind - READER)
    except Exception as problem:
        failed("add_reader", problem)


def run_forever(self):
    ident = get_ident()
    try:
        thread = loop_thread(ident)
        turns = turns_of(self)
        turns.restart()
        turns.ident = ident
        outer, _running[ident] = _running.get(ident), turns
        frame = sys._getframe(1)
        sites.edges.add(frame)
        thread.tasks.loop_begin(self)
        return None, None, partial(_end_run, self, ident, turns, outer, frame)
    except Exception as problem:
        failed("run_forever", problem)


def _end_run(loop, ident, turns, outer, frame, _):
    try:
        sites.edges.discard(frame)
        _running[ident] = outer
        thread = threads[ident]  # after a fork this is another process's
        turns.close(thread)
        turns.ident = None
        thread.tasks.loop_end(loop)
    except Exception as problem:
        failed("run_forever", problem)


def create_task(get_task_factory):
    """Sees names, which come late here, and tasks that start at once, within
    create_task (3.12 and later)."""

    def starts(loop, wanted):
        if wanted is None:
            wanted = classes.is_eager(get_task_factory(loop))
        return wanted and turns_of(loop).ident == get_ident()

    def create_task(self, coro, **kwargs):
        thread = begun = before = None
        name = kwargs.get("name")
        try:
            if eager.tells:
                thread = threads.get(get_ident()) if type(name) is str else None
                before = thread and thread.tasks.eager.names_late(name)
            elif starts(self, kwargs.get("eager_start")):
                thread = threads[get_ident()]
                begun = thread.tasks.eager.begin(None, coro, name)
        except Exception as problem:
            failed("create_task", problem)
        return None, None, partial(_created, thread, begun, before, name is not None)

    return create_task


def _created(thread, begun, before, has_name, task):
    try:
        if eager.tells and thread is not None:
            thread.tasks.eager.names_late(before)
        if begun is not None:
            thread.tasks.eager.end(begun, None if task is FAILED else task)
        elif has_name and task is not FAILED:
            threads[get_ident()].tasks.named(task)
        if not recorder and classes.is_task(type(task)) and task._source_traceback:
            strike(task._source_traceback)
    except Exception as problem:
        failed("create_task", problem)


def strike_out(loop, handle):
    """Strikes the probe out of the stack that a handle remembers in debug mode."""
    if not loop.get_debug():
        return
    for held in get_referents(handle):
        if type(held) is tuple and len(held) == 2:
            held = held[1]
        if name_of_type(type(held)) == "StackSummary":
            strike(held)


def file_descriptor(file):
    """Returns the descriptor of a file, 0 if running code of its class would be
    needed for that."""
    if type(file) is int:
        return file
    if isinstance(file, socket):
        return socket.fileno(file)
    if module_of_type(type(file)).startswith(("uvloop", "rloop")):
        return file.fileno()
    return 0
