# SPDX-License-Identifier: Apache-2.0
"""Kills itself in the middle of a step."""
import asyncio
import os
import signal


async def main():
    for _ in range(100):
        await asyncio.sleep(0)
    print("now", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main())
