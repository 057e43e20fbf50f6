# SPDX-License-Identifier: Apache-2.0
"""Starts a program, and goes on meanwhile."""
import asyncio
import sys


async def main():
    ticks = asyncio.create_task(asyncio.sleep(0.05, "ticks"), name="ticks")
    program = await asyncio.create_subprocess_exec(*sys.argv[1:], stdout=asyncio.subprocess.PIPE)
    output, _ = await program.communicate()
    print(output.decode(), end="")
    print(await ticks, program.returncode)


asyncio.run(main())
