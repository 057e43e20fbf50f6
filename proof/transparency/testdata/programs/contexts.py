# SPDX-License-Identifier: Apache-2.0
"""Context variables, in every place where asyncio copies or enters a context."""
import asyncio
import contextvars

variable = contextvars.ContextVar("variable", default="default")
trail = []


def note(where):
    trail.append((where, variable.get()))
    variable.set(where)


async def child(where):
    note(where)
    await asyncio.sleep(0)
    trail.append((where + " again", variable.get()))


async def generator():
    note("generator")
    yield 1
    note("generator again")


async def main():
    loop = asyncio.get_running_loop()
    variable.set("main")
    size = len(contextvars.copy_context())
    own = contextvars.copy_context()
    own.run(variable.set, "own")
    loop.call_soon(note, "soon")
    loop.call_soon(note, "soon in its own", context=own)
    loop.call_later(0.001, note, "later")
    loop.call_soon_threadsafe(note, "outside")
    await asyncio.sleep(0.05)
    await loop.create_task(child("child"))
    await child("awaited")
    async for _ in generator():
        pass
    await loop.run_in_executor(None, note, "job")
    future = loop.create_future()
    future.add_done_callback(lambda future: note("done"))
    future.set_result(None)
    await asyncio.sleep(0)
    trail.append(own.run(variable.get))
    trail.append(len(contextvars.copy_context()) - size)
    trail.append([v.name for v in contextvars.copy_context()])


asyncio.run(main())
for line in trail:
    print(line)
