# SPDX-License-Identifier: Apache-2.0
"""What asyncio's classes say of themselves."""
import ast
import asyncio
import hashlib
import inspect
import pydoc

from asyncio import base_events, events, selector_events, tasks, unix_events


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


for owner in base_events.BaseEventLoop, events.Handle, events.TimerHandle, selector_events.BaseSelectorEventLoop, \
        unix_events._UnixSelectorEventLoop, asyncio.Queue, asyncio.Lock, tasks._PyTask, asyncio.Task, asyncio.Future, base_events.Server:
    print(owner.__module__, owner.__qualname__, owner.__mro__, list(vars(owner)))
    for name, member in vars(owner).items():
        if not inspect.isfunction(member):
            continue
        code = member.__code__  # of its flags not whether it has cells, as hooked functions do
        print(name, member.__name__, member.__qualname__, member.__module__, inspect.signature(member), member.__defaults__,
              member.__kwdefaults__, member.__annotations__, sorted(member.__dict__), code.co_firstlineno, code.co_name,
              code.co_filename == inspect.getsourcefile(owner), code.co_flags & ~0x50, code.co_cellvars,
              member.__globals__ is vars(inspect.getmodule(owner)), member.__doc__ and digest(member.__doc__),
              inspect.iscoroutinefunction(member))
        source = inspect.getsource(member)
        print(digest(source), len(ast.parse("class _:\n" + source).body), inspect.getsourcelines(member)[1])
print(inspect.getsource(asyncio.BaseEventLoop.call_soon))
print(inspect.getsource(asyncio.Handle._run))
print(pydoc.render_doc(asyncio.BaseEventLoop.call_later, renderer=pydoc.plaintext))
print([name for name, member in inspect.getmembers(tasks, inspect.isfunction)])
print(inspect.unwrap(asyncio.BaseEventLoop.call_soon) is asyncio.BaseEventLoop.call_soon)
