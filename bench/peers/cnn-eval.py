import sys

from common import compiled_model, labels, laid_out, serve, torch
from models import CNN


def setup(compiled):
    model = laid_out(CNN())
    model.eval()
    criterion = torch.nn.CrossEntropyLoss()
    x, y = laid_out(torch.randn(1000, 1, 28, 28)), labels(1000)
    run = compiled_model(model) if compiled else model
    without_gradients = torch.inference_mode if "--inference" in sys.argv else torch.no_grad

    def step():
        with without_gradients():
            output = run(x)
            loss = criterion(output, y).item()
            pred = output.argmax(dim=1, keepdim=True)
            correct = pred.eq(y.view_as(pred)).sum().item()
        return loss, correct

    return step


serve(setup, warmup=3)
