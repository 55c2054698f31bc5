"""JAX with Flax and Optax, as their guides write it: the argument is the workload, and a jitted function is the step."""

import os
import sys
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")
_start = time.perf_counter()
import jax  # noqa: E402
import optax  # noqa: E402
from flax import nnx  # noqa: E402

IMPORT_MS = (time.perf_counter() - _start) * 1e3

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from talk import converse  # noqa: E402


class CNN(nnx.Module):
    def __init__(self, rngs):
        self.conv1 = nnx.Conv(1, 32, (3, 3), rngs=rngs)
        self.conv2 = nnx.Conv(32, 64, (3, 3), rngs=rngs)
        self.conv3 = nnx.Conv(64, 128, (3, 3), rngs=rngs)
        self.fc1 = nnx.Linear(128 * 3 * 3, 512, rngs=rngs)
        self.fc2 = nnx.Linear(512, 10, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = nnx.max_pool(nnx.relu(conv(x)), (2, 2), (2, 2))
        x = nnx.relu(self.fc1(x.reshape(x.shape[0], -1)))
        return self.fc2(self.dropout(x))


class LSTMModel(nnx.Module):
    def __init__(self, rngs):
        def both(features):
            cells = [nnx.RNN(nnx.OptimizedLSTMCell(features, 128, rngs=rngs)) for _ in range(2)]
            return nnx.Bidirectional(*cells)

        self.embedding = nnx.Embed(10000, 100, rngs=rngs)
        self.layer1, self.layer2 = both(100), both(256)
        self.fc = nnx.Linear(256, 2, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, text):
        x = self.dropout(self.embedding(text))
        x = self.layer2(self.dropout(self.layer1(x)))  # [b, t, 256]
        last = jnp.concatenate([x[:, -1, :128], x[:, 0, 128:]], axis=1)
        return self.fc(self.dropout(last))


class Layer(nnx.Module):
    def __init__(self, rngs):
        self.attention = nnx.MultiHeadAttention(4, 128, dropout_rate=0.1, decode=False, rngs=rngs)
        self.norm1, self.norm2 = nnx.LayerNorm(128, rngs=rngs), nnx.LayerNorm(128, rngs=rngs)
        self.linear1, self.linear2 = nnx.Linear(128, 512, rngs=rngs), nnx.Linear(512, 128, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, x):
        x = self.norm1(x + self.dropout(self.attention(x, deterministic=False)))
        inner = self.dropout(nnx.relu(self.linear1(x)))
        return self.norm2(x + self.dropout(self.linear2(inner)))


class Transformer(nnx.Module):
    def __init__(self, rngs):
        self.embedding = nnx.Embed(1000, 128, rngs=rngs)
        self.layer1, self.layer2 = Layer(rngs), Layer(rngs)
        self.fc = nnx.Linear(128, 2, rngs=rngs)

    def __call__(self, text):
        return self.fc(self.layer2(self.layer1(self.embedding(text))).mean(axis=1))


@nnx.jit
def train_step(model, optimizer, x, y):
    def loss(model):
        return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()

    value, slopes = nnx.value_and_grad(loss)(model)
    optimizer.update(model, slopes)
    return value


WORKLOADS = {
    "cnn": (CNN, lambda: np.random.randn(64, 28, 28, 1).astype("float32"), np.arange(64) * 7 % 10),
    "lstm": (LSTMModel, lambda: np.random.randint(0, 10000, (64, 100)), np.arange(64) % 2),
    "transformer": (Transformer, lambda: np.random.randint(0, 1000, (32, 64)), np.arange(32) % 2),
}
kind, batch, y = WORKLOADS[sys.argv[1]]
model = kind(nnx.Rngs(0))
optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)
x, y = jnp.asarray(batch()), jnp.asarray(y)
converse(lambda: float(train_step(model, optimizer, x, y)), 3, IMPORT_MS, f"JAX {jax.__version__}")
