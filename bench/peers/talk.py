"""The conversation with bench/contestant.ts, whatever library computes."""

import json
import resource
import sys
import time


def _timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def _answer(value):
    print("@bench " + json.dumps(value), flush=True)


def converse(step, warmup, import_ms, version):
    """Warms up, says so, then runs the step as often as each line of standard input says."""
    first = _timed(step) if warmup else 0.0
    for _ in range(warmup - 1):
        step()
    _answer({"import_ms": import_ms, "first_ms": first, "version": version})
    for line in sys.stdin:
        ms = [_timed(step) for _ in range(int(line))]
        _answer({"ms": ms, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
