"""Small pictures of digits and a small net on them, NumPy throughout: 7×7 means of MNIST's pixels, or 8×8 digits.

One hidden layer of tanh or ReLU units, ten classes, under two thousand weights in all.
"""

from functools import cache

import numpy as np

from common import datasets
from reproductions.gradients.planted import cross_entropy, normal, one_hot, softmax
from reproductions.gradients.series import Array, Weights

HIDDEN, CLASSES = 20, 10
IMAGES = 10_000  # of a split, at most


@cache
def pictures(split: str) -> tuple[Array, Array]:
    """Pixels (n, 49 or 64) as float64 in 0 to 1, and labels (n,), of a split of the images at hand."""
    of = getattr(datasets.load_images(), split)
    pixels, labels = of.images[:IMAGES].astype(float), of.labels[:IMAGES]
    if pixels.shape[1] == 28**2:
        pixels = pixels.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(len(pixels), -1)
    return pixels, labels


def weights(generator: np.random.Generator, inputs: int, unit: str) -> Weights:
    """Weights of deviation 1/√n, for ReLU √2/√n; biases 0."""
    gain = np.sqrt(2) if unit == "relu" else 1.0
    matrices = {"w1": gain * normal(generator, inputs, HIDDEN), "w2": normal(generator, HIDDEN, CLASSES)}
    return matrices | {"b1": np.zeros(HIDDEN), "b2": np.zeros(CLASSES)}


def _forward(w: Weights, x: Array, unit: str) -> tuple[Array, Array]:
    z = x @ w["w1"] + w["b1"]
    a = np.tanh(z) if unit == "tanh" else z * (z > 0)
    return a, a @ w["w2"] + w["b2"]


def loss(w: Weights, x: Array, y: Array, unit: str) -> float:
    """Mean cross-entropy, in nats."""
    return float(cross_entropy(_forward(w, x, unit)[1], one_hot(y, CLASSES), np))


def error_signals(w: Weights, x: Array, y: Array, unit: str) -> tuple[Array, Array, Array]:
    """What the hidden layer gives, and each example's gradient at logits and hidden sums: (n, 20), (n, 10), (n, 20)."""
    a, logits = _forward(w, x, unit)
    d = softmax(logits) - one_hot(y, CLASSES)
    return a, d, (d @ w["w2"].T) * (1 - a**2 if unit == "tanh" else a > 0)


def gradient(w: Weights, x: Array, y: Array, unit: str) -> Weights:
    """That of `loss`."""
    a, d, back = error_signals(w, x, y, unit)
    n = len(y)
    return {"w1": x.T @ back / n, "b1": back.mean(axis=0), "w2": a.T @ d / n, "b2": d.mean(axis=0)}


def per_example(w: Weights, x: Array, y: Array, unit: str) -> Array:
    """The gradient of every example alone, all weights in a row: (n, weights)."""
    a, d, back = error_signals(w, x, y, unit)
    parts = (x[:, :, None] * back[:, None], back, a[:, :, None] * d[:, None], d)
    return np.concatenate([part.reshape(len(y), -1) for part in parts], axis=1)


def moved(w: Weights, d: Weights, h: float) -> Weights:
    return {name: value + h * d[name] for name, value in w.items()}


def norm(d: Weights) -> float:
    return float(np.sqrt(sum((part**2).sum() for part in d.values())))


def descended(w: Weights, generator: np.random.Generator, unit: str, rate: float, steps: int, batch: int) -> Weights:
    """After so many steps of SGD on random batches of the training pictures."""
    x, y = pictures("train")
    for _ in range(steps):
        rows = generator.integers(len(y), size=batch)
        w = moved(w, gradient(w, x[rows], y[rows], unit), -rate)
    return w
