# SPDX-License-Identifier: Apache-2.0
"""Looks into what a suspended coroutine awaits: coroutines, generators, and what stands
for them.

Behind an async generator, or an `__await__` that hands on a coroutine's, there is an object
that shows nothing of what it runs. The garbage collector knows it.
"""
from . import sites
from .compiled import recorder
from .own import AsyncGeneratorType, CoroutineType, GeneratorType, get_referents


def _getters(kind, *names):
    return tuple(getattr(kind, name).__get__ for name in names)


# By the id of a type: what gets the code, the frame, and what is awaited.
ways = {
    id(CoroutineType): _getters(CoroutineType, "cr_code", "cr_frame", "cr_await"),
    id(GeneratorType): _getters(GeneratorType, "gi_code", "gi_frame", "gi_yieldfrom"),
    id(AsyncGeneratorType): _getters(AsyncGeneratorType, "ag_code", "ag_frame", "ag_await"),
}
_names = {id(kind): kind.__dict__["__qualname__"].__get__ for kind in (CoroutineType, GeneratorType)}


async def _coroutine():
    pass


async def _generator():
    yield


def _stand_ins():
    """Returns the types of what stands for a coroutine or a generator, which is the first
    thing that it holds."""
    coroutine, generator = _coroutine(), _generator()
    made = [coroutine.__await__(), generator.asend(None), generator.athrow(GeneratorExit)]
    try:
        made.append(anext(generator, None))
    except NameError:
        pass  # before 3.10
    for one in made:
        one.close()
    coroutine.close()
    return tuple(type(one) for one in made)


_stands = _stand_ins()
_stand_ids = frozenset(map(id, _stands))
if recorder:
    recorder.configure_awaits(_stands)


def behind(awaitable):
    """Returns what something stands for, None if it shows all that there is."""
    held = get_referents(awaitable) if id(type(awaitable)) in _stand_ids else ()
    return held[0] if held else None


def code_of(awaitable):
    """Returns the code of a coroutine or a generator, None if it is neither."""
    way = ways.get(id(type(awaitable)))
    return None if way is None else way[0](awaitable)


def name_of(coroutine):
    """Returns the name of a coroutine, which functools.wraps may have set, None of anything else."""
    get = _names.get(id(type(coroutine)))
    if get is None:
        return None
    name = get(coroutine)
    return name if type(name) is str else sites.name_of(code_of(coroutine))
