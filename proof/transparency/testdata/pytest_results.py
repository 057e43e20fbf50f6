# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest that writes one line of JSON for each result into the file RESULTS, as suite.py
does."""
import json
import os


class Results:
    def __init__(self, file):
        self.file = open(file, "w")

    def say(self, name, outcome, text=""):
        json.dump([name, outcome, text], self.file)
        self.file.write("\n")
        self.file.flush()

    def pytest_runtest_logstart(self, nodeid, location):
        self.say(nodeid, "start")

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            outcome = {"passed": "pass", "skipped": "skip", "failed": "fail"}[report.outcome]
            if hasattr(report, "wasxfail"):
                outcome = "expected failure" if report.skipped else "unexpected success"
            self.say(report.nodeid, outcome, report.longreprtext if report.failed else str(report.longrepr or ""))

    def pytest_collectreport(self, report):
        if report.failed:
            self.say(report.nodeid, "fail", report.longreprtext)


def pytest_configure(config):
    config.pluginmanager.register(Results(os.environ["RESULTS"]))
