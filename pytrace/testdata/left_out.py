# SPDX-License-Identifier: Apache-2.0
"""Has parts that cannot be recorded: threads beyond the limit, or what follows a setuid."""
import asyncio
import os
import sys
import threading

asyncio.run(asyncio.sleep(0))
if sys.argv[1] == "threads":
    barrier = threading.Barrier(262)

    def run():
        barrier.wait()
        asyncio.run(asyncio.sleep(0))
        barrier.wait()

    threads = [threading.Thread(target=run) for _ in range(262)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
else:
    os.setgid(65534)
    os.setuid(65534)
    if sys.argv[1] == "thread":
        thread = threading.Thread(target=asyncio.run, args=(asyncio.sleep(0),))
        thread.start()
        thread.join()
    else:
        child = os.fork()
        asyncio.run(asyncio.sleep(0))
        if child:
            os.waitpid(child, 0)
