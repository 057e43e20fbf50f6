# SPDX-License-Identifier: Apache-2.0
"""Calls hooks when the program has imported a module."""
from . import threads
from .own import get_ident, modules, sys

_hooks = {}
_finding = set()  # what is looked for, by which thread
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
        asked = get_ident(), name
        if name not in _hooks or asked in _finding:
            return None
        _finding.add(asked)  # another finder of this kind asks this one
        try:
            spec = self._find(name, path, target)
        finally:
            _finding.discard(asked)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader)
        return spec

    def _find(self, name, path, target):
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
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
