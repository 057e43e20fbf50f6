# SPDX-License-Identifier: Apache-2.0
"""What a program sees of a terminal, and the line that is typed there."""
import asyncio
import os
import sys
import termios


async def main():
    loop = asyncio.get_running_loop()
    print([s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr)], os.get_terminal_size(), os.ttyname(0) == os.ttyname(1))
    print(termios.tcgetattr(0)[:4], os.tcgetpgrp(0) == os.getpgid(0), sys.stdout.line_buffering)
    line = loop.create_future()
    loop.add_reader(0, lambda: line.done() or line.set_result(os.read(0, 100)))
    print("ready", flush=True)
    print(await line)
    print("and Ctrl-C", flush=True)
    await asyncio.sleep(60)


asyncio.run(main())
