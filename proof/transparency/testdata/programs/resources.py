# SPDX-License-Identifier: Apache-2.0
"""What is left open, as -X dev and tracemalloc tell of it."""
import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import warnings

warnings.simplefilter("always")


async def main():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 60
    ours, theirs = socket.socketpair()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    del transport, _, ours
    gc.collect()
    await asyncio.sleep(0.05)
    reader, writer = os.pipe()
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writer, "wb", 0))
    os.close(reader)
    theirs.close()
    await asyncio.sleep(0.05)
    print("closing", transport.is_closing())
    socket.socket()
    open(os.devnull)
    process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "", stdin=subprocess.DEVNULL)
    await process.wait()


loop = asyncio.new_event_loop()
loop.run_until_complete(main())
for thread in threading.enumerate()[1:]:
    thread.join()  # that of a child watcher has the loop, and does not end at a given time
del loop
gc.collect()
print("end")
