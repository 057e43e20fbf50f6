# SPDX-License-Identifier: Apache-2.0
"""Knows the recording of each thread, of this process and of its forks.

A thread gets a recording when it has something to say. One that follows a dead
thread under the same number goes on with its recording.
"""
from . import notes, sites
from .compiled import problem, recorder
from .kinds import MARK, THREAD_NAME
from .own import at_exit, count, environ, get_ident, get_native_id, modules, name_of_type, os, sys
from .ring import Nothing, Ring

# The ring of a thread that runs loops, to which it grows when the first one begins, and that of any
# other, which has less to say, unless it tells of its calls.
RECORDS, STRINGS = 1 << 20, 4 << 20
SMALL_RECORDS, SMALL_STRINGS = 1 << 14, 256 << 10
CALLS_RECORDS, CALLS_STRINGS = 1 << 17, 1 << 20
MAX_RINGS = 256


# 3.8 ends a program that goes on into the depth after an overflow: it must be told.
_overflow_is_fatal = sys.version_info < (3, 9)

_directory = None
_numbers = count(1)  # of recordings
_size = RECORDS
_small = SMALL_RECORDS, SMALL_STRINGS
_main = None
_failures = {}
_makers = []  # functions that add hooks to a new Thread
_paused = []  # the ring of a thread that is about to fork
_after_fork = []  # functions to call in the child
_turn_checks = []  # functions to call with a Thread after each turn of its loop


class Thread:
    """What the hooks know about one thread. The makers fill in tasks, calls and greenlets."""

    __slots__ = ("ring", "put", "string", "frame_site", "user_site", "code_site", "ident", "handles", "many", "places", "scopes", "name",
                 "tasks", "calls", "greenlets")

    def __init__(self, ring, ident):
        self.ring, self.ident = ring, ident
        self.put, self.string = ring.put, ring.string
        known = sites.Sites(ring)
        self.frame_site, self.user_site, self.code_site = known.frame_site, known.user_site, known.code_site
        self.handles, self.many, self.places = recorder.Numbers() if recorder else {}, {}, {}
        self.scopes = {}  # by id: where a task group or timeout was entered
        self.tasks = self.calls = self.greenlets = self.name = None

    def tell_name(self):
        """Writes down the thread's name, if it has changed. To be called on that thread."""
        threading = modules.get("threading")
        thread = threading and threading._active.get(self.ident)
        if threading and thread is None and self.ident == _main:
            thread = threading._main_thread  # gevent has it under another number
        name = thread and thread.__dict__.get("_name")
        if type(name) is str and name != self.name:
            self.name = name
            self.put(THREAD_NAME, 0, get_native_id(), self.string(name))

    def site_at(self, place):
        """Returns the site of a place that another thread has told, as waits.place."""
        site = self.places.get(place)
        if site is None:
            if len(self.places) > 10_000:
                self.places.clear()
            site = self.places[place] = self.ring.site(*place) if place[0] else 0
        return site

    def mark(self, text):
        """Says something to the reader of the recording."""
        self.put(MARK, 0, self.string(text), 0)


class _Threads(dict):
    """Thread by its number; asking for a new one makes it."""

    def __missing__(self, ident):
        return _add(ident)


def _add(ident):
    # It is known before the makers, so that one that fails fails only once.
    thread = threads[ident] = Thread(_new_ring(ident), ident)
    thread.tell_name()
    if problem and len(threads) == 1:
        thread.mark("probe: recording takes longer: its compiled part cannot be loaded: %s" % problem)
    for make in _makers:
        make(thread)
    return thread


threads = _Threads()


def configure(directory):
    """Says where recordings go."""
    global _directory, _size, _main
    _directory, _main = directory, get_ident()
    notes.configure(directory)
    _size = _power(environ.get("ASYNCIO_TRACE_RECORDS")) or RECORDS
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_forked)
    at_exit(_close)


def tell_calls():
    """Makes room for calls in the rings of all threads."""
    global _small
    _small = CALLS_RECORDS, CALLS_STRINGS


def _power(text):
    try:
        return 1 << max(min(int(text), 1 << 28) - 1, 15).bit_length()
    except (TypeError, ValueError):
        return 0


def adds(maker):
    """Registers a function that gives each new Thread its hooks."""
    _makers.append(maker)
    for thread in list(threads.values()):
        maker(thread)


def after_fork(function):
    """Registers a function that is called in the child of a fork."""
    _after_fork.append(function)


def after_turn(function):
    """Registers a function that is called after each turn of a loop."""
    _turn_checks.append(function)


def check_turn(thread):
    """Is to be called after each turn."""
    for check in _turn_checks:
        check(thread)


def loop_thread(ident):
    """Returns the Thread of a thread that runs a loop, whose ring is a large one."""
    thread = threads[ident]
    thread.tell_name()
    problem = thread.ring.grow(_size, STRINGS)
    if problem is not None:
        notes.note("a thread that runs a loop has room for few events at a time", problem)
    return thread


def _new_ring(ident):
    if _directory is None:
        return Nothing()
    number = next(_numbers)
    if number > MAX_RINGS:
        notes.thread_left_out(MAX_RINGS)
        return Nothing()
    records, strings = (_size, STRINGS) if ident == _main else (min(_size, _small[0]), _small[1])
    try:
        ring = Ring(_directory, number, notes.process_name(), notes.command(), records, strings)
        notes.settle(ring)
        return ring
    except (OSError, ValueError) as problem:
        notes.note("no recording could be made", problem)
        return Nothing()  # no room, no rights: the program goes on unrecorded


def _before_fork():
    """The child of a fork shares its parent's maps: it must not touch them, not
    even before it comes to _forked, behind what others have registered earlier."""
    thread = threads.get(get_ident())
    if thread is not None and thread.ring.pause():
        _paused.append(thread.ring)


def _after_fork_in_parent():
    while _paused:
        _paused.pop().resume()


def _forked():
    """Begins anew in the child."""
    del _paused[:]
    global _numbers, _main
    for thread in list(threads.values()):
        thread.ring.abandon()
    threads.clear()
    if recorder:
        recorder.forked()
    del sites.forgetters[:]
    _numbers, _main = count(1), get_ident()
    notes.forked()
    _failures.clear()
    for function in _after_fork:
        function()


def _close():
    notes.close()
    for thread in list(threads.values()):
        thread.ring.close()


def failed(what, problem):
    """Notes an exception within the probe. It never reaches the program, unless that
    has the stack all but full. Answers True when a hook has failed so often that it
    should be left out."""
    if _overflow_is_fatal and type(problem) is RecursionError:
        raise problem
    try:
        count = _failures[what] = _failures.get(what, 0) + 1
        if count == 1:
            threads[get_ident()].mark("probe: the hook of %s failed: %s; some of its events are missing" % (what, name_of_type(type(problem))))
        if "CURTAIN_PYTHON_DEBUG" in environ:
            sys.__excepthook__(type(problem), problem, problem.__traceback__)
        return count >= 100
    except Exception:
        return True
