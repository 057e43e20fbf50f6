# SPDX-License-Identifier: Apache-2.0
"""Calls of protocols by loops that are not written in Python.

Such a loop calls a protocol's methods without a callback of its own. So the
methods are hooked in the protocol's class, when its first instance is made for
a transport. A class that is not written in Python stays unseen.
"""
from . import kinds, opaque
from .own import FunctionType, get_ident, get_referents, module_of_type, modules, mro_of, name_of_type, partial
from .standins import FAILED, Stand, watch, watch_method
from .threads import failed, threads
from .weave import forget, weave

# The methods of loops that take a factory of protocols, as their first argument.
MAKERS = ("create_server", "create_connection", "create_unix_server", "create_unix_connection",
          "create_datagram_endpoint", "connect_accepted_socket", "connect_read_pipe", "connect_write_pipe",
          "subprocess_shell", "subprocess_exec")
_READS = ("data_received", "buffer_updated", "eof_received", "datagram_received", "pipe_data_received")
_OTHERS = ("connection_made", "connection_lost", "error_received", "pipe_connection_lost", "process_exited",
           "resume_writing")

MAX_PROTOCOLS = 100_000

_readers = {}  # by id of a protocol: its descriptor, and the number of its reader


_hooked = False


def hook(loop):
    """Hooks what a class of loops does with protocols."""
    for name in MAKERS:
        watch(loop, name, _make)
    global _hooked
    if _hooked:
        return
    _hooked = True
    weave(modules["asyncio.protocols"].BaseProtocol, "connection_made", {"curtain": _learn}, before="curtain(self, transport)")
    forget()


def _make(self, protocol_factory, *args, **kwargs):
    if callable(protocol_factory):
        return protocol_factory, _Factory(protocol_factory), None


class _Factory(Stand):
    """Stands for a factory of protocols."""

    __slots__ = ()

    def __init__(self, factory):
        self._callback = factory

    def _begin(self):
        return _made


def _made(protocol):
    try:
        if protocol is not FAILED:
            _hook(type(protocol))
    except Exception as problem:
        failed("protocol", problem)


_names = {}  # of methods, by their ids


def _hook(kind):
    """Hooks the class of a protocol, or rather those of its bases that have the methods."""
    for owner in mro_of(kind)[:-1]:
        names = owner.__dict__
        if names.get("__module__") == "asyncio.protocols":
            continue
        for name in _READS + _OTHERS:
            method = names.get(name)
            if type(method) is FunctionType:
                if len(_names) > MAX_PROTOCOLS:
                    _names.clear()
                _names[id(method)] = name
                watch_method(owner, name, _begin, method)


def _begin(method, protocol, argument):
    """Sees a call of a protocol's method, by whichever loop."""
    turns = opaque.running()
    if turns is None:
        return None
    try:
        name = _names.get(id(method), method.__name__)
        thread = threads[get_ident()]
        if name == "connection_made":
            _learn(protocol, argument)
        turns.enter(thread, 3)
        if name in _READS:
            number = _read(thread, protocol, method)
        else:
            number = thread.tasks.new_handle()
            thread.put(kinds.HANDLE_SCHEDULED_SOON, thread.code_site(method.__code__), number, 0)
            thread.put(kinds.HANDLE_BEGIN, 0, number, 0, True)
        gone = id(protocol) if name in ("connection_lost", "process_exited") else 0
        return None, None, partial(_end, thread, turns, number, gone)
    except Exception as problem:
        failed("protocol", problem)


def _read(thread, protocol, method):
    """Begins the run of what is called because there is something to read."""
    fd, number = _readers.get(id(protocol)) or _remember(protocol, 0, 0)
    if number == 0:
        number = thread.tasks.new_handle()
        _remember(protocol, fd, number)
        thread.put(kinds.HANDLE_SCHEDULED_READER, thread.code_site(method.__code__), number, 0)
    thread.put(kinds.READY_READ, 0, fd, number)
    thread.put(kinds.HANDLE_BEGIN, 0, number, 0, True)
    return number


def _end(thread, turns, number, gone, result):
    try:
        thread.put(kinds.HANDLE_END, 0, number, 0)
        turns.end(thread)
        if gone:
            _readers.pop(gone, None)
    except Exception as problem:
        failed("protocol", problem)


def _remember(protocol, fd, number):
    if len(_readers) > MAX_PROTOCOLS:
        _readers.clear()
    known = _readers[id(protocol)] = fd, number
    return known


def _learn(protocol, transport):
    """Remembers the descriptor of a new connection."""
    try:
        module = module_of_type(type(transport))
        if module.startswith("uvloop."):
            _remember(protocol, _descriptor(transport), 0)
        elif module.startswith("rloop."):
            file = transport.get_extra_info("socket") or transport.get_extra_info("pipe")
            _remember(protocol, 0 if file is None else opaque.file_descriptor(file), 0)
    except Exception as problem:
        failed("protocol", problem)


def _descriptor(transport):
    """Returns the descriptor of a transport of uvloop, 0 if it cannot be found. Transports are
    not asked: what they make then stays, and the program would get that later. But the loop
    knows them, the latest last."""
    turns = opaque.running_or_not()
    loop = turns and turns.loop()
    if loop is None:
        return 0
    if turns.transports is None:
        turns.transports = [held.data for held in get_referents(loop) if name_of_type(type(held)) == "WeakValueDictionary"]
    wanted = {id(transport)}
    if name_of_type(type(transport)) == "_SSLProtocolTransport":
        for held in get_referents(transport):
            if name_of_type(type(held)) == "SSLProtocol":
                wanted.update(map(id, get_referents(held)))
    for known in turns.transports:
        for fd, held in reversed(list(known.items())):
            if id(held()) in wanted and type(fd) is int:
                return fd
    return 0
