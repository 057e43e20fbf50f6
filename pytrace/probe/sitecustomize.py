# SPDX-License-Identifier: Apache-2.0
"""Starts the probe of `curtain` in a Python that was told to, then steps aside.

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
            import _curtain_probe
            _curtain_probe.start(here)
    except Exception:
        pass  # whatever it is, it is not the program's business
    # PYTHONPATH stays as it is, for the Pythons that this one starts.
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or os.curdir) != here]
    sys.path_importer_cache.pop(here, None)


def _next():
    import sys
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        # Module site takes this for "there is no sitecustomize" and is silent.
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_probe()
_next()
