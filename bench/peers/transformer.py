# first, since it times `import torch`
from common import serve, torch, train_step  # isort: skip

import torch.nn as nn


class Transformer(nn.Module):
    """Two encoder layers over embedded tokens, the mean of their outputs classified."""

    def __init__(self, vocab_size, d_model, num_heads, dim_feedforward, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        layer = nn.TransformerEncoderLayer(d_model, num_heads, dim_feedforward, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.fc = nn.Linear(d_model, num_classes)

    def forward(self, text):
        return self.fc(self.encoder(self.embedding(text)).mean(dim=1))


def setup(compiled):
    model = Transformer(1000, 128, 4, 512, 2)
    text = torch.randint(0, 1000, (32, 64))
    return train_step(model, text, torch.arange(32) % 2, compiled)


serve(setup, warmup=3)
