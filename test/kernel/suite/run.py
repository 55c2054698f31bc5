"""Runs the suite and prints one JSON line per test. Arguments: names of test files or tests; none means all."""

import json
import os
import pathlib
import signal
import sys
import time
import unittest

import harness


LIMIT = 60 if harness.STOCK else 3600 if "TSDL_STRANGE" in os.environ else 280
"""Seconds that one test may take: some of jupyter_kernel_test's wait without end for what a kernel never sends."""


def too_long(_signal, _frame):
    raise TimeoutError(f"the test took more than {LIMIT} s")


class Lines(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.broken = None
        signal.alarm(LIMIT)

    def line(self, test, status, text=""):
        name = ".".join(test.id().split(".")[-2:])
        seconds = round(time.monotonic() - self.started, 3)
        print(json.dumps({"test": name, "status": status, "seconds": seconds, "text": text}), flush=True)

    def addSuccess(self, test):
        self.line(test, "passed")

    def addSkip(self, test, reason):
        self.line(test, "skipped", reason)

    def addFailure(self, test, err):
        self.failed(test, err)

    def addError(self, test, err):
        if not hasattr(test, "_testMethodName"):
            print(f"{test}: {err[1]}", file=sys.stderr)
            return
        self.failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self.broken = self._exc_info_to_string(err, test)

    def stopTest(self, test):
        signal.alarm(0)
        if self.broken:
            self.line(test, "failed", self.broken)
        super().stopTest(test)

    def failed(self, test, err):
        self.line(test, "failed", self._exc_info_to_string(err, test))
        if harness._shared and not harness._shared.ok():
            harness.drop_shared()


def main():
    here = pathlib.Path(__file__).parent
    names = sys.argv[1:] or sorted(path.stem for path in here.glob("test_*.py"))
    signal.signal(signal.SIGALRM, too_long)
    harness.prepare()
    try:
        unittest.defaultTestLoader.loadTestsFromNames(names).run(Lines())
    finally:
        harness.cleanup()


main()
