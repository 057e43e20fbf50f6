# SPDX-License-Identifier: Apache-2.0
"""The program of the pictures in docs/python.md."""
import asyncio


async def sleepy_hello(name):
    print("Hello,", name)
    await asyncio.sleep(0.005)
    print("bye,", name)


async def main():
    await asyncio.gather(sleepy_hello("Ada"), sleepy_hello("Guido"))


asyncio.run(main())
