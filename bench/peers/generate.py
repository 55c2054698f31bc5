"""A GPT writes 128 tokens: plainly, each time from the whole text; with `--cache`, keys and values are kept.

The cache has room for all positions from the start. Operation by operation, what is there of it is attended to; compiled,
all of it with a mask, so that one compiled graph serves every position.
"""

import sys

# first, since it times `import torch`
from common import serve, torch  # isort: skip

import torch.nn as nn
import torch.nn.functional as F

VOCABULARY, WIDTH, HEADS, LAYERS, WINDOW, COUNT = 65, 384, 6, 6, 256, 128


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        for name in ("keys", "values"):
            self.register_buffer(name, torch.zeros(1, HEADS, WINDOW, WIDTH // HEADS), persistent=False)

    def forward(self, x, position=None, mask=None):
        b, t, _ = x.shape
        q, k, v = (
            part.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2) for part in self.qkv(x).split(WIDTH, dim=2)
        )
        if position is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        elif mask is None:
            self.keys[:, :, position : position + 1] = k
            self.values[:, :, position : position + 1] = v
            y = F.scaled_dot_product_attention(q, self.keys[:, :, : position + 1], self.values[:, :, : position + 1])
        else:
            self.keys.index_copy_(2, position, k)
            self.values.index_copy_(2, position, v)
            y = F.scaled_dot_product_attention(q, self.keys, self.values, mask)
        return self.out(y.transpose(1, 2).reshape(b, t, WIDTH))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.feed = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x, position=None, mask=None):
        x = x + self.attention(self.norm1(x), position, mask)
        return x + self.feed(self.norm2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(WINDOW, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, ids, places, position=None, mask=None):
        x = self.tokens(ids) + self.places(places)
        for block in self.blocks:
            x = block(x, position, mask)
        return self.head(self.norm(x)[:, -1])


def setup(compiled):
    model = GPT().eval()
    places = torch.arange(WINDOW)
    run = torch.compile(model) if compiled else model

    def logits(ids):
        if "--cache" not in sys.argv:
            seen = ids[:, -WINDOW:]
            return run(seen, places[: seen.shape[1]])
        at = ids.shape[1] - 1
        here = places[at : at + 1]
        return run(ids[:, -1:], here, here, (places <= here)[None]) if compiled else run(ids[:, -1:], here, at)

    def step():
        ids = torch.ones(1, 1, dtype=torch.long)
        with torch.no_grad() if compiled else torch.inference_mode():
            for _ in range(COUNT):
                next_id = torch.multinomial(F.softmax(logits(ids), dim=-1), 1)
                ids = torch.cat((ids, next_id), dim=1)
        return ids.tolist()

    return step


serve(setup, warmup=2)
