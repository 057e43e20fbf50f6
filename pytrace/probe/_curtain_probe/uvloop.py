# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on uvloop, whose class Loop is a Python class on one that is not."""
from . import opaque, protocols, sites
from .own import CoroutineType, FunctionType
from .standins import watch

_ASYNC = 0x80 | 0x100  # flags of code: coroutine, iterable coroutine


def hook(module):
    """Hooks uvloop.Loop."""
    sites.machinery(module)
    loop = module.Loop
    opaque.hook(loop)
    watch(loop, "call_later", opaque.call_later)
    watch(loop, "add_signal_handler", _add_signal_handler)
    protocols.hook(loop)


def _add_signal_handler(self, sig, callback, *args):
    # A coroutine is refused: let the loop see it.
    kind = type(callback)
    if kind is not CoroutineType and not (kind is FunctionType and callback.__code__.co_flags & _ASYNC):
        return opaque.takes(self, callback, opaque.SIGNAL, sig)
