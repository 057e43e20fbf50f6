# SPDX-License-Identifier: Apache-2.0
"""The probe of `curtain`: records what asyncio does in this program.

It never imports asyncio: it waits until the program does, and then puts statements
into a few methods. What they see goes into memory-mapped files, one per thread, in the
form that the Go package trace documents.

The rules of the house, which every file keeps:

- The program must not notice. No exception leaves the probe, no user code is
  called (no repr, no property, no __eq__), no object is kept alive, nothing is
  printed, no thread is started.
- A hook may be interrupted between any two bytecodes by a signal handler or a
  finalizer that comes back into a hook; see ring.py.
- Memory does not grow with time.
- Modules of the library are imported as little as can be, and those in C rather than
  those around them: what sys.modules holds can be seen.

Modules: ring and writer write records, of kinds; sites finds the user's line; threads
knows the recording of each thread; imports waits for modules; weave puts statements
into functions; loop and tasks are asyncio's level, classes, state, waits, numbers and
crossing help them. Loops of another kind are uvloop and rloop, for which opaque and
protocols do what loop does for asyncio's, and trio; nest_asyncio is for loops within
loops. jobs and pools are executors, processes what this one starts; calls are the
deeper levels, seen by monitoring or profiling.

What runs for each record is there a second time, compiled (see compiled), with the
same results in a tenth of the time.
"""
import atexit
import os
import sys

__all__ = ["start"]

LEVELS = ("loop", "coroutines", "functions", "lines")


def start(here):
    """Starts the probe as the environment says. here is its directory."""
    from . import imports, threads

    directory = os.environ["ASYNCIO_TRACE"]
    if not os.path.isdir(directory):
        return
    level = os.environ.get("ASYNCIO_TRACE_LEVEL") or "loop"
    if level not in LEVELS:
        level = "loop"
    threads.configure(os.path.abspath(directory), here)
    _hook_modules()
    imports.install()
    if level != "loop":
        from . import calls

        calls.start(level, _patterns("ASYNCIO_TRACE_INCLUDE"), _patterns("ASYNCIO_TRACE_EXCLUDE"))
        atexit.register(_stop)


def _stop():
    """Ends the deeper levels while the probe's modules are whole: finalizers that run
    after the exit functions may find them emptied."""
    for get, put in (sys.getprofile, sys.setprofile), (sys.gettrace, sys.settrace):
        if str(getattr(get(), "__module__", "")).startswith(__name__ + "."):
            put(None)
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None:
        return
    for tool in range(6):
        if monitoring.get_tool(tool) == "curtain":
            for event in vars(monitoring.events).values():
                if type(event) is int and event and event & (event - 1) == 0:
                    monitoring.register_callback(tool, event, None)


def _hook_modules():
    from . import imports, jobs, loop, pools, processes, sites

    imports.when("asyncio.base_events", loop.hook_base_events)
    imports.when("asyncio.selector_events", loop.hook_selector_events)
    imports.when("asyncio.unix_events", loop.hook_unix_events)
    imports.when("concurrent.futures.thread", jobs.hook_thread_pool)
    for name in "uvloop", "rloop", "nest_asyncio":
        imports.when(name, _later(name, "hook"))
    for name in "run", "entry_queue", "thread_cache":
        imports.when("trio._core._" + name, _later("trio", "hook_" + name))
    imports.when("anyio", sites.machinery)
    imports.when("concurrent.futures.process", pools.hook)
    imports.when("_posixsubprocess", processes.hook_posixsubprocess)
    imports.when("multiprocessing.popen_forkserver", processes.hook_forkserver)
    processes.hook()


def _later(name, hook):
    """Returns a hook that lies in a module of the probe which is imported only then."""

    def imported(module):
        from importlib import import_module

        getattr(import_module(__name__ + "." + name), hook)(module)

    return imported


def _patterns(name):
    return [p for p in os.environ.get(name, "").split(",") if p]
