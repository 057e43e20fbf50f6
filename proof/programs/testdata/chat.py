# SPDX-License-Identifier: Apache-2.0
"""A chat over websockets: everybody hears everybody, and one vanishes without a word."""
import asyncio
import os
import tempfile

from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import broadcast, unix_serve
from websockets.exceptions import ConnectionClosed

CLIENTS, MESSAGES = 6, 20
room, left = set(), []
everybody, alone = asyncio.Event(), asyncio.Event()


async def serve(socket):
    """Passes on what one client says, until it leaves."""
    room.add(socket)
    if len(room) == CLIENTS + 1:
        everybody.set()
    name = "nobody"
    try:
        async for message in socket:
            name = message.split(":")[0]
            broadcast(room, message)
        left.append((name, "said goodbye"))
    except ConnectionClosed as problem:
        left.append((name, type(problem).__name__))
    finally:
        room.discard(socket)
        if len(room) == CLIENTS:
            alone.set()


async def talk(path, name):
    """Says something, hears all there is to hear, and leaves."""
    async with unix_connect(path) as socket:
        await everybody.wait()
        await alone.wait()
        speaking = asyncio.create_task(speak(socket, name), name=f"{name} speaks")
        heard = [await socket.recv() for _ in range(CLIENTS * MESSAGES)]
        await speaking
        return sorted(heard)


async def speak(socket, name):
    for i in range(MESSAGES):
        await socket.send(f"{name}: {i}")
        await asyncio.sleep(0.001)


async def vanish(path):
    """Is gone in the middle of a conversation."""
    socket = await unix_connect(path)
    await everybody.wait()
    socket.transport.abort()


async def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        async with unix_serve(serve, path):
            names = [f"client {i}" for i in range(CLIENTS)]
            async with asyncio.TaskGroup() as group:
                talks = [group.create_task(talk(path, name), name=name) for name in names]
                group.create_task(vanish(path), name="vanishing client")
    everything = sorted(f"{name}: {i}" for name in names for i in range(MESSAGES))
    print("heard everything:", [task.result() == everything for task in talks])
    print("left:", sorted(left))


asyncio.run(main())
