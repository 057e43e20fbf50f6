# SPDX-License-Identifier: Apache-2.0
"""Puts functions of its own in the place of nearly all of Python's, in each module that holds
them, as mocks, freezegun, pyfakefs and gevent do with some. They note who calls them: nothing
of the probe may. Meanwhile loops begin in a new thread and in a fork."""
import asyncio
import builtins
import gc
import os
import posixpath
import sys
import threading
import time
import types

getframe, modules = sys._getframe, sys.modules
known, spared = {}, (exec, eval, compile, __import__, getframe, locals, globals, vars, dir, super, __build_class__)
called = set()


def faked(name, original):
    def fake(*args, **kwargs):
        file = getframe(1).f_code.co_filename
        if "_curtain_probe" in file:
            called.add(name)
        return original(*args, **kwargs)

    return fake


def frozen():
    return 1_326_499_200_000_000_000


def replace_everything():
    """Tells what it has replaced, and with that is undone."""
    for owner in builtins, os, posixpath, time, threading, gc, modules["_thread"], sys, getattr(sys, "monitoring", None):
        for name, value in list(vars(owner).items()) if owner else ():
            hook = name in ("_profile_hook", "_trace_hook")  # data, which may be the probe's
            if isinstance(value, (types.BuiltinFunctionType, types.FunctionType)) and value not in spared and not hook:
                known[id(value)] = value, faked("%s.%s" % (owner.__name__, name), value)
    for clock in time.monotonic_ns, time.time_ns, time.time:
        known[id(clock)] = clock, frozen
    for module in list(modules.values()):
        for name, value in list(vars(module).items()):
            if id(value) in known and not name.startswith("__") and module is not modules["__main__"]:
                yield module, name, value
                setattr(module, name, known[id(value)][1])


async def main():
    await asyncio.sleep(0.001)


def inside():
    asyncio.run(main())
    child = os.fork()
    if child == 0:
        asyncio.run(main())
        os._exit(0)
    os.waitpid(child, 0)


asyncio.run(main())
replaced = list(replace_everything())
try:
    with_fakes = threading.Thread(target=inside, name="other")
    with_fakes.start()
    with_fakes.join()
finally:
    for module, name, value in replaced:
        setattr(module, name, value)
print("called by the probe:", sorted(called))
