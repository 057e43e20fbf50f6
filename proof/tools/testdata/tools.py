# SPDX-License-Identifier: Apache-2.0
"""Looks at own.py with a tool, and prints what that has seen."""
import asyncio
import os
import sys
import threading

import own

here = os.path.dirname(os.path.abspath(__file__))


def covered(core):
    import coverage

    c = coverage.Coverage(data_file=None, branch=core != "sysmon", timid=core == "timid", include=[here + "/own.py"],
                          concurrency=["thread"])
    c.start()
    own.run()
    c.stop()
    data = c.get_data()
    for file in sorted(data.measured_files()):
        print(os.path.basename(file), sorted(data.lines(file)), sorted(data.arcs(file) or ()))


def counts(profiler):
    import pstats

    for (file, _, name), (_, calls, _, _, _) in sorted(pstats.Stats(profiler).stats.items()):
        if file.endswith("own.py"):
            print(name, calls)


def profiled(kind):
    if kind == "c":
        import cProfile as module
    else:
        import profile as module
    profiler = module.Profile()
    profiler.runcall(own.run)
    counts(profiler)


def profiled_within():
    """Switched on and off while the loop runs."""
    import cProfile

    profiler = cProfile.Profile()

    async def main():
        await own.child(1)
        profiler.enable()
        await own.child(1)
        profiler.disable()
        for _ in range(3):
            await own.child(1)

    asyncio.run(main())
    counts(profiler)


def yappi():
    """A profiler written in C that takes its slot without an object."""
    import yappi as profiler

    profiler.set_clock_type("wall")
    profiler.start()
    own.run()
    profiler.stop()
    for name, calls in sorted((s.name, s.ncall) for s in profiler.get_func_stats() if s.module == own.__file__):
        print(name, calls)


def slots(name):
    """The program's own function for a slot, while the loop runs, and in threads."""
    seen = []

    def look(frame, event, arg):
        if frame.f_code.co_filename == own.__file__ and not event.startswith("c_"):
            seen.append("%s %s %d" % (event, frame.f_code.co_name, frame.f_lineno if event == "line" else 0))
        return look

    place = getattr(sys, name)

    async def main():
        await own.child(1)
        place(look)
        getattr(threading, name)(look)
        await own.main()
        getattr(threading, name)(None)
        place(None)
        for _ in range(3):
            await own.child(1)

    asyncio.run(main())
    print("\n".join(sorted(seen)))  # threads go at their own pace


def kept():
    """What lies in the slots is taken out and put back, as some libraries do."""

    async def main():
        for get, put in (sys.getprofile, sys.setprofile), (sys.gettrace, sys.settrace):
            old = get()
            put(None)
            await own.child(1)
            put(old)
            await own.child(1)

    asyncio.run(main())
    own.run()


def monitors(how):
    """Tools of sys.monitoring beside curtain's."""
    m = sys.monitoring
    seen = []

    async def main():
        await own.child(1)
        ids = {"one": [3], "four": [4], "all": range(6), "frees": [3], "restarts": [3]}[how]
        for tool in ids:
            m.use_tool_id(tool, "mine")
        if how == "frees":
            for tool in range(6):
                m.free_tool_id(tool)
            m.use_tool_id(3, "mine")
        tool = ids[-1]
        m.register_callback(tool, m.events.PY_START, lambda code, _: seen.append(code.co_name) if code.co_filename == own.__file__ else m.DISABLE)
        m.set_events(tool, m.events.PY_START)
        if how == "restarts":
            for _ in range(100):
                m.restart_events()
                await own.child(1)
        await own.main()
        m.set_events(tool, 0)
        await own.child(1)
        try:
            m.use_tool_id(tool, "again")
        except ValueError as problem:
            print(problem)

    asyncio.run(main())
    print(sorted(seen))


def deep():
    """Calls within calls, as many as there is room for, and one more."""
    sys.setrecursionlimit(20_000)

    def down(n):
        return n if n == 0 else down(n - 1)

    def without_end(n):
        return without_end(n + 1)

    async def main():
        print(down(15_000 if sys.version_info < (3, 12) else 19_000))
        for limit in 1000, 200:
            sys.setrecursionlimit(limit)
            try:
                without_end(0)
            except RecursionError:
                print("too deep")
            await own.child(1)

    threading.stack_size(512 << 20)
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()


def threads():
    """Many, before, beside and after a loop."""

    def work():
        for n in range(100):
            own.add(n, n)
        try:
            own.fails()
        except ValueError:
            pass

    def many():
        some = [threading.Thread(target=work) for _ in range(10)]
        for thread in some:
            thread.start()
        for thread in some:
            thread.join()

    many()

    async def main():
        await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(None, work) for _ in range(20)))
        many()

    asyncio.run(main())
    many()
    own.run()


def forks():
    """In the middle of nested calls."""

    def nested(n):
        if n > 0:
            return nested(n - 1)
        pid = os.fork()
        if pid == 0:
            own.add(1, 2)
        return pid

    async def main():
        await own.child(1)
        pid = nested(10)
        if pid == 0:
            own.add(3, 4)
            os._exit(own.add(3, 4))
        await own.child(1)
        return os.waitpid(pid, 0)[1] >> 8

    print(asyncio.run(main()))
    pid = nested(10)
    if pid == 0:
        own.run()  # a loop in a child that has none from before
        sys.stdout.flush()
        os._exit(5)
    print(os.waitpid(pid, 0)[1] >> 8)


globals()[sys.argv[1]](*sys.argv[2:])
