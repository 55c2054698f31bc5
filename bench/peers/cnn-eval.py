from common import labels, serve, torch
from models import CNN


def setup(compiled):
    model = CNN()
    model.eval()
    criterion = torch.nn.CrossEntropyLoss()
    x, y = torch.randn(1000, 1, 28, 28), labels(1000)
    run = torch.compile(model) if compiled else model

    def step():
        with torch.no_grad():
            output = run(x)
            loss = criterion(output, y).item()
            pred = output.argmax(dim=1, keepdim=True)
            correct = pred.eq(y.view_as(pred)).sum().item()
        return loss, correct

    return step


serve(setup, warmup=3)
