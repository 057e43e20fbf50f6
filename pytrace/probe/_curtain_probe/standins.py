# SPDX-License-Identifier: Apache-2.0
"""Looks on while something is called that is not a function of a library in Python (for
those see weave.py), and stands where the program looks: what stands there has all that the
original has.

A hook is a function begin, which gets the arguments of the call. It answers None, or three
things: an argument, what is passed instead of it (both None: nothing changes), and a function
that gets the result when the call has ended, FAILED if it failed; or None.

With the compiled recorder the original itself stays where it is, a function in C or the
program's in Python, and calls another function (see standins.c): no frame of the probe is
on the stack. Without it, something in Python stands in its place that looks much the same.
"""
from . import compiled
from .own import BuiltinFunctionType, FunctionType, modules
from .stacks import forget_frame
from .weave import forget, is_wrapped, passed, weave, wrap

_recorder = compiled.recorder
FAILED = ...
_AFTER, _ALWAYS = "_curtain = _curtain and _curtain(_result)", "_curtain = _curtain and _curtain(...)"


def watch(owner, name, begin):
    """Looks on while a function of a module, or a method of a class in its place or that of
    a base, is called."""
    for place in getattr(owner, "__mro__", (owner,)):
        function = place.__dict__.get(name)
        if function is not None:
            break
    if function is None or getattr(place, "__module__", None) == "asyncio.events":
        return
    if type(function) is FunctionType:
        _weave(place, name, begin)
    elif not (_recorder and _recorder.watch(function, name, begin)):
        _replace(owner, name, function, begin)


def watch_method(owner, name, begin, function):
    """Looks on while code in C calls a method of a program's class. begin gets the function,
    too, before its first two arguments."""
    if not (_recorder and _recorder.watch_python(function, begin)):
        if not is_wrapped(function):
            names = [n for n in passed(function.__code__).split(", ") if "=" not in n and n[:2] != "**"]
            wrap(owner, name, {"curtain": lambda *args: begin(function, *(args + (None, None))[:2])},
                 before="_curtain = curtain(%s)\n_curtain = _curtain and _curtain[2]" % ", ".join(names),
                 after=_AFTER, always=_ALWAYS)


def _weave(owner, name, begin):
    """Does the same for a function in Python."""
    code = owner.__dict__[name].__code__
    swap = ["%s = _curtain[1] if %s is _curtain[0] else %s" % (n, n, n) for n in code.co_varnames[1:code.co_argcount]]
    before = ["_curtain = curtain(%s)" % passed(code), "if _curtain is not None:"] + [" " + line for line in swap]
    weave(owner, name, {"curtain": begin}, before="\n".join(before + [" _curtain = _curtain[2]"]),
          after=_AFTER, always=_ALWAYS)
    forget()


# --- without the recorder ---------------------------------------------------------------


def _replace(owner, name, function, begin):
    """Puts something in Python in the place of a function in C."""
    if type(function) is not BuiltinFunctionType:
        setattr(owner, name, _like(function, begin))
        return
    stand_in = _Function(function, begin)
    for module in owner, modules.get(function.__module__), modules.get("subprocess"):
        for each, value in list(vars(module).items()) if module else ():
            if value is function:
                setattr(module, each, stand_in)


def _stand_in(function, begin):
    def call(*args, **kwargs):
        args, kwargs, end = _begun(begin, args, kwargs)
        result = FAILED
        try:
            result = function(*args, **kwargs)
            return result
        except BaseException as problem:
            forget_frame(problem)
            raise
        finally:
            args = kwargs = None
            if end is not None:
                end(result)
            result = end = None

    return call


def _stand_in_async(function, begin):
    async def call(*args, **kwargs):
        args, kwargs, end = _begun(begin, args, kwargs)
        result = FAILED
        try:
            result = await function(*args, **kwargs)
            return result
        except BaseException as problem:
            forget_frame(problem)
            raise
        finally:
            args = kwargs = None
            if end is not None:
                end(result)
            result = end = None

    return call


def _begun(begin, args, kwargs):
    """Returns the arguments for the function, and what is to be called at the end."""
    try:
        plan = begin(*args, **kwargs)
    except Exception:
        plan = None  # such as wrong arguments, of which the function itself tells
    if plan is None:
        return args, kwargs, None
    old, new, end = plan
    if old is not new:
        args = tuple([new if arg is old else arg for arg in args])
        kwargs = {key: new if arg is old else arg for key, arg in kwargs.items()}
    return args, kwargs, end


_COROUTINE = 0x80  # a flag of code
_COPIED = ("__module__", "__name__", "__qualname__", "__doc__", "__defaults__", "__kwdefaults__", "__annotations__")


def _like(function, begin):
    """Returns a function in Python that looks like another one, which may be none in Python."""
    is_async = getattr(getattr(function, "__code__", None), "co_flags", 0) & _COROUTINE
    made = (_stand_in_async if is_async else _stand_in)(function, begin)
    made.__dict__.update(getattr(function, "__dict__", None) or {})
    for attribute in _COPIED:
        try:
            setattr(made, attribute, getattr(function, attribute))
        except (AttributeError, TypeError):
            pass  # it has none, or one that no function in Python has
    return made


class _Function:
    """Stands for a function in C of a module: it does not become a method of a class that
    has it, and pickles by its name."""

    __slots__ = ("_function", "_call")

    def __init__(self, function, begin):
        self._function, self._call = function, _stand_in(function, begin)

    def __call__(self, *args, **kwargs):
        try:
            return self._call(*args, **kwargs)
        except BaseException as problem:
            forget_frame(problem)
            raise

    __class__ = property(lambda self: type(self._function))
    __doc__ = property(lambda self: self._function.__doc__)
    __module__ = property(lambda self: self._function.__module__)

    def __getattr__(self, name):
        return getattr(self._function, name)

    def __repr__(self):
        return repr(self._function)

    def __reduce__(self):
        return self._function.__qualname__


class _CallsInPython:
    __slots__ = ()

    def __call__(self, *args, **kwargs):
        end = self._begin()
        result = FAILED
        try:
            result = self._callback(*args, **kwargs)
            return result
        except BaseException as problem:
            forget_frame(problem)
            raise
        finally:
            self = args = kwargs = None
            if end is not None:
                end(result)
            result = end = None


# --- callables ------------------------------------------------------------------------


class Stand(_recorder.Stand if _recorder else _CallsInPython):
    """Stands for a callable that was given to somebody. When it is called, it calls _begin(),
    then the callable, and what _begin has answered with the result."""

    __slots__ = ("_callback",)

    def __getattr__(self, name):
        return getattr(self._callback, name)

    def __repr__(self):
        return repr(self._callback)


if _recorder:
    runner = None  # the function whose frame calls what a Stand stands for
else:
    runner = _CallsInPython.__call__
