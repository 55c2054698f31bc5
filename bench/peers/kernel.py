"""Measures one Jupyter kernel: starts, `1+1`, a declaring cell, many cells. Prints one JSON line.

Usage: kernel.py KERNELSPEC STARTS CELLS

KERNELSPEC is the text of a kernel.json or its path.
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


def register(given):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tsdl-bench-")) / "kernels" / "measured"
    folder.mkdir(parents=True)
    spec = {"display_name": "measured", "interrupt_mode": "signal", **given}
    (folder / "kernel.json").write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = str(folder.parent.parent)
    os.environ["XDG_STATE_HOME"] = str(folder)


def start():
    manager = KernelManager(kernel_name="measured", kernel_spec_manager=KernelSpecManager())
    began = time.perf_counter()
    manager.start_kernel(cwd=tempfile.gettempdir())
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    return manager, client, time.perf_counter() - began


def stop(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def cell(client, code):
    """Milliseconds from the request to its reply and the kernel's idle."""
    began = time.perf_counter()
    reply = client.execute_interactive(code, timeout=120, output_hook=lambda message: None)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"the cell failed: {code}: {reply['content']}")
    return 1000 * (time.perf_counter() - began)


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


def main():
    text, starts, cells = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    spec = json.loads(text if text.startswith("{") else pathlib.Path(text).read_text())
    language = spec["language"]
    register(spec)
    seconds, failed = [], 0
    for _ in range(starts):
        try:
            manager, client, took = start()
            seconds.append(took)
            stop(manager, client)
        except RuntimeError:
            failed += 1
    manager, client, _ = start()
    try:
        first = cell(client, "1+1")
        one = [cell(client, "1+1") for _ in range(30)]
        times, early, late = [], [], []
        middle = min(100, cells // 2)
        for i in range(cells):
            times.append(cell(client, DECLARING[language].replace("{i}", str(i))))
            # One moment says little: a collector lets garbage wait. Twenty cells around it give the median.
            if abs(i - middle) <= 10:
                early.append(resident(manager.provisioner.process.pid))
            if i >= cells - 20:
                late.append(resident(manager.provisioner.process.pid))
        memory, after = statistics.median(early), statistics.median(late)
        at = lambda place: statistics.median(times[max(0, place - 10):place + 10])
        print(json.dumps({
            "starts": len(seconds), "failed_starts": failed, "start_s": round(statistics.median(seconds), 3),
            "start_max_s": round(max(seconds), 3), "first_ms": round(first, 1),
            "one_plus_one_ms": round(statistics.median(one), 2), "declaring_ms": round(at(10), 2),
            "cell_500_by_10": round(at(500) / at(10), 2) if cells > 510 else None, "cells": cells,
            "rss_mb": round(memory, 1), "rss_growth": round(after / memory - 1, 3),
        }))
    finally:
        stop(manager, client)


main()
