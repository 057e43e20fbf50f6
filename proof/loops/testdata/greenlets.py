# SPDX-License-Identifier: Apache-2.0
"""Calls in greenlets. A function called in_x is called by x and by no other; only functions
called raise_x end with an exception. Prints what a program can see of switches."""
import asyncio
import concurrent.futures
import gc
import sys
import threading

EARLY = "early" in sys.argv
if EARLY:
    import greenlet


def parent():
    return greenlet.getcurrent().parent


# A task does the waiting of a function that is not asynchronous.

async def spawn(function, *args):
    worker = greenlet.greenlet(function)
    result = worker.switch(*args)
    while not worker.dead:
        try:
            value = await result
        except Exception as error:
            result = worker.throw(error)
        else:
            result = worker.switch(value)
    in_spawn()
    return result


def in_spawn():
    pass


async def raise_later():
    await asyncio.sleep(0)
    raise KeyError("failed")


def query():
    in_query()
    parent().switch(asyncio.sleep(0.001))
    in_query()
    subquery()
    try:
        raise_wait()
    except KeyError:
        in_query()
    return sum(in_query() or 1 for _ in range(3))


def raise_wait():
    parent().switch(raise_later())


def subquery():
    in_subquery()
    parent().switch(asyncio.sleep(0))
    in_subquery()


def in_query():
    pass


def in_subquery():
    pass


# Greenlets that switch to each other.

def ping(rounds):
    in_ping()
    for _ in range(rounds):
        others["pong"].switch()
        in_ping()


def raise_pong():
    while True:
        in_raise_pong()
        others["ping"].switch()


def in_ping():
    pass


def in_raise_pong():
    pass


def back_and_forth():
    others["ping"], others["pong"] = greenlet.greenlet(ping), greenlet.greenlet(raise_pong)
    others["ping"].switch(3)
    in_back_and_forth()
    others.clear()


def in_back_and_forth():
    pass


others = {}


# Those that are thrown into, that die, that are collected while they are suspended.

def thrown_into():
    try:
        parent().switch()
    except ValueError:
        in_thrown_into()
    return "thrown"


def in_thrown_into():
    pass


def raise_dying():
    parent().switch()
    raise LookupError("dead")


def raise_collected(log):
    try:
        parent().switch()
    finally:
        in_raise_collected()
        log.append("cleaned up")


def in_raise_collected():
    pass


def ends():
    worker = greenlet.greenlet(thrown_into)
    worker.switch()
    print(worker.throw(ValueError), worker.dead)
    worker = greenlet.greenlet(raise_dying)
    worker.switch()
    try:
        worker.switch()
    except LookupError as error:
        print(error, worker.dead)
    log = []
    worker = greenlet.greenlet(raise_collected)
    worker.switch(log)
    del worker
    gc.collect()
    in_ends()
    print(log)


def in_ends():
    pass


# Greenlets within greenlets, and a generator that is resumed in another one.

def outer():
    inner = greenlet.greenlet(middle)
    inner.switch()
    in_outer()
    inner.switch()
    in_outer()


def middle():
    in_middle()
    parent().switch()
    in_middle()


def raise_collected_soon():
    parent().switch()


def in_outer():
    pass


def in_middle():
    pass


def raise_items():
    in_raise_items()
    yield 1
    in_raise_items()
    yield 2


def in_raise_items():
    pass


def generators():
    both = raise_items()
    next(both)
    greenlet.greenlet(lambda: next(both)).switch()
    greenlet.greenlet(outer).switch()


# The program's own function for switches.

def raise_traced():
    greenlet.greenlet(middle).switch()


def traced():
    seen = []

    def tracer(event, args):
        back = sys._getframe().f_back if "frames" in sys.argv else None
        seen.append((event, args[0] is main, args[1] is main, back and back.f_code.co_name))

    def failing(event, args):
        raise RuntimeError("of the tracer")

    main = greenlet.getcurrent()
    print(greenlet.gettrace(), greenlet.settrace(tracer), greenlet.gettrace() is tracer)
    greenlet.greenlet(raise_collected_soon).switch()
    print(greenlet.settrace(None) is tracer, greenlet.gettrace(), seen)
    greenlet.settrace(failing)
    try:
        raise_traced()
    except RuntimeError as error:
        print(error, greenlet.gettrace())
    try:
        greenlet.settrace()
    except TypeError as error:
        print(type(error).__name__)
    if "frames" in sys.argv:
        print(greenlet.settrace, type(greenlet.gettrace).__name__, greenlet.settrace.__module__)


# A loop in a greenlet, whose callbacks switch to the main one and are switched to by it.

def dispatcher(main):
    loop = asyncio.new_event_loop()
    asyncio.events._set_running_loop(None)
    loop.call_soon(main.switch, "first")
    loop.call_later(0.001, main.switch, "second")
    loop.call_later(0.002, loop.stop)
    loop.run_forever()
    loop.close()
    return "closed"


def loop_in_greenlet():
    loop = greenlet.greenlet(dispatcher)
    said = [loop.switch(greenlet.getcurrent())]
    in_loop_in_greenlet()
    said.append(loop.switch())
    in_loop_in_greenlet()
    said.append(loop.switch())
    in_loop_in_greenlet()
    print(said)


def in_loop_in_greenlet():
    pass


def everything():
    back_and_forth()
    ends()
    generators()


def in_main():
    pass


async def main():
    global greenlet
    import greenlet

    print(await spawn(query))
    print(await asyncio.gather(*(spawn(query) for _ in range(3))))
    everything()
    traced()
    in_main()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        await asyncio.get_running_loop().run_in_executor(pool, everything)
    print(await spawn(query))


if EARLY:
    everything()
    loop_in_greenlet()
asyncio.run(main())
thread = threading.Thread(target=everything)
thread.start()
thread.join()
if not EARLY:
    loop_in_greenlet()
everything()
print(greenlet.gettrace())
