# SPDX-License-Identifier: Apache-2.0
"""What a program can see around it."""
import atexit
import gc
import os
import signal
import sys
import warnings

# Those that the probe imports, which docs/python.md tells.
early = {"_functools", "_struct", "_types", "atexit", "gc", "itertools", "mmap", "types"}

if "modules" in sys.argv:
    print([name for name in sys.modules if name not in early])
    sys.exit()


def slots():
    """What traces and profiles: before 3.12 the probe, beyond level loop."""
    return (sys.gettrace(), sys.getprofile()) if "slots" in sys.argv else None


def descriptors():
    """Open files: before 3.13 a module that maps files keeps one open."""
    return sorted(os.listdir("/proc/self/fd"), key=int) if "descriptors" in sys.argv else None


print(sys.argv, getattr(sys, "orig_argv", [])[1:], sys.path, __name__, __spec__, sorted(globals()))
print(sys.flags, sys._xoptions, sys.warnoptions, sys.dont_write_bytecode, sys.pycache_prefix)
print(sys.path_hooks, sorted(sys.path_importer_cache))
print([f for f in sys.meta_path if "curtain" not in str(type(f))])
print(warnings.filters)
print(gc.get_threshold(), gc.callbacks, gc.isenabled(), gc.get_debug())
print([signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1)])
print(sys.getswitchinterval(), sys.getrecursionlimit(), slots(), sys.get_asyncgen_hooks())
print(sys.excepthook, sys.unraisablehook, sys.displayhook, sys.breakpointhook)
print(os.getcwd(), os.umask(0o22), os.getppid() > 0, os.getpgid(0) == os.getpid(), os.getpriority(os.PRIO_PROCESS, 0))
print({name: value for name, value in os.environ.items() if not name.startswith("ASYNCIO_TRACE") and name != "PYTHONPATH"})
print(os.environ.get("PYTHONPATH", "").split(os.pathsep)[1:])
print(len(os.listdir("/proc/self/task")), descriptors())
print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stdin.encoding, sys.stdout.encoding, sys.stdout.line_buffering)

import asyncio  # as late as this


async def main():
    loop = asyncio.get_running_loop()
    print(type(loop), type(asyncio.current_task()), type(loop._selector), sorted(vars(loop)))
    print(sys.get_asyncgen_hooks().firstiter is not None, signal.set_wakeup_fd(-1) >= 0)
    print(len(os.listdir("/proc/self/task")), descriptors())
    print(asyncio.all_tasks() == {asyncio.current_task()}, asyncio.current_task().get_name())
    print(sys.getallocatedblocks() > 0, gc.callbacks)


asyncio.run(main())
print(len(os.listdir("/proc/self/task")), descriptors())
print(slots(), sys.path_hooks)
print(sorted(vars(asyncio)), sorted(vars(asyncio.BaseEventLoop)), sorted(vars(asyncio.Handle)))
atexit.register(print, "the program's own exit function")
