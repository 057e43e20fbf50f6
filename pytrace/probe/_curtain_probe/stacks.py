# SPDX-License-Identifier: Apache-2.0
"""Takes the probe out of the stacks that the program can look at: tracebacks, and what debug mode
remembers."""
from . import paths
from .own import sys

_here = paths.directory(__file__)
# From 3.11 on an exception that goes on through a frame can be told to forget it.
_forgets_frames = sys.version_info >= (3, 11)


def forget_frame(problem):
    """Takes the caller's frame out of the traceback of what it raises again."""
    if _forgets_frames and problem.__traceback__ is not None:
        problem.__traceback__ = problem.__traceback__.tb_next


def strike(frames):
    """Strikes the probe out of a stack that was remembered."""
    for i in range(len(frames) - 1, -1, -1):
        if frames[i][0].startswith(_here):
            del frames[i]


def hide(trace):
    """Takes a hook out of a traceback that Ctrl-C has begun within it."""
    while trace is not None and trace.tb_next is not None:
        if trace.tb_next.tb_frame.f_code.co_filename.startswith(_here):
            trace.tb_next = None
        trace = trace.tb_next
