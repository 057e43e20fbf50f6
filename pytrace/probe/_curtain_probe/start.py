# SPDX-License-Identifier: Apache-2.0
"""Starts the probe."""
from . import imports, jobs, launchers, levels, load, loop, paths, pools, processes, scopes, sites, threads
from .own import environ

__all__ = ["start"]


def start(here):
    """Starts the probe as the environment says. here is its directory."""
    directory = environ["ASYNCIO_TRACE"]
    if not paths.is_directory(directory):
        return
    level = environ.get("ASYNCIO_TRACE_LEVEL") or "loop"
    if level not in levels.LEVELS:
        level = "loop"
    threads.configure(paths.absolute(directory))
    launchers.configure(here)
    _hook_modules()
    imports.install()
    if level != "loop":
        levels.start(level, _patterns("ASYNCIO_TRACE_INCLUDE"), _patterns("ASYNCIO_TRACE_EXCLUDE"))


def _hook_modules():
    imports.when("asyncio.base_events", loop.hook_base_events)
    imports.when("asyncio.selector_events", loop.hook_selector_events)
    imports.when("asyncio.unix_events", loop.hook_unix_events)
    imports.when("concurrent.futures.thread", jobs.hook_thread_pool)
    for name in "uvloop", "rloop", "nest_asyncio":
        imports.when(name, _later(name, "hook"))
    imports.when("nest_asyncio2", _later("nest_asyncio", "hook"))
    for name in "run", "entry_queue", "thread_cache":
        imports.when("trio._core._" + name, _later("trio", "hook_" + name))
    imports.when("asyncio.taskgroups", scopes.hook_taskgroups)
    imports.when("asyncio.timeouts", scopes.hook_timeouts)
    imports.when("async_timeout", scopes.hook_async_timeout)
    imports.when("anyio", sites.machinery)
    imports.when("anyio._backends._asyncio", scopes.hook_anyio)
    imports.when("concurrent.futures.process", pools.hook)
    imports.when("_posixsubprocess", processes.hook_posixsubprocess)
    imports.when("multiprocessing.popen_forkserver", processes.hook_forkserver)
    processes.hook()


def _later(name, hook):
    """Returns a hook that lies in a module of the probe which is imported only then."""

    def imported(module):
        getattr(load(name), hook)(module)

    return imported


def _patterns(name):
    return [p for p in environ.get(name, "").split(",") if p]
