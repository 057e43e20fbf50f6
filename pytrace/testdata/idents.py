# SPDX-License-Identifier: Apache-2.0
"""asyncio where threads have other numbers than the system's, as gevent's are those of greenlets."""
import threading

real = threading.get_ident


def get_ident():
    return real() ^ 1


threading.get_ident = get_ident
threading._active[get_ident()] = threading._active.pop(real())
threading.main_thread()._ident = get_ident()

import asyncio


async def child(n):
    await asyncio.sleep(0.001 * n)
    return n


async def main():
    loop = asyncio.get_running_loop()
    tasks = [asyncio.ensure_future(child(0))]
    for n in 1, 2:
        tasks.append(loop.create_task(child(n), name="child %d" % n))
    called = loop.create_future()
    loop.call_soon_threadsafe(called.set_result, "called")
    loop.call_later(0.001, print, "later")
    print(await asyncio.gather(*tasks), await called)
    await asyncio.wait([loop.run_in_executor(None, print, "job")])


asyncio.run(main())
