# SPDX-License-Identifier: Apache-2.0
"""Calls of protocols by loops that are not written in Python.

Such a loop calls a protocol's methods without a callback of its own. So the
methods are hooked in the protocol's class, when its first instance is made for
a transport. A class that is not written in Python stays unseen.
"""
from . import kinds, opaque
from .loop import disguise, forget_frame
from .own import FunctionType, get_ident
from .threads import failed, threads

# The methods of loops that take a factory of protocols, as their first argument.
MAKERS = ("create_server", "create_connection", "create_unix_server", "create_unix_connection",
          "create_datagram_endpoint", "connect_accepted_socket", "connect_read_pipe", "connect_write_pipe",
          "subprocess_shell", "subprocess_exec")
_READS = ("data_received", "buffer_updated", "eof_received", "datagram_received", "pipe_data_received")
_OTHERS = ("connection_made", "connection_lost", "error_received", "pipe_connection_lost", "process_exited",
           "resume_writing")

MAX_PROTOCOLS = 100_000

_READABLE = kinds.READY | 1 << 8
_readers = {}  # by id of a protocol: its descriptor, and the number of its reader


def maker(original):
    """Makes a hook of a method in MAKERS."""

    def make(self, protocol_factory, *args, **kwargs):
        return original(self, _watched(protocol_factory), *args, **kwargs)

    return make


def _watched(factory):
    def protocol_factory():
        try:
            protocol = factory()
        except BaseException as problem:
            forget_frame(problem)
            raise
        try:
            _hook(type(protocol))
        except Exception as problem:
            failed("protocol", problem)
        return protocol

    return protocol_factory if callable(factory) else factory


def _hook(kind):
    """Hooks the class of a protocol, or rather those of its bases that have the methods."""
    for owner in kind.__mro__[:-1]:
        names = owner.__dict__
        if names.get("__module__") == "asyncio.protocols":
            continue
        for name in _READS + _OTHERS:
            original = names.get(name)
            if type(original) is FunctionType and original.__code__ not in _codes:
                made = (_reads if name in _READS else _other)(original)
                type.__setattr__(owner, name, disguise(made, original))


def _reads(original):
    """Hooks a method that is called because there is something to read."""

    def method(self, *args, **kwargs):
        turns = opaque.running()
        if turns is None:
            return original(self, *args, **kwargs)
        thread = number = None
        try:
            thread = threads[get_ident()]
            known = _readers.get(id(self))
            if known is None:
                known = _learn(thread, self, None)
            fd, number = known
            turns.enter(thread, 3)
            if number == 0:
                number = thread.fresh()
                _readers[id(self)] = fd, number
                thread.put(kinds.READER, thread.code_site(original.__code__), number, 0)
            thread.put2(_READABLE, 0, fd, number, kinds.HANDLE_BEGIN, 0, number, 0)
        except Exception as problem:
            failed("protocol", problem)
        try:
            return original(self, *args, **kwargs)
        except BaseException as problem:
            forget_frame(problem)
            raise
        finally:
            if number:
                _end(thread, turns, number)

    return method


def _other(original):
    """Hooks a method that the loop calls for a reason of its own."""
    made, lost = original.__name__ == "connection_made", original.__name__ in ("connection_lost", "process_exited")

    def method(self, *args, **kwargs):
        turns = opaque.running()
        if turns is None:
            return original(self, *args, **kwargs)
        thread = number = None
        try:
            thread = threads[get_ident()]
            if made:
                _learn(thread, self, args[0] if args else None)
            turns.enter(thread, 3)
            number = thread.fresh()
            thread.put2(kinds.SOON, thread.code_site(original.__code__), number, 0,
                        kinds.HANDLE_BEGIN, 0, number, 0)
        except Exception as problem:
            failed("protocol", problem)
        try:
            return original(self, *args, **kwargs)
        except BaseException as problem:
            forget_frame(problem)
            raise
        finally:
            if number:
                _end(thread, turns, number)
            if lost:
                _readers.pop(id(self), None)

    return method


_codes = {m(_watched).__code__ for m in (_reads, _other)}


def _end(thread, turns, number):
    try:
        thread.put_late(kinds.HANDLE_END, number)
        turns.end(thread)
    except Exception as problem:
        failed("protocol", problem)


def _learn(thread, protocol, transport):
    """Remembers the descriptor of a new connection."""
    fd = 0
    if type(transport).__module__.startswith(("uvloop.", "rloop.")):
        for name in "socket", "pipe":
            file = transport.get_extra_info(name)
            if file is not None:
                fd = opaque.file_descriptor(file)
                break
    if len(_readers) > MAX_PROTOCOLS:
        _readers.clear()
    known = _readers[id(protocol)] = fd, 0
    return known
