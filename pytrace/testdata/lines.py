# SPDX-License-Identifier: Apache-2.0
"""Calls a function of its own, asyncio's and one of an installed package."""
import asyncio
import os
import sys
import tempfile


def own():
    return 1


async def main():
    await asyncio.sleep(0)
    return own() + installed.function()


with tempfile.TemporaryDirectory() as directory:
    packages = os.path.join(directory, "lib", "site-packages")
    os.makedirs(packages)
    with open(os.path.join(packages, "installed.py"), "w") as file:
        file.write("def function():\n    return 2\n")
    sys.path.append(packages)
    import installed

    print(asyncio.run(main()))
