# SPDX-License-Identifier: Apache-2.0
"""A server of aiohttp, which makes a task for each request, and starts it at once from Python 3.12 on."""
import asyncio

from aiohttp import ClientSession, web


async def at_once(request):
    return web.Response(text="at once")


async def waits(request):
    await asyncio.sleep(0.001)
    return web.Response(text="waited")


async def main():
    app = web.Application()
    app.router.add_get("/once", at_once)
    app.router.add_get("/waits", waits)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession() as session:
        for path in ("once", "waits") * 3:
            async with session.get("http://127.0.0.1:%d/%s" % (port, path)) as response:
                print(await response.text())
    await runner.cleanup()


asyncio.run(main())
