# SPDX-License-Identifier: Apache-2.0
"""Has a finder of modules that asks all others, and one that fails for a name."""
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None


class Fails:
    def find_spec(self, name, path=None, target=None):
        if name == "concurrent.futures.thread":
            sys.meta_path.remove(self)
            raise ImportError("no " + name)


sys.meta_path.insert(0, Finder())
sys.meta_path.insert(2, Fails())
try:
    import concurrent.futures.thread
except ImportError as problem:
    print(problem)
import asyncio
import concurrent.futures.thread

print(type(asyncio.base_events.__loader__).__name__)
asyncio.run(asyncio.sleep(0))
