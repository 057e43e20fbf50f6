# SPDX-License-Identifier: Apache-2.0
"""The recorder: the parts of the probe that run for each record, compiled, where they
can be loaded. It lies beside this file for the processor that `curtain` was built for,
and fits every CPython with the usual form of objects."""
from . import load, own
from .own import environ, sys

recorder = None
problem = None  # why there is none, if there should be one


def _load():
    if environ.get("CURTAIN_PYTHON_COMPILED") == "0" or hasattr(sys, "getobjects"):
        return None, None  # not wanted; objects are larger, from Py_TRACE_REFS
    try:
        recorder = load("_recorder")
    except ModuleNotFoundError:
        return None, None  # another processor; an interpreter that loads no such file
    except ImportError as failure:
        return None, str(failure)
    return (recorder if recorder.is_mine() else None), None


recorder, problem = _load()
monotonic_ns, time_ns = (recorder or own).monotonic_ns, (recorder or own).time_ns
