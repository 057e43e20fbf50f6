# SPDX-License-Identifier: Apache-2.0
"""An aiohttp server, which says what became of its requests when it is stopped."""
import asyncio
import collections
import sys

from aiohttp import WSMsgType, web


counts = collections.Counter()


async def hello(request):
    counts["hello"] += 1
    await asyncio.sleep(0.001)
    return web.json_response({"hello": request.match_info["name"]})


async def chunks(request):
    """A chunked response."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for i in range(int(request.query["n"])):
        await response.write(b"chunk %d\n" % i)
        await asyncio.sleep(0)
    await response.write_eof()
    counts["chunked"] += 1
    return response


async def echo(request):
    """A websocket that sends back what it gets."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            counts["echoed"] += 1
            await socket.send_str(message.data.upper())
    return socket


async def endless(request):
    """A response that only the client ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b"x" * 1000)
            await asyncio.sleep(0.002)
    except (ConnectionError, asyncio.CancelledError):
        counts["abandoned"] += 1
        raise


async def hang(request):
    """A request that only the end of the server ends."""
    counts["hanging"] += 1
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        counts["cancelled"] += 1
        raise


async def abandoned(request):
    """Answers when so many clients have gone."""
    while counts["abandoned"] < int(request.query["n"]) or counts["hanging"] < int(request.query["hanging"]):
        await asyncio.sleep(0.002)
    return web.Response(text="ok")


def main():
    app = web.Application(handler_args={"handler_cancellation": True})
    app.add_routes([web.get("/hello/{name}", hello), web.get("/chunks", chunks), web.get("/echo", echo),
                    web.get("/endless", endless), web.get("/hang", hang), web.get("/abandoned", abandoned)])
    web.run_app(app, path=sys.argv[1], print=lambda *_: print("ready", flush=True), shutdown_timeout=0.2)
    print("server:", sorted(counts.items()), flush=True)


if __name__ == "__main__":
    main()
