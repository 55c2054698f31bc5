from common import serve, torch, train_step
from models import Transformer


def setup(compiled):
    model = Transformer(1000, 128, 4, 512, 2)
    text = torch.randint(0, 1000, (32, 64))
    return train_step(model, text, torch.arange(32) % 2, compiled)


serve(setup, warmup=3)
