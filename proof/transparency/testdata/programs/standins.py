# SPDX-License-Identifier: Apache-2.0
"""Tells all that can be told of the functions and classes in the modules that a recorder may have
to do with, after they were used: what a name is, binds, pickles and answers to inspect. The first
argument names libraries, divided by +. With the word "imitated" it leaves out what no function in
Python has in the place of one in C.

What it does not ask for is the code of a function and the cells of its closure.
"""
import _posixsubprocess
import asyncio
import concurrent.futures.process
import concurrent.futures.thread
import copy
import importlib
import inspect
import multiprocessing.popen_forkserver
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import types
import warnings

warnings.simplefilter("ignore")
PACKAGES = ("_posixsubprocess", "_signal", "_thread", "asyncio", "concurrent.futures", "multiprocessing", "nest_asyncio", "os", "posix",
            "rloop", "signal", "subprocess", "sys", "threading", "trio", "uvloop")
CELLS = inspect.CO_NESTED | 0x40  # CO_NOFREE: flags that tell of a closure
imitated = "imitated" in sys.argv
if imitated:
    PACKAGES = tuple(name for name in PACKAGES if name not in ("uvloop", "rloop"))
predicates = sorted(name for name in dir(inspect) if name.startswith("is") and callable(getattr(inspect, name)))
FUNCTIONS = types.FunctionType, types.BuiltinFunctionType, type(str.join), type(str.__add__), types.MethodType, staticmethod, classmethod


def kind_of(value):
    return re.sub(r"_cython_\w+", "_cython", "%s.%s" % (type(value).__module__, type(value).__qualname__))


def tried(function, *args):
    try:
        return function(*args)
    except BaseException as problem:
        return type(problem).__name__


def facts(value):
    in_c = not isinstance(value, types.FunctionType) and not isinstance(value, (staticmethod, classmethod))
    outline = imitated and in_c
    if not outline:
        yield kind_of(value)
        yield repr(value)
        yield " ".join(name for name in predicates if tried(getattr(inspect, name), value) is True)
        yield sorted(set(dir(value)) - {"__annotate__"})
        yield tried(inspect.signature, value)
    builtin = isinstance(value, types.BuiltinFunctionType)
    if builtin or not outline:
        yield tried(lambda: type("Holder", (), {"held": value})().held is value)
        yield tried(lambda: pickle.loads(pickle.dumps(value)) is value)
    yield tried(lambda: copy.copy(value) is value)
    yield "async" if asyncio.iscoroutinefunction(value) else ""
    for name in ("__name__", "__qualname__", "__module__", "__doc__", "__text_signature__", "__defaults__", "__kwdefaults__", "__annotations__",
                 "__dict__", "__type_params__", "__isabstractmethod__", "_is_coroutine"):
        answer = getattr(value, name, "none")
        yield len(answer) if name == "__doc__" and answer else answer if type(answer) is str else repr(answer)
    code = getattr(value, "__code__", None)
    if code is not None and not in_c:
        arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        yield code.co_varnames[:arguments], code.co_name, code.co_filename, code.co_firstlineno, code.co_flags & ~CELLS
        if os.path.exists(code.co_filename):
            yield tried(lambda: len(inspect.getsource(value)))


def tell(owner, name, value):
    say("%s.%s: %s" % (owner, name, ", ".join(map(str, facts(value)))))


def say(text):
    print(re.sub(r" at 0x[0-9a-f]+|_cython_\w+|\d{12,}", "", text))


def walk(owner, title, seen):
    names = vars(owner)
    say("%s has %s" % (title, " ".join(sorted(map(str, names)))))
    for name, value in sorted(names.items(), key=str):
        if isinstance(value, FUNCTIONS) or kind_of(value).endswith("cython_function_or_method"):
            tell(title, name, value)
        elif isinstance(value, type) and id(value) not in seen and value.__module__.startswith(PACKAGES):
            seen.add(id(value))
            say("%s.%s: %s %s %s" % (title, name, kind_of(value), tried(inspect.signature, value), value.__mro__))
            walk(value, "%s.%s" % (value.__module__, value.__qualname__), seen)


def walk_all():
    seen = set()
    for name, module in sorted(sys.modules.items()):
        if name.startswith(PACKAGES) and type(module) is types.ModuleType:
            walk(module, name, seen)
    if hasattr(sys, "monitoring"):
        walk(sys.monitoring, "sys.monitoring", seen)


def decorated(function):
    function.limit = 5
    return function


class Protocol(asyncio.Protocol):
    def connection_made(self, transport: asyncio.Transport, more=None):
        """Says hello."""
        self.transport = transport

    @decorated
    def data_received(self, data: bytes, *, extra=3):
        if not imitated:
            print([frame.function for frame in inspect.stack()][:2])
        self.transport.close()

    def connection_lost(self, problem):
        pass


async def connects():
    loop = asyncio.get_running_loop()
    loop.call_soon(print, "soon")
    loop.call_soon_threadsafe(print, "from outside")
    server = await loop.create_server(Protocol, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"x")
    await reader.read()
    writer.close()
    server.close()
    await asyncio.sleep(0.001)


def libraries():
    for name in sys.argv[1].split("+"):
        try:
            yield importlib.import_module(name)
        except ImportError:
            pass


asyncio.run(connects())
for library in libraries():
    if hasattr(library, "new_event_loop"):
        loop = library.new_event_loop()
        loop.run_until_complete(connects() if library.__name__ == "uvloop" else asyncio.sleep(0.001))
        loop.close()
    elif library.__name__ == "trio":
        async def main():
            await library.to_thread.run_sync(int)
            print(sorted(library._core._run.GLOBAL_RUN_CONTEXT.runner.instruments))

        library.run(main)
walk(Protocol, "Protocol", set())
walk_all()
if "nest_asyncio" in sys.modules:
    sys.modules["nest_asyncio"].apply(asyncio.new_event_loop())
    walk(asyncio.SelectorEventLoop, "nested loop", set())
    walk(asyncio.BaseEventLoop, "nested base loop", set())
