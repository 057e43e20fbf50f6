# SPDX-License-Identifier: Apache-2.0
"""Calls a loop from more places than a table of places has room for at first, in a thread."""
import asyncio
import threading

PLACES = 12_000
code = compile("call(int)\n" * PLACES, "<places>", "exec")


async def main():
    other = threading.Thread(target=exec, args=(code, {"call": asyncio.get_running_loop().call_soon_threadsafe}), name="other")
    other.start()
    while other.is_alive():
        await asyncio.sleep(0.01)


asyncio.run(main())
