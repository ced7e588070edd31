"""Images of digits as sixteen numbers each: small enough for a full Hessian. No Keras."""

import numpy as np

from common import datasets
from reproductions.landscape.net import Numbers

SIDE = 4
"""Means over 7 × 7 pixels of MNIST, or 2 × 2 of the digits that stand in for it."""


def sample(generator: np.random.Generator, count: int) -> tuple[Numbers, np.ndarray]:
    """Images drawn without repetition from the training set, shape (count, 16), and their digits, shape (count,).

    Each column has mean 0 over the sample, and all of them together variance 1.
    """
    split = datasets.load_images().train
    rows = generator.choice(len(split.labels), count, replace=False)
    x = pooled(split.images[rows])
    x -= x.mean(axis=0)
    return x / x.std(), split.labels[rows]


def pooled(images: np.ndarray) -> Numbers:
    """Means over square blocks, shape (count, 16)."""
    block = round(images.shape[1] ** 0.5) // SIDE
    means = images.astype(np.float64).reshape(-1, SIDE, block, SIDE, block).mean(axis=(2, 4))
    return np.asarray(means.reshape(len(images), SIDE * SIDE))


def one_hot(labels: np.ndarray) -> Numbers:
    """Shape (count, 10)."""
    return np.asarray(np.eye(10)[labels])


def odd(labels: np.ndarray) -> Numbers:
    """1 for an odd digit and -1 for an even one, shape (count, 1)."""
    return np.where(labels % 2, 1.0, -1.0)[:, None]
