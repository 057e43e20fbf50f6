# SPDX-License-Identifier: Apache-2.0
"""A program with a little of everything that a tool looks at."""
import asyncio
import threading


def add(a, b):
    if a > 100:
        return "never"
    return a + b


def add_later(may, a, b):
    may.wait()
    return add(a, b)


def fails():
    raise ValueError("failed")


def numbers():
    for n in range(3):
        yield n


async def child(n):
    await asyncio.sleep(0)
    try:
        fails()
    except ValueError:
        n = add(n, 1)
    return n


async def streams():
    for n in numbers():
        await asyncio.sleep(0)
        yield n


async def main():
    total = 0
    async for n in streams():
        total = add(total, await child(n))
    results = await asyncio.gather(child(10), child(20))
    loop, may_end = asyncio.get_running_loop(), threading.Event()
    job = loop.run_in_executor(None, add_later, may_end, total, sum(results))
    loop.call_soon(may_end.set)  # not before this task waits for it
    result = await job
    thread = threading.Thread(target=add, args=(1, 2))
    thread.start()
    thread.join()
    return result


def run():
    print(asyncio.run(main()))


if __name__ == "__main__":
    run()
