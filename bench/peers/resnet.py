"""The guide's transfer step: ResNet-50, everything frozen but the new last layer. The argument says the mode.

With `--answers` the network answers a batch and learns nothing.
"""

import sys

# first, since it times `import torch`
from common import answers, labels, serve, torch, train_step  # isort: skip

import torch.nn as nn
import torch.optim as optim
import torchvision.models as models


def setup(compiled):
    resnet = models.resnet50(weights=None)
    if "--answers" in sys.argv:
        return answers(resnet, torch.randn(8, 3, 224, 224), compiled)
    for param in resnet.parameters():
        param.requires_grad = False
    num_features = resnet.fc.in_features
    resnet.fc = nn.Linear(num_features, 10)
    resnet.train("--eval" not in sys.argv)
    optimizer = optim.SGD(resnet.fc.parameters(), lr=0.01, momentum=0.9)
    return train_step(resnet, torch.randn(8, 3, 224, 224), labels(8), compiled, optimizer)


serve(setup, warmup=2)
