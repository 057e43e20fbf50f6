# SPDX-License-Identifier: Apache-2.0
"""Looks for names in the probe, whose directory is the argument, that the program could replace."""
import ast
import os
import sys
import types

directory = sys.argv[1]
package = os.path.join(directory, "_curtain_probe")
# own.py takes what the others use; opaque.py what is C and only uvloop and rloop need.
# What weave.py, notes.py and trio.py ask are classes of Python's and trio's.
CLASSES_KNOWN = {"weave.py", "notes.py", "trio.py"}
OUTSIDE = {"own.py": None, "__init__.py": None, "opaque.py": {"_heapq", "_socket"}}


def is_class(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1


def asks_metaclass(node):
    """Reports whether code of a class's own may run: for == and hash(), and for what a class is."""
    if isinstance(node, ast.Compare):
        return is_class(node.left) and not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "get" and is_class(node.args[0])
    if isinstance(node, ast.Subscript):
        return is_class(node.slice)
    return isinstance(node, ast.Attribute) and (node.attr == "__mro__" or is_class(node.value) and node.attr.startswith("__"))


files = sorted(name for name in os.listdir(package) if name.endswith(".py"))
for name in files:
    with open(os.path.join(package, name)) as file:
        tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if asks_metaclass(node) and name not in CLASSES_KNOWN:
            print(name, node.lineno, "asks a class what it is: own.py has what asks no metaclass")
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if node not in tree.body:
                print(name, node.lineno, "imports in a function: what it finds may be the program's; use load")
            elif not getattr(node, "level", 0) and name not in OUTSIDE:
                print(name, node.lineno, "imports from outside: take it from own.py")
            elif OUTSIDE.get(name) and not getattr(node, "level", 0) and node.module not in OUTSIDE[name]:
                print(name, node.lineno, "imports from outside: take it from own.py")

sys.path.insert(0, directory)
import _curtain_probe

# Without what needs another version of Python.
without = {"__init__.py", "monitoring.py" if sys.version_info < (3, 12) else "profiling.py"}
mine = {name[:-3]: _curtain_probe.load(name[:-3]) for name in files if name not in without}
for name, module in mine.items():
    if module.__builtins__ is not _curtain_probe._builtins:
        print(name, "has the program's builtins")
    if module.__name__ in sys.modules:
        print(name, "is in sys.modules")
    for key, value in vars(module).items():
        if isinstance(value, types.ModuleType) and value not in vars(_curtain_probe._package).values() and name != "own":
            print(name, key, "is a module of Python's, whose functions are looked up late")


def values(owner):
    for key, value in vars(owner).items():
        if not key.startswith("__"):
            yield key, value
            if isinstance(value, types.SimpleNamespace):
                yield from values(value)


for key, value in values(mine["own"]):
    if isinstance(value, (types.FunctionType, types.MethodType)) and value.__module__ != mine["own"].__name__:
        print("own", key, "is written in Python: it looks names up when it is called")
