# SPDX-License-Identifier: Apache-2.0
"""Started in many ways: says how, and ends with an error."""
import asyncio
import os
import sys


async def main():
    await asyncio.sleep(0)
    raise LookupError("at the end")


print(sys.argv, getattr(sys, "orig_argv", [])[1:], sys.path, __name__, sys.flags)
print(__spec__ and __spec__.name, __package__, globals().get("__file__"), globals().get("__cached__"), __doc__, __debug__)
print(sys.stdin.read() if "stdin" in sys.argv else "")
print(sys.modules["__main__"].__dict__ is globals(), os.path.basename(sys.executable), sys.warnoptions, sys._xoptions)
print([os.path.basename(getattr(sys.modules.get(name), "__file__", None) or "") for name in ("sitecustomize", "usercustomize")])
asyncio.run(main())
