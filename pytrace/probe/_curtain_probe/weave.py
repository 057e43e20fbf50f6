# SPDX-License-Identifier: Apache-2.0
"""Weaves statements into functions of the standard library.

A function that only stands before another one and calls it would have a frame of
its own: in tracebacks, in what debug mode remembers of a coroutine's origin, in
whatever looks at the stack. So a function is compiled again from its source with
a few statements more, which call the probe and come back. It has the names, the
lines and the signature that it had.
"""
from .own import CodeType, FunctionType, modules

_AST, _FUTURES = 0x400, 0x1FF0000  # flags of compile: give the tree; what __future__ has switched on
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")  # where statements have others
_VARARGS, _VARKEYWORDS = 4, 8  # flags of code
_COROUTINE = 0x80  # a flag of code; others, from 3.14 on: it has a docstring, it lies in a class
_KEPT = 0x4000000 | 0x8000000
_ORIGINAL = "_curtain_original"
# What a function has besides its code, and is not given when it is made. From 3.14 on __annotate__
# makes the annotations when they are asked for.
_ATTRIBUTES = ("__kwdefaults__", "__qualname__", "__module__", "__doc__", "__type_params__",
               "__annotate__" if hasattr(FunctionType, "__annotate__") else "__annotations__")


def weave(owner, name, functions, before="", always="", after="", spots=None):
    """Puts a function with more statements in the place of owner's one. owner is a class,
    or a module.

    before runs first; always runs at the end, whatever happens; after runs before
    each return, with the result in _result. spots(node) answers, for a statement of the
    function, what runs before it. They may use the function's arguments, and
    the functions that are given by name. Each of those gets a cell, and these are
    returned by name: other contents make the statements call another function.

    Where the source is not at hand the statements go around a call of the function, and
    those of spots cannot be had: that is an error.
    """
    function = owner.__dict__[name]
    try:
        woven = _woven(owner, function, functions, before, always, after, spots)
    except Exception:
        if spots is not None:
            raise
        return wrap(owner, name, functions, before, always, after)
    return _put(owner, name, function, woven, functions)


def wrap(owner, name, functions, before="", always="", after=""):
    """Does so with the statements around a call of the function."""
    function = owner.__dict__[name]
    return _put(owner, name, function, _wrapped(function, functions, before, always, after), dict(functions, _curtain_original=function))


def is_wrapped(function):
    return _ORIGINAL in function.__code__.co_freevars


def _put(owner, name, function, woven, functions):
    cells = {key: _cell(value) for key, value in functions.items()}
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()), **cells)
    made = FunctionType(woven, function.__globals__, function.__name__, function.__defaults__,
                        tuple(closure[key] for key in woven.co_freevars))
    for attribute in _ATTRIBUTES:
        if hasattr(function, attribute):
            setattr(made, attribute, getattr(function, attribute))
    made.__dict__.update(function.__dict__)
    (type.__setattr__ if isinstance(owner, type) else setattr)(owner, name, made)  # not a metaclass's
    return cells


