# SPDX-License-Identifier: Apache-2.0
"""Which thread runs which loop, and calls that cross from one thread to the loop of another:
call_soon_threadsafe."""
from .compiled import monotonic_ns
from .kinds import FIRST_LINKED_HANDLE
from .own import count, first_link, get_ident

_scheduled = {}  # id of a handle: the call that made it
_calling = {}  # number of a thread: the call that it is making
_numbers = count(FIRST_LINKED_HANDLE + first_link)
_runners = {}  # id of a loop that runs: the number of its thread, and how often that has begun to run it


def enter(loop, ident):
    """Notes that a thread begins to run a loop."""
    _runners[id(loop)] = ident, _runners.get(id(loop), (0, 0))[1] + 1


def leave(loop):
    """Notes that it ends."""
    ident, times = _runners.pop(id(loop), (0, 0))
    if times > 1:
        _runners[id(loop)] = ident, times - 1


def forked():
    """Forgets the loops of threads that this process has not."""
    for key, (ident, _) in list(_runners.items()):
        if ident != get_ident():
            del _runners[key]


def runner(loop):
    """Returns the number of the thread that runs a loop, None if it does not run. What asyncio
    has noted itself may be another number: for gevent each greenlet is a thread."""
    known = _runners.get(id(loop))
    return loop._thread_id if known is None else known[0]


def new(place):
    """Returns what is to be known about a call that is about to be made: its number,
    its time and its place."""
    return next(_numbers), monotonic_ns(), place


def begin(ident, callback, place):
    """Notes that a thread is about to make a call, and numbers it."""
    call = _calling[ident] = *new(place), id(callback)
    return call[0]


def done(ident, handle):
    """Ends the call, which made a handle if it did not fail. Unless the loop has run
    it already, what is known about it is kept for then."""
    call = _calling.pop(ident, None)
    if call is not None and handle is not None:
        _scheduled[id(handle)] = call


def take(handle, callback):
    """Returns what is known about a handle that runs, None if nothing: the number
    of the call, its time and its place."""
    call = _scheduled.pop(id(handle), None)
    if call is None:
        for caller, maybe in list(_calling.items()):
            if maybe[3] == id(callback):
                return _calling.pop(caller, None)
    return call


def gone(handle):
    """Forgets a handle that will not run."""
    _scheduled.pop(id(handle), None)
