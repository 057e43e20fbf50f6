# SPDX-License-Identifier: Apache-2.0
"""Runs tests of CPython's own and writes one line of JSON for each result.

    suite.py modules                     prints the modules of test_asyncio
    suite.py run RESULTS NAME...         runs modules or tests

A line is [id, outcome, text]; outcome "start" says that a test begins.
"""
import json
import os
import sys
import unittest


def modules():
    import test.test_asyncio

    for name in sorted(os.listdir(test.test_asyncio.__path__[0])):
        if name.startswith("test_") and name.endswith(".py"):
            print("test.test_asyncio." + name[:-3])


class Result(unittest.TestResult):
    """Writes results down at once, since the process may not come to its end."""

    def __init__(self, file):
        super().__init__()
        self.file = file

    def say(self, test, outcome, text=""):
        json.dump([test.id(), outcome, text], self.file)
        self.file.write("\n")
        self.file.flush()

    def startTest(self, test):
        self.say(test, "start")
        super().startTest(test)

    def addSuccess(self, test):
        self.say(test, "pass")

    def addSkip(self, test, reason):
        self.say(test, "skip", reason)

    def addFailure(self, test, error):
        self.say(test, "fail", self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self.say(test, "error", self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.say(subtest, "fail", self._exc_info_to_string(error, test))

    def addExpectedFailure(self, test, error):
        self.say(test, "expected failure", self._exc_info_to_string(error, test))

    def addUnexpectedSuccess(self, test):
        self.say(test, "unexpected success")


def run(results, names):
    from test import support

    # As `python -m test` has them.
    support.verbose = 0
    support.use_resources = ()
    with open(results, "w") as file:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        except unittest.SkipTest as skip:  # all of it, such as what is for Windows
            json.dump([names[0], "skip", str(skip)], file)
        else:
            suite.run(Result(file))


if __name__ == "__main__":
    if sys.argv[1] == "modules":
        modules()
    else:
        run(sys.argv[2], sys.argv[3:])
