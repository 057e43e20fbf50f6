# SPDX-License-Identifier: Apache-2.0
"""The recorder: the parts of the probe that run for each record, compiled, where they
can be loaded. It lies beside this file for the processor that `curtain` was built for,
and fits every CPython with the usual form of objects."""
import os
import sys

recorder = None
problem = None  # why there is none, if there should be one


def _load():
    if os.environ.get("CURTAIN_PYTHON_COMPILED") == "0" or hasattr(sys, "getobjects"):
        return None, None  # not wanted; objects are larger, from Py_TRACE_REFS
    try:
        from . import _recorder
    except ModuleNotFoundError:
        return None, None  # another processor; an interpreter that loads no such file
    except ImportError as failure:
        return None, str(failure)
    return _recorder, None


recorder, problem = _load()
