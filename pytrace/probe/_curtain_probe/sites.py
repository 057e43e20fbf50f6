# SPDX-License-Identifier: Apache-2.0
"""Finds the user's line: the first one that is not machinery.

Code objects are remembered by their ids, and kept alive so that the ids stay
theirs: nobody can tell, and it is what makes a known place cheap. Programs that
make code without end make the memory start afresh.
"""
from . import paths
from .own import stdlib, sys

MAX_CODES = 50_000

USER, MACHINERY, PROBE, STOP = 0, 1, 2, 3

_packages = ("asyncio/", "concurrent/futures/")
_modules = ("threading.py", "selectors.py", "runpy.py", "contextlib.py", "contextvars.py", "_weakrefset.py",
            "weakref.py", "signal.py", "socket.py", "queue.py")
_here = paths.directory(__file__)
_starters = tuple(paths.directory(_here) + "/" + name for name in ("sitecustomize.py", "usercustomize.py"))
_has_qualname = sys.version_info >= (3, 11)
# From 3.11 the bytecode lies within the code object, so that the id of the one and an offset in the
# other make a sum that no other place has.
together = sys.version_info >= (3, 11)

kinds = {}  # by file name
codes = {}  # by id
_libraries = []  # directories of other libraries that are machinery
stops = {}  # by id: codes behind which nothing is the cause: those that run callbacks


edges = set()  # frames behind which nothing is the cause: those that have called a loop in C


def machinery(module):
    """Says that a package only does what its user asks for, as asyncio does."""
    file = getattr(module, "__file__", None)
    if type(file) is str:
        file = paths.absolute(file)
        _libraries.append(paths.directory(file) + "/" if paths.name(file).startswith("__init__.") else file)
    kinds.clear()
    forget()


def stop_at(function):
    """Says that a function runs what others have scheduled."""
    stops[id(function.__code__)] = function.__code__
    forget()


def kind_of(file):
    """Says whether a file is the user's, machinery, or the probe's."""
    if file.startswith(_here) or file in _starters:
        kind = PROBE
    elif file.startswith("<frozen "):
        kind = MACHINERY
    elif file.startswith(stdlib):
        rest = file[len(stdlib) + 1:]
        kind = MACHINERY if rest.startswith(_packages) or rest in _modules else USER
        if kind == USER and _libraries and file.startswith(tuple(_libraries)):
            kind = MACHINERY
    elif _libraries and file.startswith(tuple(_libraries)):
        kind = MACHINERY
    else:
        kind = USER
    if len(kinds) < MAX_CODES:
        kinds[file] = kind
    return kind


def is_stdlib(file):
    """Reports whether a file belongs to Python itself."""
    return file.startswith("<frozen ") or (file.startswith(stdlib) and "site-packages" not in file)


def is_installed(file):
    """Reports whether a file came with Python or was installed into it, and so is not what the
    program's author works on."""
    return is_stdlib(file) or "/site-packages/" in file or "/dist-packages/" in file


def name_of(code):
    """Returns the function's name, with its class where Python knows it."""
    return code.co_qualname if _has_qualname else code.co_name


def path_of(code):
    """Returns the full path of the file."""
    file = code.co_filename
    return file if file[:1] in ("/", "<") else paths.absolute(file)


def remember(code):
    """Keeps a code alive, whose id is about to be a key."""
    if len(codes) >= MAX_CODES:
        codes.clear()
        forget()
    codes[id(code)] = code


class Sites:
    """The sites of one ring, by the place that they are of. (The C has the same in sites.c.)"""

    __slots__ = ("_ring", "_frames", "_codes")

    def __init__(self, ring):
        self._ring = ring
        self._frames, self._codes = {}, {}
        forgetters.append(self.forget)

    def frame_site(self, frame):
        """The place where a frame is."""
        code = frame.f_code
        key = id(code) + frame.f_lasti if together else (id(code), frame.f_lasti)
        site = self._frames.get(key)
        if site is None:
            remember(code)
            site = self._frames[key] = self._ring.site(path_of(code), name_of(code), frame.f_lineno)
        return site

    def user_site(self, frame, stop):
        """The place of the innermost user frame, from frame outwards up to one
        that runs the code stop; failing that, of the innermost that is not the
        probe's; 0 if there is none."""
        inner = frame
        while frame is not None:
            code = frame.f_code
            if edges and frame in edges:
                break
            kind = kinds.get(code.co_filename)
            if kind is None:
                kind = kind_of(code.co_filename)
            if kind == USER:
                return self.frame_site(frame)
            if code is stop or id(code) in stops:
                break
            frame = frame.f_back
        while inner is not frame and kinds.get(inner.f_code.co_filename) == PROBE:
            inner = inner.f_back
        return 0 if inner is frame and frame is not None and frame.f_code is not stop else self.frame_site(inner)

    def code_site(self, code):
        """The place where a function is defined."""
        site = self._codes.get(id(code))
        if site is None:
            remember(code)
            site = self._codes[id(code)] = self._ring.site(path_of(code), name_of(code), code.co_firstlineno)
        return site

    def forget(self):
        self._frames.clear()
        self._codes.clear()


forgetters = []


def forget():
    """Drops all that is keyed by a code's id."""
    for f in forgetters:
        f()
