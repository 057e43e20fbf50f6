# SPDX-License-Identifier: Apache-2.0
"""Processes that this one starts: os.fork, subprocess, multiprocessing.

Who starts a process writes down its id. Python does not tell those who watch a
fork, but Linux does: see _last_child.
"""
from . import launchers, sites
from .compiled import monotonic_ns
from .kinds import PROCESS_STARTED
from .own import get_ident, modules, os, partial, sys
from .standins import FAILED, watch
from .threads import failed, threads
from .weave import forget, weave


_starting = {}  # by thread: what a hook of this file records by itself, or a fork's time and frame's site


def hook():
    """Hooks what is there in every Python."""
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_starting.clear)
    module = modules["os"]
    for name in "posix_spawn", "posix_spawnp":
        watch(module, name, _posix_spawning)
    watch(module, "execve", _executing)
    for name in "execv", "system":
        watch(module, name, _inheriting)


def hook_posixsubprocess(module):
    """Hooks _posixsubprocess, on which subprocess and multiprocessing stand."""
    watch(module, "fork_exec", _fork_exec)


def hook_forkserver(module):
    """Hooks multiprocessing.popen_forkserver, whose server forks on behalf of this process."""
    weave(module.Popen, "_launch", {"curtain_now": monotonic_ns, "curtain": _launched},
          before="_curtain = curtain_now()", after="curtain(self, _curtain)")
    forget()


def _is_wanted():
    """Reports whether this process has something to show: not each one that starts
    others is to have a recording."""
    return "asyncio" in modules or "trio" in modules


def started(pid, when, site):
    """Writes down that a process was started."""
    threads[get_ident()].put(PROCESS_STARTED, site, pid, when)


def place(frame):
    """The site of the innermost frame that is neither the probe's nor Python's own;
    failing that, of the innermost."""
    inner = frame
    while frame is not None:
        file = frame.f_code.co_filename
        if sites.kind_of(file) == sites.USER and not sites.is_stdlib(file):
            break
        frame = frame.f_back
    return threads[get_ident()].frame_site(frame or inner)


def _posix_spawning(path, argv, env=None, *_, **__):
    return _spawning(env, launchers.mapping)


def _fork_exec(args, executables, close_fds, keep, directory, env, *_):
    return _spawning(env, launchers.entries)


def _executing(path, argv, env):
    return env, launchers.mapping(env), None


def _inheriting(*_, **__):
    return None, None, launchers.inherited()


def _spawning(env, passed):
    """Sees a call that starts a process and answers its id."""
    ident = get_ident()
    when = 0
    if _is_wanted():
        _starting[ident] = None  # with a preexec_fn there is a fork that others see
        when = monotonic_ns()
    restore = launchers.inherited() if env is None else None
    return env, passed(env), partial(_spawned, ident, when, restore)


def _spawned(ident, when, restore, pid):
    _starting.pop(ident, None)
    if restore is not None:
        restore(pid)
    if when and pid is not FAILED:
        try:
            started(pid, when, place(sys._getframe(1)))
        except Exception as problem:
            failed("start process", problem)


def _launched(popen, when):
    try:
        if _is_wanted():
            started(popen.pid, when, place(sys._getframe(2)))
    except Exception as problem:
        failed("start process", problem)


def _before_fork():
    try:
        ident = get_ident()
        frame = sys._getframe(1)
        # The fork server forks for another process, which tells of it.
        if ident not in _starting and _is_wanted() and "multiprocessing.forkserver" != frame.f_globals.get("__name__"):
            _starting[ident] = monotonic_ns(), place(frame)
    except Exception as problem:
        failed("fork", problem)


def _after_fork():
    try:
        fork = _starting.pop(get_ident(), None)
        if fork is not None:
            pid = _last_child()
            if pid:
                started(pid, *fork)
    except Exception as problem:
        failed("fork", problem)


def _last_child():
    """Returns the latest child of this thread, 0 if the system does not tell."""
    try:
        fd = os.open("/proc/thread-self/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        text = b""
        while True:
            more = os.read(fd, 1 << 16)
            if not more:
                break
            text = text[-32:] + more
    finally:
        os.close(fd)
    return int(text.split()[-1]) if text.split() else 0
