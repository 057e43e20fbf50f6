# SPDX-License-Identifier: Apache-2.0
"""Classes that override what a recorder is interested in, and functions that are replaced."""
import asyncio
import heapq
import sys

trail = []


class Virtual(asyncio.SelectorEventLoop):
    """A loop whose clock jumps, which sees its own calls."""

    now = 0.0

    def time(self):
        return self.now

    def call_soon(self, callback, *args, context=None):
        trail.append("call_soon " + getattr(callback, "__name__", type(callback).__name__))
        return super().call_soon(callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        trail.append("call_at %g" % when)
        return super().call_at(when, callback, *args, context=context)

    def call_later(self, delay, callback, *args, context=None):
        trail.append("call_later %g" % delay)
        return super().call_later(delay, callback, *args, context=context)

    def create_task(self, coro, **options):
        trail.append("create_task %s %s" % (coro.__name__, sorted(options)))
        return super().create_task(coro, **options)

    def create_future(self):
        trail.append("create_future")
        return super().create_future()

    def _run_once(self):
        trail.append("_run_once %d %d" % (len(self._ready), len(self._scheduled)))
        if not self._ready and self._scheduled:
            self.now = self._scheduled[0]._when
        super()._run_once()

    def _process_events(self, event_list):
        trail.append("_process_events %d" % len(event_list))
        super()._process_events(event_list)

    def run_forever(self):
        trail.append("run_forever")
        super().run_forever()


class Minimal(asyncio.BaseEventLoop):
    """A loop of the program's own, which does not watch anything."""

    class Selector:
        def select(self, timeout):
            trail.append("select %s" % timeout)
            return []

    def __init__(self):
        super().__init__()
        self._selector = self.Selector()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        trail.append("_write_to_self")


class Task(asyncio.Task):
    def cancel(self, *args, **options):
        trail.append("cancel of a task")
        return super().cancel(*args, **options)

    def set_name(self, name):
        trail.append("set_name %s" % name)
        super().set_name(name)

    def get_name(self):
        trail.append("get_name")
        return super().get_name()

    def get_coro(self):
        trail.append("get_coro")
        return super().get_coro()

    def done(self):
        trail.append("done")
        return super().done()

    def cancelling(self):
        trail.append("cancelling")
        return super().cancelling()

    def _wakeup(self):
        raise AssertionError("nobody calls this")


class Handle(asyncio.Handle):
    def _run(self):
        trail.append("_run of a handle")
        super()._run()

    def cancel(self):
        trail.append("cancel of a handle")
        super().cancel()


async def sleeper(n):
    await asyncio.sleep(n)
    return n


async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **options: Task(coro, loop=loop, **options))
    tasks = [loop.create_task(sleeper(n)) for n in (0, 3600)]
    cancelled = loop.create_task(sleeper(60))
    await asyncio.sleep(0)
    cancelled.set_name("cancelled")
    cancelled.cancel()
    for handle in Handle(trail.append, ("callback",), loop), Handle(print, ("never",), loop):
        loop._ready.append(handle)
    handle.cancel()
    return await asyncio.gather(*tasks, cancelled, return_exceptions=True)


async def short():
    loop = asyncio.get_running_loop()
    loop.call_soon_threadsafe(trail.append, "outside")
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def replaced():
    """A function that is replaced and put back is the one it was."""
    before = asyncio.Handle._run, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop._run_once

    def run(self):
        trail.append("replaced _run")
        return before[0](self)

    def call_soon(self, *args, **options):
        trail.append("replaced call_soon")
        return before[1](self, *args, **options)

    def run_once(self):
        trail.append("replaced _run_once")
        return before[2](self)

    asyncio.Handle._run, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop._run_once = run, call_soon, run_once
    asyncio.run(short())
    print(asyncio.Handle._run is run, asyncio.BaseEventLoop.call_soon is call_soon, asyncio.BaseEventLoop._run_once is run_once)
    asyncio.Handle._run, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop._run_once = before
    asyncio.run(short())
    print(before == (asyncio.Handle._run, asyncio.BaseEventLoop.call_soon, asyncio.BaseEventLoop._run_once))


async def scheduling():
    """The functions that call_soon calls are replaced while the loop runs."""
    loop = asyncio.get_running_loop()
    base, own = asyncio.BaseEventLoop, type(loop)
    for name in "_call_soon", "_check_closed":
        original = getattr(loop, name)

        def seen(self, *args, name=name, original=getattr(base, name)):
            trail.append("%s of a class" % name)
            return original(self, *args)

        def seen_here(*args, name=name, original=original):
            trail.append("%s of the loop" % name)
            return original(*args)

        for owner, function in (base, seen), (own, seen), (loop, seen_here):
            before = owner.__dict__.get(name)
            setattr(owner, name, function)
            for _ in range(2):
                loop.call_soon(trail.append, "called")
            await asyncio.sleep(0)
            if before is None:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
            loop.call_soon(trail.append, "as before")
            await asyncio.sleep(0)


if sys.argv[1] == "replaced":
    replaced()
elif sys.argv[1] == "scheduling":
    asyncio.run(scheduling())
else:
    loop = Virtual() if sys.argv[1] == "virtual" else Minimal()
    print([type(r).__name__ for r in loop.run_until_complete(main())] if sys.argv[1] == "virtual" else loop.run_until_complete(short()))
    loop.close()
print("\n".join(trail))
