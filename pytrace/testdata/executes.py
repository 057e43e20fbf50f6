# SPDX-License-Identifier: Apache-2.0
"""Has a job and a call from another thread, then executes itself once: the same process."""
import asyncio
import os
import sys


async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, loop.call_soon_threadsafe, print)


asyncio.run(main())
if len(sys.argv) == 1:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, __file__, "again"])
