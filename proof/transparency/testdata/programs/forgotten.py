# SPDX-License-Identifier: Apache-2.0
"""Tasks that are destroyed while they wait, and coroutines that are never awaited."""
import asyncio
import gc
import sys
import warnings

warnings.simplefilter("always")
gc.disable()  # so that all happens at the same moment


async def stuck(future):
    await future


async def never():
    pass


async def starts():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 60
    loop.create_task(stuck(loop.create_future()), name="stuck")
    never()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()


class Origin:
    async def method(self):
        pass


def origins():
    sys.set_coroutine_origin_tracking_depth(5)
    coro = Origin().method()
    print([(line, name) for _, line, name in coro.cr_origin])
    coro.close()

    async def of_a_task():
        loop = asyncio.get_running_loop()
        coros = []
        loop.call_soon(lambda: coros.append(never()))
        await asyncio.sleep(0)
        coro = never()
        for c in coros + [coro]:
            print([(line, name) for _, line, name in c.cr_origin])
            c.close()

    asyncio.run(of_a_task())
    sys.set_coroutine_origin_tracking_depth(0)


loop = asyncio.new_event_loop()
loop.run_until_complete(starts())
task = loop.create_task(stuck(loop.create_future()))
loop.call_soon(loop.stop)
loop.run_forever()
del task
gc.collect()
task = loop.create_task(never())  # its first step never runs
loop.close()
del task
gc.collect()
origins()
