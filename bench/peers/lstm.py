import sys

# first, since it times `import torch`
from common import answers, serve, torch, train_step  # isort: skip

from models import LSTMModel


def setup(compiled):
    model = LSTMModel(vocab_size=10000, embedding_dim=100, hidden_dim=128, output_dim=2)
    text = torch.randint(0, 10000, (64, 100))
    if "--answers" in sys.argv:
        return answers(model, text[:1] if "--one" in sys.argv else text, compiled)
    return train_step(model, text, torch.arange(64) % 2, compiled)


serve(setup, warmup=3)
