# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on uvloop, whose class Loop is a Python class on one that is not."""
from . import opaque, protocols, sites
from .loop import disguise
from .own import CoroutineType, FunctionType

_ASYNC = 0x80 | 0x100  # flags of code: coroutine, iterable coroutine


def hook(module):
    """Hooks uvloop.Loop."""
    sites.machinery(module)
    opaque.configure()
    loop = module.Loop

    def replace(name, make, *more):
        original = getattr(loop, name, None)
        if original is not None:
            setattr(loop, name, disguise(make(original, *more), original))

    debug = loop.get_debug
    replace("call_soon", opaque.call_soon, debug)
    replace("call_soon_threadsafe", opaque.call_soon_threadsafe, debug)
    replace("call_later", _call_later, debug)
    replace("add_reader", opaque.watch, opaque.READER)
    replace("add_writer", opaque.watch, opaque.WRITER)
    replace("add_signal_handler", _add_signal_handler)
    replace("run_forever", opaque.run_forever)
    replace("create_task", opaque.create_task, loop.get_task_factory)
    for name in protocols.MAKERS:
        replace(name, protocols.maker)


def _call_later(original, get_debug):
    def call_later(self, delay, callback, *args, context=None):
        stands = opaque.prepare(self, callback)
        handle = original(self, delay, stands or callback, *args, context=context)
        if get_debug(self):
            opaque.strike_out(handle)
        opaque.timer(delay, callback, args, stands)
        return handle

    return call_later


def _add_signal_handler(original):
    def add_signal_handler(self, sig, callback, *args):
        # A coroutine is refused: let the loop see it.
        kind = type(callback)
        refused = kind is CoroutineType or kind is FunctionType and callback.__code__.co_flags & _ASYNC
        stands = None if refused else opaque.prepare(self, callback)
        answer = original(self, sig, stands or callback, *args)
        opaque.watches(stands, opaque.SIGNAL, int(sig))
        return answer

    return add_signal_handler
