# SPDX-License-Identifier: Apache-2.0
"""Tasks that wait behind all that can stand between a task and the line where it waits. Each
waits in `reply`, at its only await, and nowhere else."""
import asyncio
import contextlib
import types


async def reply():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.001, future.set_result, 1)
    return await future  # here


async def pages():
    for _ in range(2):
        yield await reply()


async def all_pages():
    async for page in pages():
        yield page


@contextlib.asynccontextmanager
async def connection():
    await reply()
    try:
        yield
    finally:
        await reply()


class Request:
    """Is awaited as database drivers and HTTP clients let themselves be."""

    def __await__(self):
        return self._send().__await__()

    async def _send(self):
        return await reply()


class Nested:
    def __await__(self):
        return (yield from Request().__await__())


@types.coroutine
def old_style():
    return (yield from reply().__await__())


async def for_loop():
    async for _ in pages():
        pass


async def generator_of_generator():
    async for _ in all_pages():
        pass


async def with_block():
    async with connection():
        pass


async def exit_stack():
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(connection())


async def by_hand():
    numbers = pages()
    await numbers.__anext__()
    await numbers.asend(None)


async def thrown_into():
    async def forgives():
        try:
            yield
        except KeyError:
            await reply()
            yield

    generator = forgives()
    await generator.__anext__()
    await generator.athrow(KeyError())
    await generator.aclose()


async def closed():
    async def cleans_up():
        try:
            yield
        finally:
            await reply()

    generator = cleans_up()
    await generator.__anext__()
    await generator.aclose()


async def anext_or_else():
    if "anext" in dir(__builtins__):
        return await anext(pages(), None)
    await reply()


async def comprehension():
    return [page async for page in pages()], {await reply() for _ in range(2)}


async def request():
    await Request()


async def nested():
    await Nested()


async def generator_based():
    await old_style()


async def main():
    parts = (for_loop, generator_of_generator, with_block, exit_stack, by_hand, thrown_into, closed, anext_or_else,
             comprehension, request, nested, generator_based)
    for part in parts:
        await asyncio.get_running_loop().create_task(part(), name=part.__name__)


asyncio.run(main())
