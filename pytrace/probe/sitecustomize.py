# SPDX-License-Identifier: Apache-2.0
"""Starts the probe of `curtain` in a Python that was told to, then steps aside.

Any Python finds this file, so it must run on all of them, 2.7 included; one for which
the probe is too new leaves a note in the directory of the recordings.

Python imports the first `sitecustomize` on its path when it starts. This one
stands before the one that the machine or the user may have; after it has done
its work it loads that one in its own place, or ends as if there were none.
"""


def _probe():
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    try:
        if os.environ.get("ASYNCIO_TRACE") and os.environ.get("CURTAIN_PYTHON") != "0":
            if sys.version_info < (3, 8):
                _too_old(os.environ["ASYNCIO_TRACE"])
            else:
                import _curtain_probe

                del sys.modules["_curtain_probe"]
                _curtain_probe.load("start").start(here)
    except Exception:
        pass  # whatever it is, it is not the program's business
    # PYTHONPATH stays as it is, for the Pythons that this one starts.
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or os.curdir) != here]
    for path in here, os.path.join(here, "_curtain_probe"):
        sys.path_importer_cache.pop(path, None)


def _too_old(directory):
    import os
    import sys

    version = "%d.%d.%d" % sys.version_info[:3]
    with open(os.path.join(directory, "python-%s.note" % version), "w") as note:
        note.write("%s is Python %s, and the probe needs 3.8 or later\n" % (sys.executable, version))


def _next_of_python2():
    import imp
    import sys

    imp.load_module("sitecustomize", *imp.find_module("sitecustomize", sys.path))


def _next():
    import sys

    if sys.version_info < (3,):
        return _next_of_python2()
    # What importlib would give, without the modules that it imports.
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        # Module site takes this for "there is no sitecustomize" and is silent.
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_probe()
_next()
