# SPDX-License-Identifier: Apache-2.0
"""Several loops: in threads, one after the other, made here and run there."""
import asyncio
import threading


async def work(n):
    await asyncio.gather(*(asyncio.sleep(0.0005 * i) for i in range(n)))
    return n


def run(n, out):
    out.append(asyncio.run(work(n)))


out = []
threads = [threading.Thread(target=run, args=(n, out)) for n in range(1, 5)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(out))
print(asyncio.run(work(2)), asyncio.run(work(3)))

loop = asyncio.new_event_loop()
loop.call_soon(out.append, 8)
loop.call_soon_threadsafe(out.append, 9)
timer = loop.call_later(0.001, out.append, 10)
task = loop.create_task(work(2))
task.add_done_callback(lambda _: loop.stop())
thread = threading.Thread(target=loop.run_forever)
thread.start()
thread.join()
loop.close()
print(task.result(), out[4:6])
