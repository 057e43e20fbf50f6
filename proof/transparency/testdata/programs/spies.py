# SPDX-License-Identifier: Apache-2.0
"""Objects that tell whenever somebody looks at them."""
import asyncio
import collections.abc
import contextvars

looks = []


class Spy:
    def __init__(self, name):
        object.__setattr__(self, "name", name)

    def __getattribute__(self, attribute):
        name = object.__getattribute__(self, "name")
        looks.append((name, attribute))
        return object.__getattribute__(self, attribute)

    def __repr__(self):
        looks.append("repr")
        return "<Spy>"

    def __eq__(self, other):
        looks.append("eq")
        return self is other

    def __hash__(self):
        looks.append("hash")
        return 1

    def __bool__(self):
        looks.append("bool")
        return False

    def __len__(self):
        looks.append("len")
        return 0

    def __call__(self, *args):
        looks.append("call")

    @property
    def __name__(self):
        looks.append("name")
        return "spy"


class Name(str):
    def __str__(self):
        looks.append("str of a name")
        return "name"

    def __repr__(self):
        looks.append("repr of a name")
        return "name"


class Coroutine(collections.abc.Coroutine):
    """A coroutine of the program's own making."""

    def __init__(self, coro):
        self.coro = coro

    def send(self, value):
        looks.append("send")
        return self.coro.send(value)

    def throw(self, *error):
        looks.append("throw")
        return self.coro.throw(*error)

    def close(self):
        looks.append("close")
        return self.coro.close()

    def __await__(self):
        looks.append("await")
        return self.coro.__await__()

    def __getattr__(self, name):
        looks.append("getattr " + name)
        raise AttributeError(name)


class Future(asyncio.Future):
    def done(self):
        looks.append("done")
        return super().done()

    def __eq__(self, other):
        looks.append("eq of a future")
        return self is other

    def __hash__(self):
        looks.append("hash of a future")
        return 2


class Error(Exception):
    def __str__(self):
        looks.append("str of an error")
        return "error"

    __repr__ = __str__


async def nap():
    await asyncio.sleep(0)


async def fails():
    raise Error()


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(Spy("callback"), Spy("argument"))
    loop.call_later(0.001, Spy("timer"), Spy("its argument"))
    loop.call_later(60, Spy("never"), Spy("argument")).cancel()
    loop.call_soon_threadsafe(Spy("outside"))
    await asyncio.sleep(0.05)
    loop.create_task(nap(), name=Name("task"))
    asyncio.current_task().set_name(Name("main"))
    await loop.create_task(Coroutine(nap()))
    future = Future(loop=loop)
    future.add_done_callback(Spy("done callback"))
    loop.call_soon(future.set_result, Spy("result"))
    await future
    loop.create_task(nap()).add_done_callback(Spy("done callback of a task"))
    await loop.run_in_executor(None, Spy("job"), Spy("argument of a job"))
    try:
        await loop.create_task(fails())
    except Error:
        pass
    variable = contextvars.ContextVar("variable", default=Spy("default"))
    variable.set(Spy("value"))
    loop.call_soon(Spy("in a context"), context=contextvars.copy_context())
    await asyncio.sleep(0.05)
    waiter = loop.create_task(asyncio.wait([loop.create_task(nap())]))
    await waiter


asyncio.run(main())
for look in looks:
    print(look)
