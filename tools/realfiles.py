"""The peer of tools/realfiles.ts: what PyTorch reads out of a file, as JSON: names, types, shapes, a hash of all bytes.

    python tools/realfiles.py FILE        # torch; a file with unknown classes is read with stand-ins for them
"""

import hashlib
import json
import pickle
import resource
import sys
import time
import types

import torch


class Unpickler(pickle.Unpickler):
    """Makes an empty class of each name that torch does not have."""

    def find_class(self, module, name):
        if module.split(".")[0] in ("torch", "collections", "_codecs", "numpy"):
            return super().find_class(module, name)
        return type(name, (dict,), {"__module__": module, "__setstate__": lambda self, state: self.update(state)})


def load(path):
    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        return load_file(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        if "TorchScript" in str(error) or "torch.jit.load" in str(error):
            return torch.jit.load(path, map_location="cpu").state_dict()
        stand_ins = types.SimpleNamespace(Unpickler=Unpickler, load=pickle.load, __name__="stand_ins")
        return torch.load(path, map_location="cpu", weights_only=False, pickle_module=stand_ins)


def walk(value, path, found):
    if isinstance(value, torch.Tensor):
        found[path] = value.detach()
    elif isinstance(value, dict):
        for key, inner in value.items():
            walk(inner, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            walk(inner, f"{path}.{i}" if path else str(i), found)
    return found


def entry(tensor):
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
    bytes_ = tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
    return hashlib.sha256(bytes_).hexdigest()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    torch.set_num_threads(2)
    torch.zeros(3).add(1)
    before, start = peak(), time.perf_counter()
    tensors = walk(load(sys.argv[1]), "", {})
    touched = sum(float(t.reshape(-1)[0]) for t in tensors.values() if t.numel() and t.layout == torch.strided)
    seconds, grown = time.perf_counter() - start, peak() - before
    report = {name: [list(t.shape), entry(t)] for name, t in tensors.items()}
    print(json.dumps({"seconds": seconds, "grown": grown, "tensors": report, "touched": str(touched)}))


if __name__ == "__main__":
    main()
