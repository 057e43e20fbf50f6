# SPDX-License-Identifier: Apache-2.0
"""Puts an aiohttp server, which it starts, under load, and prints what was answered."""
import asyncio
import os
import signal
import sys
import tempfile

import aiohttp

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS, REQUESTS = 8, 40
SITE = "http://site"  # all goes through a socket in the file system


async def requests(session, client):
    """Many requests over kept-alive connections."""
    answers = 0
    for i in range(REQUESTS):
        async with session.get(f"{SITE}/hello/{client}-{i}") as response:
            answers += (await response.json())["hello"] == f"{client}-{i}"
    return answers


async def chunked(session):
    async with session.get(f"{SITE}/chunks?n=200") as response:
        return len([chunk async for chunk in response.content]), response.headers["Transfer-Encoding"]


async def talk(session):
    said = []
    async with session.ws_connect(f"{SITE}/echo") as socket:
        for word in "one two three".split():
            await socket.send_str(word)
            said.append(await socket.receive_str())
    return said


async def leave(session):
    """Goes away in the middle of a response."""
    response = await session.get(f"{SITE}/endless")
    got = await response.content.readexactly(3000)
    response.close()
    return len(got)


async def hang(session):
    try:
        async with session.get(f"{SITE}/hang") as response:
            return response.status
    except aiohttp.ClientError as problem:
        return type(problem).__name__


async def load(path):
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path, limit=0)) as session:
        print("keep-alive:", sum(await asyncio.gather(*(requests(session, c) for c in range(CLIENTS)))))
        print("chunked:", await chunked(session))
        print("websocket:", await talk(session))
        print("left early:", await asyncio.gather(*(leave(session) for _ in range(3))))
        hanging = [asyncio.create_task(hang(session), name=f"hang {i}") for i in range(2)]
        async with session.get(f"{SITE}/abandoned?n=3&hanging=2") as response:
            print("noticed by the server:", await response.text())
        yield
        print("cut off by the shutdown:", await asyncio.gather(*hanging))


async def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        server = await asyncio.create_subprocess_exec(
            sys.executable, os.path.join(HERE, "aiohttp_server.py"), path, stdout=asyncio.subprocess.PIPE)
        print(await server.stdout.readline())
        async for _ in load(path):
            server.send_signal(signal.SIGTERM)
        print((await server.stdout.read()).decode(), end="")
        print("exit status:", await server.wait())


asyncio.run(main())
