"""What every peer shares: the conversation with bench/contestant.ts.

A peer imports this file first, so that the time of `import torch` is known, defines a function `setup(compiled)` that
returns a step, and calls `serve(setup, warmup)`. Peers are written as the guide writes its programs.

They compute where tsdl does: on the GPU where there is one, unless TSDL_DEVICE says cpu or js.
"""

import json
import os
import resource
import sys
import time

_start = time.perf_counter()
import torch  # noqa: E402

IMPORT_MS = (time.perf_counter() - _start) * 1e3
DEVICE = "cuda" if torch.cuda.is_available() and os.environ.get("TSDL_DEVICE") not in ("cpu", "js") else "cpu"


def _timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def _answer(value):
    print("@bench " + json.dumps(value), flush=True)


def compiled_model(model):
    """torch.compile, in the mode that the arguments name."""
    modes = [argument.split("=")[1] for argument in sys.argv if argument.startswith("--compile=")]
    return torch.compile(model, mode=modes[0] if modes else None)


def laid_out(module_or_tensor):
    """In channels_last where the arguments say so."""
    images = isinstance(module_or_tensor, torch.nn.Module) or module_or_tensor.dim() == 4
    if "--channels-last" in sys.argv and images:
        return module_or_tensor.to(memory_format=torch.channels_last)
    return module_or_tensor


def serve(setup, warmup, places_itself=False):
    """Prepares the step, then runs it as often as each line of standard input says.

    What `setup` makes lies on DEVICE, unless the peer moves its tensors itself as the guide does.
    """
    torch.manual_seed(0)
    if not places_itself:
        torch.set_default_device(DEVICE)
    step = setup(any(argument.startswith("--compile") for argument in sys.argv))
    first = _timed(step) if warmup else 0.0
    for _ in range(warmup - 1):
        step()
    _answer({"import_ms": IMPORT_MS, "first_ms": first, "version": f"PyTorch {torch.__version__} ({DEVICE})"})
    for line in sys.stdin:
        ms = [_timed(step) for _ in range(int(line))]
        _answer({"ms": ms, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})


def train_step(model, x, y, compiled, optimizer=None):
    """One step as in the guide's section 8; returns the loss as a number."""
    model, x = laid_out(model), laid_out(x)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=0.001)
    if compiled:
        model = compiled_model(model)

    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def labels(count):
    return torch.arange(count) * 7 % 10
