# SPDX-License-Identifier: Apache-2.0
"""Tasks of functions whose names are not those of their code. Prints how they are called."""
import asyncio
import functools


def logged(function):
    @functools.wraps(function)
    async def wrapper(*args):
        return await function(*args)

    return wrapper


@logged
async def fetch_orders():
    await asyncio.sleep(0)


@logged
async def fetch_users():
    await asyncio.sleep(0)


class Worker:
    async def run(self):
        await asyncio.sleep(0)

    @logged
    async def stop(self):
        await asyncio.sleep(0)


class Odd(str):
    def __hash__(self):
        raise NotImplementedError

    def __eq__(self, other):
        raise NotImplementedError


async def unnamed():
    await asyncio.sleep(0)


def named(name):
    coroutine = unnamed()
    coroutine.__qualname__ = name
    return coroutine


async def main():
    worker = Worker()
    for _ in range(2):
        for make in fetch_orders, fetch_users, worker.run, worker.stop:
            coroutine = make()
            print(coroutine.__qualname__)
            await asyncio.get_running_loop().create_task(coroutine)
    for name in "set", "set again", "größer", "":
        print(name)
        await asyncio.get_running_loop().create_task(named(name))
    print("unnamed")
    await asyncio.get_running_loop().create_task(named(Odd("odd")))
    print("fetch_orders")
    await asyncio.get_running_loop().create_task(fetch_orders(), name="")


asyncio.run(main())
