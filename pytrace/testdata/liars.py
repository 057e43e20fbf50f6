# SPDX-License-Identifier: Apache-2.0
"""Classes that answer for what they are otherwise, and note each question."""
import asyncio

asked = []


class Metaclass(type):
    def __getattribute__(cls, name):
        asked.append("class." + name)
        return type.__getattribute__(cls, name)

    @property
    def __name__(cls):
        asked.append("a class's name")
        raise BaseException("this class has no name")

    @property
    def __mro__(cls):
        asked.append("a class's bases")
        raise BaseException("this class has no bases")

    def __eq__(cls, other):
        asked.append("equal")
        return True

    def __hash__(cls):
        asked.append("hash")
        return 1


class Error(Exception, metaclass=Metaclass):
    def __getattribute__(self, name):
        asked.append("error." + name)
        return super().__getattribute__(name)


class Argument(metaclass=Metaclass):
    def __call__(self, *args):
        pass


class Wait(metaclass=Metaclass):
    """Is awaited, and hands on a future by a method that is not a generator."""

    def __init__(self, future):
        self.future = future

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        future, self.future = self.future, None
        if future is None:
            raise StopIteration
        future._asyncio_future_blocking = True
        return future


class Future(asyncio.Future, metaclass=Metaclass):
    @property
    def _state(self):
        asked.append("future._state")
        raise BaseException("this future has no state")


def refuses(name):
    def get(self):
        asked.append("task." + name)
        raise BaseException(name)

    return property(get)


class Task(asyncio.Task, metaclass=Metaclass):
    _coro, _state, _exception, _fut_waiter, _must_cancel, _loop = map(
        refuses, ("_coro", "_state", "_exception", "_fut_waiter", "_must_cancel", "_loop"))

    def __getattribute__(self, name):
        asked.append("task." + name)
        return super().__getattribute__(name)

    def _ask(self, *args):
        asked.append("a method of a task")
        raise BaseException("not for you")

    get_coro = get_name = done = cancelled = exception = cancelling = __eq__ = __bool__ = __repr__ = _ask
    __hash__ = asyncio.Task.__hash__


async def returns():
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)


async def waits(future):
    await future


async def fails():
    await asyncio.sleep(0)
    raise Error


async def notes(task):
    """Awaits a task, without a class of its own."""
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    except Exception as error:
        print(type(error) is Error)


async def main():
    loop = asyncio.get_running_loop()
    for coroutine in returns(), fails(), asyncio.sleep(100):
        task = Task(coroutine, loop=loop)
        loop.call_soon(Argument(), Argument())
        other = loop.create_task(notes(task))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if not asyncio.Task.done(task) and coroutine.__name__ == "sleep":
            asyncio.Task.cancel(task)
        await other
    for cancels in False, True:
        future = Future(loop=loop)
        task = Task(waits(future), loop=loop)
        await asyncio.sleep(0)
        if cancels:
            asyncio.Future.cancel(future)
        else:
            future.set_result(None)
        await notes(task)
    future = loop.create_future()
    loop.call_soon(future.set_result, None)
    await Wait(future)
    await loop.run_in_executor(None, Argument())
    Argument()()


loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
print(asked)
