"""One point of bench/scale: the arguments are the axis and the place on it."""

import sys

# first, since it times `import torch`
from common import labels, serve, torch, train_step  # isort: skip

from models import CNN, MLP, Transformer


def transformer(layers, length):
    model = Transformer(1000, 128, 4, 512, 2, num_layers=layers)
    return train_step(model, torch.randint(0, 1000, (8, length)), torch.arange(8) % 2, False)


def product(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: (a @ b)[0, 0].item()


def bandwidth(mebibytes):
    x = torch.randn(mebibytes << 18)
    return lambda: (x + 1)[0].item()


AXES = {
    "batch": lambda n: train_step(CNN(), torch.randn(n, 1, 28, 28), labels(n), False),
    "length": lambda n: transformer(2, n),
    "width": lambda n: train_step(MLP(784, n, 10), torch.randn(64, 784), labels(64), False),
    "layers": lambda n: transformer(n, 64),
    "product": product,
    "bandwidth": bandwidth,
}

serve(lambda compiled: AXES[sys.argv[1]](int(sys.argv[2])), warmup=3)
