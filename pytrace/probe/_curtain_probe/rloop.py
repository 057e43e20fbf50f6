# SPDX-License-Identifier: Apache-2.0
"""Level `loop` on rloop, whose class RLoop is a Python class on one in Rust."""
from . import opaque, protocols, sites
from .loop import disguise


def hook(module):
    """Hooks rloop.RLoop."""
    sites.machinery(module)
    opaque.configure()
    loop = module.RLoop

    def replace(name, make, *more):
        original = getattr(loop, name, None)
        if original is not None:
            setattr(loop, name, disguise(make(original, *more), original))

    debug = loop.get_debug
    replace("call_soon", opaque.call_soon, debug)
    replace("call_soon_threadsafe", opaque.call_soon_threadsafe, debug)
    replace("_call_later", _call_later)
    replace("add_reader", opaque.watch, opaque.READER)
    replace("add_writer", opaque.watch, opaque.WRITER)
    replace("_sig_add", _sig_add)
    replace("run_forever", opaque.run_forever)
    replace("create_task", opaque.create_task, loop.get_task_factory)
    for name in protocols.MAKERS:
        replace(name, protocols.maker)


def _call_later(original):
    def _call_later(self, delay, callback, args, context):
        stands = opaque.prepare(self, callback)
        handle = original(self, delay, stands or callback, args, context)
        opaque.timer(delay, callback, args, stands)
        return handle

    return _call_later


def _sig_add(original):
    def _sig_add(self, sig, callback, *rest):
        stands = opaque.prepare(self, callback)
        answer = original(self, sig, stands or callback, *rest)
        opaque.watches(stands, opaque.SIGNAL, int(sig))
        return answer

    return _sig_add
