# SPDX-License-Identifier: Apache-2.0
"""Tasks that fail with exceptions of all kinds, whose classes do what they can."""
import asyncio
import json


class Meta(type):
    def __getattribute__(cls, name):
        if name in ("__name__", "__qualname__", "__module__"):
            raise AssertionError("nobody asks for this")
        return type.__getattribute__(cls, name)


class Own(Exception, metaclass=Meta):
    def __repr__(self):
        raise AssertionError("nobody asks for this")


class Nameless(Exception):
    __module__ = 7


async def fails(n):
    class Within(Exception):
        pass

    if n == 1:
        json.loads("{")
    if n == 5:
        raise KeyboardInterrupt
    raise (ValueError, None, Own, Within, Nameless)[n]


async def main():
    for n in range(5):
        await asyncio.gather(fails(n), return_exceptions=True)
    await asyncio.gather(fails(5))


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
