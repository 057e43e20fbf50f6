# SPDX-License-Identifier: Apache-2.0
"""Pickling and copying of what belongs to asyncio, here and in another process."""
import asyncio
import concurrent.futures
import copy
import functools
import multiprocessing
import pickle
import sys


class Job:
    def __init__(self, loop_class):
        self.loop_class = loop_class

    def __call__(self, n):
        loop = self.loop_class()
        try:
            return loop.run_until_complete(self.work(n))
        finally:
            loop.close()

    async def work(self, n):
        await asyncio.sleep(0)
        return n * 2


async def main():
    for function in asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop.call_at, asyncio.Handle._run, asyncio.Handle.cancel, \
            asyncio.BaseEventLoop.run_forever, asyncio.Handle, asyncio.Task, asyncio.SelectorEventLoop, asyncio.sleep:
        data = pickle.dumps(function)
        print(data, pickle.loads(data) is function, copy.deepcopy(function) is function)
    for what in asyncio.current_task(), asyncio.get_running_loop().call_later(60, print):
        try:
            pickle.dumps(what)
        except TypeError as error:
            print(error)
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(await asyncio.gather(*(loop.run_in_executor(pool, Job(asyncio.SelectorEventLoop), n) for n in range(4))))
        print(await loop.run_in_executor(pool, functools.partial(pow, 2), 10))
        try:
            await loop.run_in_executor(pool, divmod, 1, 0)
        except ZeroDivisionError as error:
            print(repr(error), type(error.__cause__).__name__)
    process = context.Process(target=Job(asyncio.new_event_loop), args=(1,), name="worker")
    process.start()
    process.join()
    print(process.exitcode, process.name)


if __name__ == "__main__":
    asyncio.run(main())
