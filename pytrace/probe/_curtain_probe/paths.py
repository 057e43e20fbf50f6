# SPDX-License-Identifier: Apache-2.0
"""Paths, as os.path has them, without its look-ups."""
from .own import os


def _directory():
    """The directory in which the program began, None if it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return None


_start = _directory()


def absolute(path):
    """Returns the full path of a file, as seen from where the program began; one whose
    directory is gone stays as it is."""
    if not path.startswith("/"):
        if _start is None:
            return path
        path = _start + "/" + path
    parts = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def name(path):
    """Returns the last part of a path."""
    return path.rpartition("/")[2]


def directory(path):
    """Returns a path without its last part."""
    return path.rpartition("/")[0]


def is_directory(path):
    try:
        return os.stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False
