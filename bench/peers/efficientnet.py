"""EfficientNet-Lite0 answers a batch of images."""

# first, since it times `import torch`
from common import answers, serve, torch  # isort: skip

import sys
from pathlib import Path

import torch.nn as nn

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "fixtures"))
from lite0 import LITE0  # noqa: E402


def convolution(channels, out, kernel, stride=1, groups=1, active=True):
    layers = [
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out, eps=1e-3),
    ]
    return nn.Sequential(*layers, *([nn.ReLU6(inplace=True)] if active else []))


class Block(nn.Module):
    def __init__(self, channels, out, kernel, stride, growth):
        super().__init__()
        wide = channels * growth
        self.skips = stride == 1 and channels == out
        self.layers = nn.Sequential(
            *([convolution(channels, wide, 1)] if growth > 1 else []),
            convolution(wide, wide, kernel, stride, groups=wide),
            convolution(wide, out, 1, active=False),
        )

    def forward(self, x):
        return x + self.layers(x) if self.skips else self.layers(x)


def network():
    layers, channels = [convolution(3, 32, 3, 2)], 32
    for repeats, kernel, stride, growth, out in LITE0:
        for place in range(repeats):
            layers.append(Block(channels, out, kernel, stride if place == 0 else 1, growth))
            channels = out
    layers += [convolution(channels, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


serve(lambda compiled: answers(network(), torch.randn(8, 3, 224, 224), compiled), warmup=3)
