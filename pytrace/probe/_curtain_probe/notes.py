# SPDX-License-Identifier: Apache-2.0
"""Tells `curtain` what could not be recorded, and why: in a file beside the recordings. A
process that may not write there any more has a recording from before, its own or that of
the process that it was forked from, which has room for one note."""
from . import paths
from .compiled import monotonic_ns
from .own import now, os, sys

_directory = None
_home = None  # that recording
_left_out = []  # an entry for each thread for which there is no recording
_file = None  # which tells of them


def configure(directory):
    """Says where notes go."""
    global _directory, _file
    _directory = directory
    _file = _new_file()


def settle(ring):
    """Tells of a recording that takes a note."""
    global _home
    if _home is None or _home.closed:
        _home = ring


def forked():
    """Begins anew in the child, which may need its parent's recording."""
    global _file
    del _left_out[:]
    _file = _new_file()


def note(what, problem):
    """Notes what failed."""
    reason = getattr(problem, "strerror", None) or type(problem).__name__
    _write(_new_file(), "%s: %s: %s" % (process_name(), what, reason))


def thread_left_out(most):
    """Notes that one more thread is not recorded."""
    _left_out.append(most)
    close()


def close():
    """Says how many they are: at the end, since those that come at once may say too little."""
    if _left_out:
        _write(_file, "%s: %d of its threads: at most %d of a process are" % (process_name(), len(_left_out), _left_out[0]))


def _new_file():
    return "%s/%d-%d.note" % (_directory, os.getpid(), monotonic_ns())


def _write(path, text):
    data = text.encode("utf-8", "replace")
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, data + b"\n")
        finally:
            os.close(file)
    except OSError:
        if _home is not None:
            _home.note(data)


def process_name():
    """Returns what the process is called in a timeline."""
    name = (_words("argv") or [""])[0]
    words = _words("orig_argv")
    if name == "-m" and "-m" in words[:-1]:  # Python has not looked for the module yet
        name = words[words.index("-m") + 1]
    if paths.name(name) == "__main__.py":
        name = paths.directory(name)
    name = paths.name(name)
    return name if name and name != "-c" and name != "-m" else paths.name(sys.executable or "python")


def command():
    """Returns its command line."""
    return " ".join(_words("orig_argv") or [sys.executable or "python"] + _words("argv"))


def _words(name):
    """Returns a list of words of module sys, as it is now: programs set them."""
    words = now(name)
    return [word for word in words if type(word) is str] if type(words) is list else []
