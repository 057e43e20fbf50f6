# SPDX-License-Identifier: Apache-2.0
"""Level `loop` under nest_asyncio or nest_asyncio2, which replace what runs a loop so that
a callback can run it again."""
from . import classes, sites
from .loop import replace
from .own import get_ident, modules
from .threads import failed, loop_thread, threads


def hook(module):
    """Looks on while one of them replaces asyncio's methods and classes."""
    sites.machinery(module)
    replace(module, "_patch_asyncio", _patch_asyncio)
    replace(module, "_patch_loop", _patch_loop)


def _patch_asyncio(original):
    def _patch_asyncio(**options):
        original(**options)
        try:
            classes.configure(modules["asyncio.tasks"], modules["asyncio.futures"],
                            modules["asyncio.base_events"].BaseEventLoop)
            for thread in list(threads.values()):
                thread.learn()
        except Exception as problem:
            failed("nest_asyncio", problem)

    return _patch_asyncio


def _patch_loop(original):
    def _patch_loop(loop):
        original(loop)
        try:
            kind = type(loop)
            if not hasattr(kind.__dict__.get("_run_once"), "__wrapped__"):
                replace(kind, "_run_once", _run_once)
                replace(kind, "run_forever", _run)
                replace(kind, "run_until_complete", _run)
        except Exception as problem:
            failed("nest_asyncio", problem)

    return _patch_loop


def _run_once(original):
    def _run_once(self):
        thread = None
        try:
            thread = threads[get_ident()]
            thread.turn(self)
        except Exception as problem:
            failed("_run_once", problem)
        try:
            return original(self)
        finally:
            try:
                thread.turn_end()
            except Exception as problem:
                failed("_run_once", problem)

    return _run_once


def _run(original):
    def run(self, *args):
        try:
            loop_thread(get_ident()).loop_begin(self)
        except Exception as problem:
            failed("run_until_complete", problem)
        try:
            return original(self, *args)
        finally:
            try:
                threads[get_ident()].loop_end(self)
            except Exception as problem:
                failed("run_until_complete", problem)

    return run
