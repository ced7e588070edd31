"""A convolutional net on 8×8 pixels, its backward pass by hand, and bugs planted in it.

Two layers of 3×3 filters with padding and ReLU, 3 channels each, 2×2 maxima, and a layer of 4 classes: which quarter of
the picture is brightest. Arrays are (examples, rows, columns, channels).
"""

from itertools import product
from types import ModuleType
from typing import Any

import numpy as np

from reproductions.gradients.planted import (
    Array,
    Batch,
    Rules,
    Weights,
    bug,
    cross_entropy,
    normal,
    one_hot,
    softmax,
)

SIDE, CHANNELS, CLASSES = 8, 3, 4
TAPS = tuple(product(range(3), range(3)))


def weights(generator: np.random.Generator) -> Weights:
    pooled = SIDE // 2 * SIDE // 2 * CHANNELS
    sizes = {"k1": (3, 3, 1, CHANNELS), "k2": (3, 3, CHANNELS, CHANNELS), "w": (pooled, CLASSES)}
    found = {name: np.sqrt(2) * normal(generator, *shape) for name, shape in sizes.items()}
    return found | {
        n: 0.1 * generator.standard_normal(k) for n, k in (("b1", CHANNELS), ("b2", CHANNELS), ("b", CLASSES))
    }


def batch(generator: np.random.Generator, examples: int) -> Batch:
    x = generator.standard_normal((examples, SIDE, SIDE, 1))
    quarters = x.reshape(examples, 2, SIDE // 2, 2, SIDE // 2).sum(axis=(2, 4)).reshape(examples, 4)
    return x, one_hot(quarters.argmax(axis=1), CLASSES)


def padded(x: Any, xp: ModuleType = np) -> Any:
    return xp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))


def convolved(x: Any, kernel: Any, xp: ModuleType = np) -> Any:
    """What a layer of `kernel` (3, 3, in, out) makes of x: the same size."""
    wide = padded(x, xp)
    return sum(wide[:, i : i + SIDE, j : j + SIDE] @ kernel[i, j] for i, j in TAPS)


def windows(x: Any) -> Any:
    """The 2×2 windows of a picture: (examples, rows / 2, columns / 2, 4, channels)."""
    half = SIDE // 2
    apart = x.reshape(-1, half, 2, half, 2, CHANNELS)
    return apart.transpose(0, 1, 3, 2, 4, 5).reshape(-1, half, half, 4, CHANNELS)


def unwindowed(x: Array) -> Array:
    half = SIDE // 2
    return x.reshape(-1, half, half, 2, 2, CHANNELS).transpose(0, 1, 3, 2, 4, 5).reshape(-1, SIDE, SIDE, CHANNELS)


def loss(w: Any, of: Any, xp: ModuleType = np) -> Any:
    """Mean cross-entropy."""
    *_, logits = _forward(w, of[0], xp)
    return cross_entropy(logits, of[1], xp)


def _forward(w: Any, x: Any, xp: ModuleType) -> tuple[Any, ...]:
    z1 = convolved(x, w["k1"], xp) + w["b1"]
    a1 = z1 * (z1 > 0)
    z2 = convolved(a1, w["k2"], xp) + w["b2"]
    a2 = windows(z2 * (z2 > 0))
    flat = a2.max(axis=3).reshape(len(x), -1)
    return z1, a1, z2, a2, flat, flat @ w["w"] + w["b"]


def _to_kernel(x: Array, d: Array) -> Array:
    wide = padded(x)
    taps = [np.einsum("nijc,nijd->cd", wide[:, i : i + SIDE, j : j + SIDE], d) for i, j in TAPS]
    return np.array(taps).reshape(3, 3, x.shape[-1], d.shape[-1])


def _to_input(d: Array, kernel: Array, shift: int = 1) -> Array:
    wide = np.zeros((len(d), SIDE + 2, SIDE + 2, kernel.shape[2]), d.dtype)
    for i, j in TAPS:
        wide[:, i : i + SIDE, j : j + SIDE] += d @ kernel[i, j].T
    return wide[:, shift : shift + SIDE, shift : shift + SIDE]


def _inside(x: Array) -> Array:
    """Without the outermost pixels, which become 0."""
    return np.asarray(padded(x[:, 1:-1, 1:-1]))


RULES: Rules = {
    "softmax": lambda p, y: (p - y) / len(y),
    "kernel": _to_kernel,
    "bias": lambda d: d.sum(axis=(0, 1, 2)),
    "input": _to_input,
    "relu1": lambda d, z1, z2: d * (z1 > 0),
    "relu2": lambda d, z1, z2: d * (z2 > 0),
    "pool": lambda d, a: d[:, :, :, None] * (a == a.max(axis=3, keepdims=True)),
}


def gradient(w: Weights, of: Batch, rules: Rules = RULES) -> Weights:
    x, y = of
    z1, a1, z2, a2, flat, logits = _forward(w, x, np)
    d = rules["softmax"](softmax(logits), y)
    pooled = (d @ w["w"].T).reshape(len(x), SIDE // 2, SIDE // 2, CHANNELS)
    d2 = rules["relu2"](unwindowed(rules["pool"](pooled, a2)), z1, z2)
    d1 = rules["relu1"](rules["input"](d2, w["k2"]), z1, z2)
    found = {"k1": rules["kernel"](x, d1), "b1": rules["bias"](d1), "w": flat.T @ d, "b": d.sum(axis=0)}
    return found | {"k2": rules["kernel"](a1, d2), "b2": rules["bias"](d2)}


BUGS = {
    "kernel_not_flipped": bug(
        "back through the kernel as forth", input=lambda d, k: convolved(d, k.transpose(0, 1, 3, 2))
    ),
    "channels_not_transposed": bug(
        "the channels go back as they came", input=lambda d, k: _to_input(d, k.transpose(0, 1, 3, 2))
    ),
    "rows_for_columns": bug(
        "the gradient's rows and columns change places",
        kernel=lambda x, d: _to_kernel(x, d).transpose(1, 0, 2, 3),
    ),
    "border_forgotten": bug("no gradient from the outermost pixels", kernel=lambda x, d: _to_kernel(x, _inside(d))),
    "padding_one_off": bug("the padding is cut off one pixel early", input=lambda d, k: _to_input(d, k, shift=0)),
    "last_row_of_taps_missing": bug(
        "a loop over the kernel ends early",
        kernel=lambda x, d: _to_kernel(x, d) * np.array([1, 1, 0])[:, None, None, None],
    ),
    "last_example_alone": bug("= in place of +=", kernel=lambda x, d: _to_kernel(x[-1:], d[-1:])),
    "bias_averaged_over_pixels": bug("a mean over the pixels", bias=lambda d: d.mean(axis=(1, 2)).sum(axis=0)),
    "bias_summed_over_channels": bug("one sum for all channels", bias=lambda d: np.full(d.shape[-1], d.sum())),
    "mask_of_another_layer": bug("ReLU's mask of the layer above", relu1=lambda d, z1, z2: d * (z2 > 0)),
    "mask_forgotten": bug("no mask before the maxima", relu2=lambda d, z1, z2: d),
    "maxima_as_means": bug(
        "a quarter of the gradient to each pixel", pool=lambda d, a: np.broadcast_to(d[:, :, :, None] / 4, a.shape)
    ),
    "maxima_to_all": bug("the gradient to each pixel", pool=lambda d, a: np.broadcast_to(d[:, :, :, None], a.shape)),
    "maxima_to_the_first": bug(
        "to the first pixel of a window", pool=lambda d, a: d[:, :, :, None] * np.eye(4)[0][:, None] + 0 * a
    ),
}
