"""A step of SGD on a net of ReLU layers, written out: what a machine does in it without a framework. NumPy alone."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Layers = list[tuple[np.ndarray, np.ndarray]]
"""Of each layer its weights (inputs, outputs) and biases (outputs,), both float32."""


def glorot(generator: np.random.Generator, widths: Sequence[int]) -> Layers:
    """Uniform weights of Glorot & Bengio (2010), biases zero, for layers between these widths."""

    def layer(a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
        bound = (6 / (a + b)) ** 0.5
        return generator.uniform(-bound, bound, (a, b)).astype(np.float32), np.zeros(b, np.float32)

    return [layer(a, b) for a, b in pairwise(widths)]


def step(layers: Layers, x: np.ndarray, y: np.ndarray, rate: float) -> float:
    """Changes the layers by SGD on the mean cross-entropy of logits for labels y (n,); returns it, from before."""
    inputs = [x]
    for weights, biases in layers[:-1]:
        inputs.append(np.maximum(inputs[-1] @ weights + biases, 0))
    logits = inputs[-1] @ layers[-1][0] + layers[-1][1]
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits)
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -float(np.log(shares[rows, y]).mean())
    back = shares
    back[rows, y] -= 1
    back /= len(y)
    for (weights, biases), given in zip(reversed(layers), reversed(inputs), strict=True):
        below = (back @ weights.T) * (given > 0) if given is not x else back
        weights -= rate * (given.T @ back)
        biases -= rate * back.sum(axis=0)
        back = below
    return loss


def operations(widths: Sequence[int]) -> int:
    """Of the products of a step, for one example: forward, to the weights, and, but for the first layer, to inputs."""
    products = [a * b for a, b in pairwise(widths)]
    return 2 * (3 * sum(products) - products[0])
