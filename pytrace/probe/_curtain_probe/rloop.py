# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on rloop, whose class RLoop is a Python class on one in Rust."""
from . import opaque, protocols, sites
from .standins import watch


def hook(module):
    """Hooks rloop.RLoop."""
    sites.machinery(module)
    loop = module.RLoop
    opaque.hook(loop)
    watch(loop, "_call_later", _call_later)
    watch(loop, "_sig_add", _sig_add)
    protocols.hook(loop)


def _call_later(self, delay, callback, args, context):
    return opaque.call_later(self, delay, callback, *args, context=context)


def _sig_add(self, sig, callback, *rest):
    return opaque.takes(self, callback, opaque.SIGNAL, sig)
