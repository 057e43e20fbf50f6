# SPDX-License-Identifier: Apache-2.0
"""Starts the probe of `curtain` in a Python that was told to, then steps aside.

Any Python finds this file, so it must run on all of them, 2.7 included; one for which
the probe is too new leaves a note in the directory of the recordings, and so does one in
which it could not start.

Python imports the first `sitecustomize` on its path when it starts. This one
stands before the one that the machine or the user may have; after it has done
its work it loads that one in its own place, or ends as if there were none. Where another
one came first, usercustomize.py runs this file in its own place.
"""


def _probe():
    import os
    import sys

    here = os.path.dirname(__file__)
    directory = os.environ.get("ASYNCIO_TRACE")
    try:
        if directory and os.environ.get("CURTAIN_PYTHON") != "0" and not _is_started():
            if sys.version_info < (3, 8):
                _note(directory, "%s is Python %d.%d.%d, and the probe needs 3.8 or later" % ((sys.executable,) + sys.version_info[:3]))
            else:
                import _curtain_probe

                del sys.modules["_curtain_probe"]
                _curtain_probe.load("start").start(here)
    except Exception:  # whatever it is, it is not the program's business
        kind, problem = sys.exc_info()[:2]
        _note(directory, "the probe could not start in %s: %s: %s" % (sys.executable, kind.__name__, problem))
    # PYTHONPATH stays as it is, for the Pythons that this one starts.
    sys.path[:] = [p for p in sys.path if p.rstrip("/") != here]
    for path in here, here + "/_curtain_probe":
        sys.path_importer_cache.pop(path, None)


def _is_started():
    """Reports whether there is a probe: that of a curtain which was started below another one's,
    and whose sitecustomize has come to this."""
    import sys

    return any(type(finder).__module__ == "_curtain_probe.imports" for finder in sys.meta_path)


def _note(directory, text):
    import os
    import time

    try:
        with open(os.path.join(directory, "python-%d-%d.note" % (os.getpid(), time.time() * 1e6)), "w") as note:
            note.write(text + "\n")
    except Exception:
        pass  # there is nobody to tell


def _next_of_python2(name):
    import imp
    import sys

    imp.load_module(name, *imp.find_module(name, sys.path))


def _next(name):
    import sys

    if sys.version_info < (3,):
        return _next_of_python2(name)
    # What importlib would give, without the modules that it imports.
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    spec = PathFinder.find_spec(name, sys.path)
    if spec is None or spec.loader is None:
        # Module site takes this for "there is none" and is silent.
        raise ImportError("No module named %r" % name, name=name)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


_probe()
_next(__name__)
