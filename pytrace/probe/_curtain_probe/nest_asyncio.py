# SPDX-License-Identifier: Apache-2.0
"""Level `loop` under nest_asyncio or nest_asyncio2, which replace what runs a loop so that
a callback can run it again."""
from . import classes, sites
from .own import get_ident, modules
from .threads import failed, loop_thread, threads
from .weave import forget, weave


def hook(module):
    """Looks on while one of them replaces asyncio's methods and classes."""
    sites.machinery(module)
    weave(module, "_patch_asyncio", {"curtain": _patched_asyncio}, after="curtain()")
    weave(module, "_patch_loop", {"curtain": _patched_loop}, after="curtain(loop)")
    forget()


def _patched_asyncio():
    try:
        classes.configure(modules["asyncio.tasks"], modules["asyncio.futures"], modules["asyncio.base_events"].BaseEventLoop)
        for thread in list(threads.values()):
            thread.tasks.learn()
    except Exception as problem:
        failed("nest_asyncio", problem)


_woven = set()  # codes


def _patched_loop(loop):
    try:
        kind = type(loop)
        if kind.__dict__["_run_once"].__code__ in _woven:
            return
        weave(kind, "_run_once", {"curtain": _turn},
              before="_curtain = curtain(self)", always="_curtain = _curtain and _curtain()")
        for name in "run_forever", "run_until_complete":
            weave(kind, name, {"curtain_begin": _run, "curtain_end": _run_end},
                  before="curtain_begin(self)", always="curtain_end(self)")
        forget()
        _woven.add(kind.__dict__["_run_once"].__code__)
    except Exception as problem:
        failed("nest_asyncio", problem)


def _turn(loop):
    try:
        return threads[get_ident()].tasks.run_once(loop)
    except Exception as problem:
        failed("_run_once", problem)


def _run(loop):
    try:
        loop_thread(get_ident()).tasks.loop_begin(loop)
    except Exception as problem:
        failed("run_until_complete", problem)


def _run_end(loop):
    try:
        threads[get_ident()].tasks.loop_end(loop)
    except Exception as problem:
        failed("run_until_complete", problem)
