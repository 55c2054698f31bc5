"""PyTorch's side of npm run interop (tools/interop.ts). Needs torch, torchvision, safetensors.

    python tools/interop.py save FOLDER    writes each model in three forms, an input and PyTorch's logits
    python tools/interop.py check FOLDER   loads what tsdl wrote, strict, and compares logits; prints JSON
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parent.parent / "test" / "fixtures"))
import torchvision  # noqa: E402
from guide import CNN, MLP, LSTMModel  # noqa: E402
from record_models import TransformerClassifier, TransformerLM, residual_net  # noqa: E402


def images(*shape):
    return torch.randn(shape)


def words(vocab, *shape):
    return torch.randint(vocab, shape)


# name: model and a batch; image batches are [b, c, h, w] here and [b, h, w, c] in the files
MODELS = {
    "mlp": (lambda: MLP(784, 256, 10), lambda: torch.randn(8, 784)),
    "cnn": (lambda: CNN(), lambda: images(4, 1, 28, 28)),
    "residual": (residual_net, lambda: images(4, 3, 12, 12)),
    "lstm": (lambda: LSTMModel(200, 32, 24, 3), lambda: words(200, 4, 15)),
    "classifier": (lambda: TransformerClassifier(200, 32, 4, 2, 3, 16), lambda: words(200, 4, 15)),
    "decoder": (lambda: TransformerLM(200, 32, 4, 2, 16), lambda: words(200, 4, 15)),
    "resnet18": (lambda: torchvision.models.resnet18(weights=None), lambda: images(2, 3, 64, 64)),
}


def ours(x):
    return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).contiguous()


def theirs(x):
    # A clone, for contiguous() leaves a batch of one channel as it is, and view() then fails further on.
    return x.permute(0, 3, 1, 2).clone(memory_format=torch.contiguous_format) if x.dim() == 4 else x


def save(folder):
    torch.manual_seed(7)
    for name, (build, batch) in MODELS.items():
        model, x = build(), batch()
        with torch.no_grad():
            model.train()(batch())  # moves running statistics
            logits = model.eval()(x)
        state = model.state_dict()
        torch.save(state, folder / f"{name}.pth")
        torch.save(state, folder / f"{name}.legacy.pth", _use_new_zipfile_serialization=False)
        save_file(state, folder / f"{name}.safetensors")
        integers = x.to(torch.int32) if x.dtype == torch.int64 else x
        save_file({"x": ours(integers), "logits": logits}, folder / f"{name}.truth.safetensors")


def check(folder):
    result = {}
    for name, (build, _) in MODELS.items():
        model = build().eval()
        model.load_state_dict(load_file(folder / f"{name}.tsdl.safetensors"), strict=True)
        truth = load_file(folder / f"{name}.tsdl.truth.safetensors")
        x = truth["x"].long() if truth["x"].dtype == torch.int32 else theirs(truth["x"])
        with torch.no_grad():
            result[name] = (model(x) - truth["logits"]).abs().max().item()
    print(json.dumps(result))


if __name__ == "__main__":
    {"save": save, "check": check}[sys.argv[1]](Path(sys.argv[2]))
