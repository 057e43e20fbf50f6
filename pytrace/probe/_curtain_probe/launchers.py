# SPDX-License-Identifier: Apache-2.0
"""Keeps the probe first where a launcher puts a directory of its own in front of PYTHONPATH,
as opentelemetry-instrument does: Python runs one sitecustomize, the first that it finds.

What a process is about to start gets the probe's directory in front again, if it has it
at all. The program's own mappings and lists stay as they are.
"""
from .own import Environ, environ, environment, os

PATH, ASKED = b"PYTHONPATH", b"ASYNCIO_TRACE"

_here = None  # the probe's directory
_directory = None  # that of the recordings


def configure(here):
    global _here, _directory
    _here, _directory = _bytes(here), _bytes(environ["ASYNCIO_TRACE"])


def mapping(env):
    """Returns what is to be passed instead of a mapping of variables."""
    found = env._data if type(env) is Environ else env
    if type(found) is not dict:
        return env  # to read it would be to call the program
    names = {_bytes(key): key for key in found}
    path = _again({name: _bytes(found[key]) for name, key in names.items() if name in (PATH, ASKED)})
    if path is None:
        return env
    changed = dict(found)
    changed[names[PATH]] = path
    return changed


def entries(env):
    """Returns what is to be passed instead of a list of NAME=value."""
    if type(env) is not list:
        return env
    path = _again(dict([entry.split(b"=", 1) for entry in env if type(entry) is bytes and b"=" in entry]))
    if path is None:
        return env
    return [PATH + b"=" + path if type(entry) is bytes and entry.startswith(PATH + b"=") else entry for entry in env]


def inherited():
    """Changes what a process inherits from this one, and returns what changes it back; None if
    there is nothing to change."""
    path = _again(environment)
    if path is None:
        return None
    os.putenv(PATH, path)
    return _restore


def _restore(_):
    if PATH in environment:
        os.putenv(PATH, environment[PATH])
    else:
        os.unsetenv(PATH)


def _again(variables):
    """Returns the PYTHONPATH with the probe's directory in front, None if it is there, or not there
    at all, or if another curtain records what is started."""
    parts = variables.get(PATH, b"").split(b":")
    if variables.get(ASKED) != _directory or _here not in parts or parts[0] == _here:
        return None
    return b":".join([_here] + [part for part in parts if part != _here])


def _bytes(text):
    return text.encode("utf-8", "surrogateescape") if type(text) is str else text if type(text) is bytes else b""
