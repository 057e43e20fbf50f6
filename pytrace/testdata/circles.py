# SPDX-License-Identifier: Apache-2.0
"""Prints which of the probe's modules use which, a line for each; its directory is the argument."""
import ast
import os
import sys

package = os.path.join(sys.argv[1], "_curtain_probe")
modules = {name[:-3] for name in os.listdir(package) if name.endswith(".py") and name != "__init__.py"}


def used(tree):
    """The modules that are imported, or loaded by a name that stands there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from [node.module] if node.module else [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("load", "_later"):
            yield from [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


for module in sorted(modules):
    with open(os.path.join(package, module + ".py")) as file:
        tree = ast.parse(file.read())
    print(module, *sorted(modules.intersection(used(tree))))
