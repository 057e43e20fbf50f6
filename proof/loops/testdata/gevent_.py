# SPDX-License-Identifier: Apache-2.0
"""asyncio where gevent has replaced what blocks, in the main thread and in one of gevent's."""
from gevent import monkey

monkey.patch_all()

import asyncio

import gevent


async def kid(n):
    await asyncio.sleep(0.001 * n)


async def main(tag):
    loop = asyncio.get_running_loop()
    kids = []
    for n in range(2):
        kids.append(loop.create_task(kid(n), name="%s %d" % (tag, n)))
    called = loop.create_future()
    loop.call_soon_threadsafe(called.set_result, None)
    await called
    await asyncio.gather(*kids)


other = gevent.spawn(gevent.sleep, 0.01)
asyncio.run(main("kid"))
other.join()
gevent.get_hub().threadpool.apply(lambda: asyncio.run(main("pool's kid")))
gevent.get_hub().threadpool.kill()