def innermost(function):
    """Returns the code of the frame that runs a function's own statements."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    original = cells.get(_ORIGINAL)
    return (function if original is None else original.cell_contents).__code__


def _woven(owner, function, functions, before, always, after, spots):
    code = function.__code__
    tree, definition, names = _parse(owner, list(functions) + list(code.co_freevars), _source(function))
    body = definition.body
    doc = body[:1] if function.__doc__ is not None else []
    body = body[len(doc):] or _statements("pass", doc[0].lineno)
    if spots is not None and not _put_before(body, spots):
        raise ValueError("there is no such place in the function")
    if after:
        _before_returns(body, after)
        if type(body[-1]).__name__ != "Return":
            body += _statements("_result = None\n" + after, body[-1].lineno)
    if always:
        guard = _statements("try:\n pass\nfinally:\n " + always, body[-1].lineno)
        guard[0].body = body
        body = guard
    definition.body = doc + _statements(before, body[0].lineno) + body
    woven = _compile(tree, names, function)
    if not _is_within(code, woven):
        raise ValueError("the source is not that of the function")
    return woven


def passed(code):
    """Returns the arguments by which a function is called with its own arguments."""
    return ", ".join(_arguments(code, lambda name: name + "=" + name))


def _arguments(code, keyword):
    names = code.co_varnames
    plain, keywords = code.co_argcount, code.co_kwonlyargcount
    arguments = list(names[:plain])
    rest = plain + keywords
    if code.co_flags & _VARARGS:
        arguments.append("*" + names[rest])
        rest += 1
    elif keywords and keyword is None:
        arguments.append("*")
    arguments += [name if keyword is None else keyword(name) for name in names[plain:plain + keywords]]
    if code.co_flags & _VARKEYWORDS:
        arguments.append("**" + names[rest])
    return arguments


def _wrapped(function, functions, before, always, after):
    """Returns the code of a function with the same arguments that calls the given one."""
    code = function.__code__
    is_async = code.co_flags & _COROUTINE
    lines = ["def _(_curtain_original, %s):" % ", ".join(functions),
             " %s _function(%s):" % ("async def" if is_async else "def", ", ".join(_arguments(code, None)))]
    lines += ["  " + line for line in before.splitlines()] + ["  try:"]
    lines += ["   _result = %s_curtain_original(%s)" % ("await " if is_async else "", passed(code))]
    lines += ["   " + line for line in after.splitlines()] + ["   return _result"]
    lines += ["  finally:"] + ["   " + line for line in (always or "pass").splitlines()]
    tree = compile("", "<probe>", "exec", _AST, True)
    tree.body = _statements("\n".join(lines), 1)
    return _compile(tree, ("_", "_function"), function)


def _compile(tree, names, function):
    """Compiles a function within others, by their names, which gets the name and the lines
    of the given one."""
    code = function.__code__
    outer = compile(tree, code.co_filename, "exec", code.co_flags & _FUTURES, True)
    for name in names:  # not the first code: annotations have some, and defaults may have
        outer = next(c for c in outer.co_consts if type(c) is CodeType and c.co_name == name)
    around = names[0] + ".<locals>." + ".".join(names[1:]) + ".<locals>."  # within a class, if there are three
    moved = _moved(outer, code.co_firstlineno - outer.co_firstlineno, around, function.__qualname__ + ".<locals>.")
    flags = moved.co_flags & ~_KEPT | code.co_flags & _KEPT
    return moved.replace(co_name=code.co_name, co_flags=flags, **({"co_qualname": code.co_qualname} if hasattr(code, "co_qualname") else {}))


def _moved(code, by, around, really):
    """Moves a code to another line, and what it has within it out of what is around it: its
    qualified names, which up to 3.10 are constants of what makes the functions."""
    consts = []
    for c in code.co_consts:
        if type(c) is CodeType:
            c = _moved(c, by, around, really)
        elif type(c) is str and c.startswith(around):
            c = really + c[len(around):]
        consts.append(c)
    more = {}
    if hasattr(code, "co_qualname") and code.co_qualname.startswith(around):
        more["co_qualname"] = really + code.co_qualname[len(around):]
    return code.replace(co_firstlineno=code.co_firstlineno + by, co_consts=tuple(consts), **more)


def _is_within(code, woven):
    """Reports whether a function was made from the source that was found: it has
    the same arguments, and no name that the other lacks."""
    arguments = code.co_argcount + code.co_kwonlyargcount
    return (code.co_varnames[:arguments] == woven.co_varnames[:arguments]
            and set(code.co_names) <= set(woven.co_names) and set(code.co_varnames) <= set(woven.co_varnames)
            and set(code.co_freevars) <= set(woven.co_freevars))


_lines = {}  # of modules, by name


def forget():
    """Drops what is kept of sources."""
    _lines.clear()


def _source(function):
    """Returns the lines of a function."""
    lines = _lines.get(function.__module__)
    if lines is None:
        spec = modules[function.__module__].__spec__  # its loader's get_source would import modules
        lines = _lines[function.__module__] = str(spec.loader.get_data(spec.origin), "utf-8").splitlines()
    first = function.__code__.co_firstlineno - 1
    indent = len(lines[first]) - len(lines[first].lstrip())
    last = first
    while not lines[last].lstrip().startswith(("def ", "async def ")):  # decorators
        last += 1
    last += 1
    # What stands no deeper than the definition belongs to it if it closes its arguments.
    while last < len(lines) and (not lines[last].strip() or lines[last][:indent + 1].isspace() or lines[last][indent] == ")"):
        last += 1
    return lines[first:last]


def _parse(owner, names, source):
    """Returns the tree of the function within others, whose arguments are what the
    statements call and what the function has from around it; its definition; and the names
    from without. A method lies within a class, for the names that it mangles."""
    head = "def _(%s):\n" % ", ".join(name for name in dict.fromkeys(names) if name != "__class__")
    if source[0][:1].isspace():
        kind = owner.__name__.rpartition(".")[2]
        tree = compile("%s class %s:\n%s" % (head, kind, "\n".join(source)), "<source>", "exec", _AST, True)
        definition = tree.body[0].body[0].body[0]
        return tree, definition, ("_", kind, definition.name)
    tree = compile(head + " pass", "<source>", "exec", _AST, True)
    tree.body[0].body = compile("\n".join(source), "<source>", "exec", _AST, True).body
    definition = tree.body[0].body[0]
    return tree, definition, ("_", definition.name)


def _statements(text, line):
    """Parses statements, all of them as if on one line."""
    statements = compile(text, "<probe>", "exec", _AST, True).body
    pending = list(statements)
    while pending:
        node = pending.pop()
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line
        for field in getattr(node, "_fields", ()):
            value = getattr(node, field, None)
            pending += value if type(value) is list else [value]
    return statements


def _before_returns(body, after):
    """Puts statements before each return in a list of statements."""
    for i in range(len(body) - 1, -1, -1):
        node = body[i]
        kind = type(node).__name__
        if kind == "Return":
            more = _statements("_result = None\n%s\nreturn _result" % after, node.lineno)
            if node.value is not None:
                more[0].value = node.value
            body[i:i + 1] = more
        elif kind not in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            for field in _BODIES:
                _before_returns(getattr(node, field, []), after)


def _put_before(body, spots):
    """Puts statements before others in a list of statements; answers whether it did."""
    found = False
    for i in range(len(body) - 1, -1, -1):
        node = body[i]
        text = spots(node)
        if text:
            body[i:i] = _statements(text, node.lineno)
            found = True
        if type(node).__name__ not in ("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            for field in _BODIES:
                found |= _put_before(getattr(node, field, []), spots)
    return found


def _cell(value):
    return (lambda: value).__closure__[0]
