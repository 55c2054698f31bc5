"""Keras 3 on JAX, as its guides write it: the argument is the workload, and `train_on_batch` is the step."""

import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
_start = time.perf_counter()
import keras  # noqa: E402

IMPORT_MS = (time.perf_counter() - _start) * 1e3

import jax  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from talk import converse  # noqa: E402


def cnn():
    model = keras.Sequential([layers.Input((28, 28, 1))])
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D(2))
    for layer in (layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.5), layers.Dense(10)):
        model.add(layer)
    return model, np.random.randn(64, 28, 28, 1).astype("float32"), np.arange(64) * 7 % 10


def lstm():
    model = keras.Sequential(
        [
            layers.Input((100,), dtype="int32"),
            layers.Embedding(10000, 100),
            layers.Dropout(0.5),
            layers.Bidirectional(layers.LSTM(128, return_sequences=True)),
            layers.Dropout(0.5),
            layers.Bidirectional(layers.LSTM(128)),
            layers.Dropout(0.5),
            layers.Dense(2),
        ]
    )
    return model, np.random.randint(0, 10000, (64, 100)), np.arange(64) % 2


def transformer():
    text = layers.Input((64,), dtype="int32")
    x = layers.Embedding(1000, 128)(text)
    for _ in range(2):
        attended = layers.MultiHeadAttention(num_heads=4, key_dim=32, dropout=0.1)(x, x)
        x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(0.1)(attended))
        inner = layers.Dropout(0.1)(layers.Dense(512, activation="relu")(x))
        x = layers.LayerNormalization(epsilon=1e-5)(x + layers.Dropout(0.1)(layers.Dense(128)(inner)))
    model = keras.Model(text, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))
    return model, np.random.randint(0, 1000, (32, 64)), np.arange(32) % 2


keras.utils.set_random_seed(0)
model, x, y = {"cnn": cnn, "lstm": lstm, "transformer": transformer}[sys.argv[1]]()
model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
converse(lambda: float(model.train_on_batch(x, y)), 3, IMPORT_MS, f"Keras {keras.__version__}, JAX {jax.__version__}")
