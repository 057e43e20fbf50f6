# SPDX-License-Identifier: Apache-2.0
"""Calls hooks when the program has imported a module."""
from . import threads
from .own import modules, sys

_hooks = {}
_installed = False


def when(name, hook):
    """Registers a hook: it gets the module, once, after it was executed."""
    _hooks[name] = hook
    if _installed and name in modules:
        _fire(name, modules[name])


def install():
    """Starts to watch imports. Modules that are there already are hooked now."""
    global _installed
    _installed = True
    for name in list(_hooks):
        if name in modules:
            _fire(name, modules[name])
    sys.meta_path.insert(0, _Finder())


def _fire(name, module):
    hook = _hooks.pop(name, None)
    if hook is not None:
        try:
            hook(module)
        except Exception as problem:
            threads.failed("hook " + name, problem)


class _Finder:
    """Finds what the other finders find, and looks on while it is loaded."""

    def find_spec(self, name, path=None, target=None):
        if name not in _hooks:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader:
    """Stands in for a loader until the module is loaded."""

    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        loader = self._loader
        spec = module.__spec__
        spec.loader = module.__loader__ = loader
        loader.exec_module(module)
        _fire(spec.name, module)
