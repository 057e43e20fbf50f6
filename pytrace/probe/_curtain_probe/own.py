# SPDX-License-Identifier: Apache-2.0
"""What the probe uses of Python, taken when the probe starts.

The program can replace any of it: os.open by a mock, the clock by freezegun's. So no other
file looks anything up in a module of Python's. What is called from here is written in C:
a function in Python would itself look up os.open when it runs. (For builtins see load, in
__init__.py.)
"""
import _functools
import _struct
import _thread
import _weakref
import atexit as _atexit
import gc as _gc
import itertools as _itertools
import mmap as _mmap
import os as _os
import sys as _sys
import time as _time
import types as _types


def _taken(module, names):
    """Returns an object that has those of the names which a module of Python's has."""
    return _types.SimpleNamespace(**{name: getattr(module, name) for name in names.split() if hasattr(module, name)})


os = _taken(_os, "open close read write ftruncate posix_fallocate unlink stat getpid getcwd register_at_fork putenv unsetenv"
            " O_RDONLY O_WRONLY O_RDWR O_CREAT O_EXCL O_TRUNC O_CLOEXEC")
sys = _taken(_sys, "_getframe exc_info getprofile setprofile gettrace settrace __excepthook__ meta_path version_info executable getobjects")
monitoring = None
if hasattr(_sys, "monitoring"):
    monitoring = _taken(_sys.monitoring, "DISABLE get_tool use_tool_id free_tool_id register_callback set_events set_local_events"
                        " restart_events")
    monitoring.events = _types.SimpleNamespace(**vars(_sys.monitoring.events))

modules = _sys.modules
environ = dict(_os.environ)
Environ, environment = type(_os.environ), _os.environ._data  # the latter as it is now, in bytes
now = vars(_sys).get  # what module sys holds now

# time_machine changes the clocks themselves, in C, so that a reference to one does not help; but
# not this one, which is the same on Linux. Date and time follow from it.
monotonic_ns = _time.monotonic_ns
if _time.get_clock_info("perf_counter").implementation == _time.get_clock_info("monotonic").implementation:
    monotonic_ns = _time.perf_counter_ns
_epoch = _time.time_ns() - monotonic_ns()


def time_ns():
    return _epoch + monotonic_ns()


# Numbers of jobs and calls are compared within a process, which may have other interpreters, or
# have been another program before. So each begins somewhere else, by the microsecond, with room for
# 1 << 32 of them, and stays below FirstSharedJob.
first_link = (monotonic_ns() // 1000 & 0x7FFFF) << 32

stdlib = _os.__file__.rpartition("/")[0]

at_exit = _atexit.register
count = _itertools.count
get_referents = _gc.get_referents
get_ident, get_native_id = _thread.get_ident, _thread.get_native_id
mmap = _mmap.mmap
pack, pack_into, Struct = _struct.pack, _struct.pack_into, _struct.Struct
partial = _functools.partial
ref = _weakref.ref

# What a class is, which a metaclass may answer otherwise: by == and hash(), too, so that classes
# are compared with "is", and looked up by their ids. is_subclass(kind, other) asks whether other is
# one.
is_subclass = type.__subclasscheck__
mro_of, name_of_type, qualname_of_type, module_of_type, flags_of_type = (
    type.__dict__[_name].__get__ for _name in ("__mro__", "__name__", "__qualname__", "__module__", "__flags__"))

AsyncGeneratorType, CoroutineType, GeneratorType = _types.AsyncGeneratorType, _types.CoroutineType, _types.GeneratorType
BuiltinFunctionType, CodeType, FunctionType, GetSetDescriptorType, MethodType, ModuleType = (
    _types.BuiltinFunctionType, _types.CodeType, _types.FunctionType, _types.GetSetDescriptorType, _types.MethodType, _types.ModuleType)
