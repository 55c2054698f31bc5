from common import compiled_model, precision, serve, torch
from models import MultiHeadAttention


def setup(compiled):
    model = MultiHeadAttention(512, 8)
    x = torch.randn(16, 128, 512)
    run = compiled_model(model) if compiled else model

    def step():
        model.zero_grad()
        with precision():
            loss = run(x, x, x).square().mean()
        loss.backward()
        return loss.item()

    return step


serve(setup, warmup=3)
