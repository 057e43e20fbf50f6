# SPDX-License-Identifier: Apache-2.0
"""Starts a server of fastapi_app with two workers, whose command line it is given, asks
it much with httpx, and ends it by SIGTERM. SOCKET in it is replaced."""
import asyncio
import os
import signal
import sys
import tempfile

import httpx

HERE = os.path.dirname(os.path.abspath(__file__))


async def ready(client):
    """Waits until both workers have answered."""
    pids = set()
    while len(pids) < 2:
        try:
            # A connection of its own each time, so that any worker may get it.
            async with httpx.AsyncClient(transport=client()) as session:
                pids.add((await session.get("http://site/async/ready")).json()["pid"])
        except httpx.TransportError:
            await asyncio.sleep(0.02)
    return pids


async def load(client):
    async with httpx.AsyncClient(transport=client(), timeout=30) as session:
        async def get(path, n):
            answers = await asyncio.gather(*(session.get(f"http://site{path}/{i}") for i in range(n)))
            return [a.json()["hello"] for a in answers] == [str(i) for i in range(n)], [a.json() for a in answers]

        print("async:", (await get("/async", 60))[0])
        right, answers = await get("/sync", 60)
        print("sync:", right, "in the main thread:", sum(a["main"] for a in answers))
        later = await asyncio.gather(*(session.post(f"http://site/later/{i}") for i in range(5)))
        print("background:", [a.status_code for a in later])
        async with session.stream("GET", "http://site/stream?n=30") as response:
            print("streamed:", len([line async for line in response.aiter_lines()]))


async def main():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "socket")
        command = [word.replace("SOCKET", path) for word in sys.argv[1:]]
        notes = os.path.join(directory, "notes")
        os.mkdir(notes)
        server = await asyncio.create_subprocess_exec(*command, cwd=HERE, env={**os.environ, "NOTES": notes})

        def client():
            return httpx.AsyncHTTPTransport(uds=path, limits=httpx.Limits(max_connections=10))

        pids = await ready(client)
        await load(client)
        server.send_signal(signal.SIGTERM)
        print("exit status:", await server.wait())
        names = os.listdir(notes)
        print("workers:", {int(name) for name in names} == pids)
        lines = [open(os.path.join(notes, name)).read().splitlines() for name in names]
        print("notes:", sorted(sum(lines, [])))


asyncio.run(main())
