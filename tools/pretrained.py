"""PyTorch's side of npm run pretrained (tools/pretrained.ts). Needs torch, torchvision, pillow and safetensors.

    python tools/pretrained.py FOLDER PHOTOGRAPH...

Writes for each ResNet a file of seeded weights as torchvision's own are written (name-sum.pth), and to
answer.safetensors its logits on the photographs, each preprocessed by the transforms of torchvision's weights.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torchvision import models

NETWORKS = {
    "resnet18": models.ResNet18_Weights.IMAGENET1K_V1,
    "resnet34": models.ResNet34_Weights.IMAGENET1K_V1,
    "resnet50": models.ResNet50_Weights.IMAGENET1K_V2,
}


def seeded(name, batch):
    """A network whose running statistics are those of the batch, so that its logits have a trained one's size."""
    torch.manual_seed(50)
    model = getattr(models, name)(weights=None)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
    with torch.no_grad():
        model.train()(batch)
    return model.eval()


def main():
    folder, paths = Path(sys.argv[1]), sys.argv[2:]
    files, answers = {}, {}
    for name, weights in NETWORKS.items():
        batch = torch.stack([weights.transforms()(Image.open(path).convert("RGB")) for path in paths])
        model = seeded(name, batch)
        written = folder / "written.pth"
        torch.save(model.state_dict(), written)
        digest = hashlib.sha256(written.read_bytes()).hexdigest()
        files[name] = f"{name}-{digest[:8]}.pth"
        written.rename(folder / files[name])
        with torch.inference_mode():
            answers[name] = model(batch)
        answers[f"{name}.input"] = batch.permute(0, 2, 3, 1).contiguous()
    save_file({key: value.contiguous() for key, value in answers.items()}, folder / "answer.safetensors")
    versions = f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}"
    (folder / "answer.json").write_text(json.dumps({"versions": versions, "files": files}))


main()
