# SPDX-License-Identifier: Apache-2.0
"""The probe of `curtain`: records what asyncio does in this program.

It never imports asyncio: it waits until the program does, and then puts statements
into a few methods. What they see goes into memory-mapped files, one per thread, in the
form that the Go package trace documents.

The rules of the house, which every file keeps:

- The program must not notice. No exception leaves the probe, no user code is
  called (no repr, no property, no __eq__), no object is kept alive, nothing is
  printed, no thread is started.
- Nothing is called that the program can replace. Tests put mocks in the place of
  os.open, freezegun puts another time into each module of sys.modules, gevent
  another thread. So all that the probe uses is taken when it starts, in own.py, and
  the probe's modules lie out of reach: load gives them builtins of their own and
  keeps them out of sys.modules.
- A hook may be interrupted between any two bytecodes by a signal handler or a
  finalizer that comes back into a hook; see ring.py.
- Memory does not grow with time.
- Modules of the library are imported as little as can be, and those in C rather than
  those around them: what sys.modules holds can be seen.

Modules: start starts it; own and paths are what it uses of Python; ring and writer write records,
of kinds; sites finds the user's line; threads knows the recording of each thread, notes tell what has none;
imports waits for modules; weave puts statements into functions, standins sees calls of all others, stacks takes the
probe out of what the program sees of its stack; loop and tasks are
asyncio's level, of which tasks has its hooks from steps and scheduling; classes, state, waits, awaits, eager, scopes,
numbers and crossing help them. Loops of another
kind are uvloop and rloop, for which opaque and protocols do what loop does for
asyncio's, and trio; nest_asyncio is for loops within loops. jobs and pools are
executors, processes what this one starts, in which launchers keeps the probe first. levels starts the deeper levels: calls,
seen by monitoring or profiling, with greenlets.

What runs for each record is there a second time, compiled (see compiled), with the
same results in a tenth of the time. The Python says what is recorded, and is written to be read; the C is
the speed.
"""
import builtins
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import ExtensionFileLoader, FileFinder, SourceFileLoader
from _imp import acquire_lock, extension_suffixes, release_lock
from types import ModuleType

__all__ = ["load"]

_finder = FileFinder(__path__[0], (ExtensionFileLoader, extension_suffixes()), (SourceFileLoader, [".py"]))
_package = ModuleType(__name__)  # what `from . import` finds: the probe's modules, and load
_python_modules = sys.modules


def load(name):
    """Returns a module of the probe."""
    acquire_lock()  # another thread may be about to load it
    try:
        module = _package.__dict__.get(name)
        return _load(name) if module is None else module
    finally:
        release_lock()


def _load(name):
    full = "%s.%s" % (__name__, name)
    spec = _finder.find_spec(full)
    if spec is None:
        raise ModuleNotFoundError("No module named %r" % full, name=full)
    module = _package.__dict__[name] = module_from_spec(spec)
    module.__dict__["__builtins__"] = _builtins
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del _package.__dict__[name]
        raise
    finally:
        _python_modules.pop(full, None)  # Python puts extension modules there by itself
    return module


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    """Is __import__ in the probe's modules."""
    if level == 0:
        return _import_of_python(name, globals, locals, fromlist, level)
    if name:
        return load(name)
    for each in fromlist:
        load(each)
    return _package


_import_of_python = builtins.__import__
_package.load = load
_builtins = dict(vars(builtins), __import__=_import)
__builtins__ = _builtins  # for the functions of this file
