# SPDX-License-Identifier: Apache-2.0
"""Starts and ends the levels beyond `loop`: `coroutines`, `functions` and `lines`."""
from . import calls, load
from .own import at_exit, monitoring, sys

LEVELS = ("loop", "coroutines", "functions", "lines")


def start(level, include, exclude):
    """Records a level beyond `loop` in all threads."""
    calls.configure(level, include, exclude)
    load("profiling" if monitoring is None else "monitoring").start(level)
    load("greenlets").start()
    at_exit(_stop)


def _stop():
    """Ends them while the probe's modules are whole: finalizers that run after the exit functions
    may find them emptied."""
    for get, put in (sys.getprofile, sys.setprofile), (sys.gettrace, sys.settrace):
        if str(getattr(get(), "__module__", "")).startswith(__package__ + "."):
            put(None)
    if monitoring is None:
        return
    for tool in range(6):
        if monitoring.get_tool(tool) == "curtain":
            for event in vars(monitoring.events).values():
                if type(event) is int and event and event & (event - 1) == 0:
                    monitoring.register_callback(tool, event, None)
