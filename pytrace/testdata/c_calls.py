# SPDX-License-Identifier: Apache-2.0
"""Functions of C that belong to modules, to types and to objects."""
import asyncio
import math
import time


async def main():
    print(math.gcd(4, 6))
    time.monotonic()
    [].append(1)
    "".join(())
    dict.fromkeys(())


asyncio.run(main())
