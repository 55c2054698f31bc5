"""What every peer shares: the conversation with bench/contestant.ts.

A peer imports this file first, so that the time of `import torch` is known, defines a function `setup(compiled)` that
returns a step, and calls `serve(setup, warmup)`. Peers are written as the guide writes its programs.

They compute where tsdl does: on the GPU where there is one, unless TSDL_DEVICE says cpu or js.
"""

import os
import sys
import time

from talk import converse

_start = time.perf_counter()
import torch  # noqa: E402

IMPORT_MS = (time.perf_counter() - _start) * 1e3
DEVICE = "cuda" if torch.cuda.is_available() and os.environ.get("TSDL_DEVICE") not in ("cpu", "js") else "cpu"


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


def precision():
    """float32, or bfloat16 for what PyTorch computes in it, where the arguments say so."""
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled="--bf16" in sys.argv)


def serve(setup, warmup, places_itself=False):
    """Prepares the step, then runs it as often as each line of standard input says.

    What `setup` makes lies on DEVICE, unless the peer moves its tensors itself as the guide does.
    """
    torch.manual_seed(0)
    if DEVICE != "cpu" and not places_itself:  # a default device costs Python at each call
        torch.set_default_device(DEVICE)
    step = setup(any(argument.startswith("--compile") for argument in sys.argv))
    converse(step, warmup, IMPORT_MS, f"PyTorch {torch.__version__} ({DEVICE})")


def train_step(model, x, y, compiled, optimizer=None):
    """One step as in the guide's section 8; returns the loss as a number."""
    model, x = laid_out(model), laid_out(x)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=0.001)
    if compiled:
        model = compiled_model(model)

    def step():
        optimizer.zero_grad()
        with precision():
            loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def answers(model, x, compiled):
    """The model's outputs for one batch; `--freeze` lets the compiler fold and pack its weights."""
    model, x = laid_out(model).eval(), laid_out(x)
    if "--freeze" in sys.argv:
        from torch._inductor import config

        config.freezing = True
    run = compiled_model(model) if compiled else model
    without_gradients = torch.no_grad if compiled else torch.inference_mode

    def step():
        with without_gradients(), precision():
            return run(x).float().cpu().numpy()

    return step


def labels(count):
    return torch.arange(count) * 7 % 10
