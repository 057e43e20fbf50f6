# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios of this directory, each on a new loop, and prints what they say
below their names. Time is virtual: when a loop waits, its clock jumps."""
import asyncio
import importlib
import inspect
import selectors
import sys


class VirtualSelector(selectors.DefaultSelector):
    def select(self, timeout=None):
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        events = super().select(0)
        if not events:
            self.loop.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        selector = VirtualSelector()
        selector.loop, self.now = self, 0.0
        super().__init__(selector)

    def time(self):
        return self.now


def since(*version):
    """Leaves out a scenario on versions that lack what it is about."""
    def mark(scenario):
        scenario.since = version
        return scenario
    return mark


say = print


def run(scenario):
    if not inspect.iscoroutinefunction(scenario):
        scenario()
        return
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(scenario())
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True)) if left else None
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def main(theme):
    for name, scenario in vars(importlib.import_module(theme)).items():
        mine = inspect.isfunction(scenario) and scenario.__module__ == theme and not name.startswith("_")
        if mine and sys.version_info >= getattr(scenario, "since", ()):
            print("--", name, "--")
            run(scenario)


if __name__ == "__main__":
    sys.modules["parity"] = sys.modules["__main__"]
    main(sys.argv[1])
