"""Measures Jupyter kernels beside each other: starts, first cell, `1+1`, a declaring cell, many cells.

Usage: kernel.py STARTS CELLS KERNELSPEC [KERNELSPEC ...]

KERNELSPEC is the text of a kernel.json or its path. The kernels take turns at starting, with 30 cells `1+1` after each
start, so that whatever else the machine does meets them alike. Prints one JSON line a kernel, progress to stderr.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

DECLARING = {
    "typescript": "const value{i}: number[] = [1, 2, 3].map((x) => x * {i}); value{i}.length",
    "python": "value{i} = [x * {i} for x in [1, 2, 3]]; len(value{i})",
}
SMALL_CELLS = 30
WAIT_S = 60
# A kernel that dies or says nothing is a row of the table too.
FAULTS = (RuntimeError, TimeoutError)


class Kernel:
    """One kernel and what was measured of it."""

    def __init__(self, given, name, folder):
        spec = json.loads(given if given.startswith("{") else pathlib.Path(given).read_text())
        self.name, self.language = name, spec["language"]
        self.title = spec.get("display_name", name)
        self.seconds, self.failed, self.first, self.small = [], 0, [], []
        place = folder / "kernels" / name
        place.mkdir(parents=True)
        spec = {"display_name": self.title, "interrupt_mode": "signal", **spec}
        (place / "kernel.json").write_text(json.dumps(spec))

    def __enter__(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.manager = KernelManager(kernel_name=self.name, kernel_spec_manager=KernelSpecManager())
        self.manager.start_kernel(cwd=tempfile.gettempdir(), **quiet)
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=WAIT_S)
        except FAULTS:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def cell(self, code):
        """Milliseconds from the request to its reply and the kernel's idle."""
        began = time.perf_counter()
        reply = self.client.execute_interactive(code, timeout=WAIT_S, output_hook=lambda message: None)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"the cell failed: {code}: {reply['content']}")
        return 1000 * (time.perf_counter() - began)

    def turn(self):
        """One start with its first cell and the small ones."""
        began = time.perf_counter()
        try:
            with self:
                seconds, first = time.perf_counter() - began, self.cell("1+1")
                small = statistics.median(self.cell("1+1") for _ in range(SMALL_CELLS))
        except FAULTS as error:
            say(f"{self.title}: {error}")
            self.failed += 1
        else:
            self.seconds.append(seconds)
            self.first.append(first)
            self.small.append(small)

    def many(self, cells):
        """Times of `cells` declaring cells, fewer where the kernel gives up, and the memory early and late."""
        times, early, late = [], [], []
        try:
            with self:
                for _ in range(SMALL_CELLS):
                    self.cell("1+1")
                for i in range(cells):
                    times.append(self.cell(DECLARING[self.language].replace("{i}", str(i))))
                    # One moment says little: a collector lets garbage wait. Twenty cells around it give the median.
                    if abs(i - min(100, cells // 2)) <= 10:
                        early.append(resident(self.manager.provisioner.process.pid))
                    if i >= cells - 20:
                        late.append(resident(self.manager.provisioner.process.pid))
        except FAULTS as error:
            say(f"{self.title}: stopped after {len(times)} of {cells} cells: {error}")
        return times, median(early), median(late)

    def figures(self, cells):
        times, memory, after = self.many(cells)
        growth = ratio(after, memory)
        at = lambda place: median(times[max(0, place - 10):place + 10] if len(times) >= place + 10 else [])
        return {
            "starts": len(self.seconds), "failed_starts": self.failed,
            "start_s": rounded(median(self.seconds), 3), "start_max_s": rounded(max(self.seconds, default=None), 3),
            "first_ms": rounded(median(self.first), 1), "one_plus_one_ms": rounded(median(self.small), 2),
            "declaring_ms": rounded(at(10), 2), "cell_500_by_10": rounded(ratio(at(500), at(10)), 2),
            "cells": len(times), "rss_mb": rounded(memory, 1), "rss_growth": rounded(growth and growth - 1, 3),
        }


def median(values):
    return statistics.median(values) if values else None


def rounded(value, digits):
    return None if value is None else round(value, digits)


def ratio(late, early):
    return None if late is None or early is None else late / early


def family(pid):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [pid, *(each for child in out.split() for each in family(int(child)))]


def resident(pid):
    """Megabytes of the kernel with its child processes."""
    pages = 0
    for each in family(pid):
        try:
            pages += int(pathlib.Path(f"/proc/{each}/statm").read_text().split()[1])
        except OSError:
            pass  # ended meanwhile
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    starts, cells, given = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory(prefix="tsdl-bench-") as temporary:
        folder = pathlib.Path(temporary)
        os.environ["JUPYTER_PATH"] = os.environ["XDG_STATE_HOME"] = temporary
        kernels = [Kernel(each, f"kernel{at}", folder) for at, each in enumerate(given, 1)]
        began = time.perf_counter()
        for turn in range(starts):
            for kernel in kernels:
                kernel.turn()
            left = (time.perf_counter() - began) / (turn + 1) * (starts - turn - 1)
            if (turn + 1) % 5 == 0 or turn + 1 == starts:
                say(f"start {turn + 1} of {starts}, about {left:.0f} s left for starts")
        for kernel in kernels:
            say(f"{cells} cells of {kernel.title}")
            print(json.dumps(kernel.figures(cells)), flush=True)


main()
