"""Nets whose inputs lie far from zero or vary by orders of magnitude, and what a first layer's updates look like."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from common import datasets, updates
from common.training import Arrays, Hyper

CLASSES = 10
SMALLEST = 1e-30  # keeps the cosine of an update of zeros from dividing by zero


def centred(images: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pixels less their means in `reference`, all divided by one number, so that their variance there is 1 on average.

    One divisor for all leaves a pixel that is never lit at zero, and changes nothing but means and scale.
    """
    mean = reference.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(np.mean((reference - mean) ** 2))
    return np.asarray((images - mean) / spread, np.float32)


@cache
def images(part: str, size: int) -> Arrays:
    """The first `size` images of a part, or all where there are fewer, centred by the training images."""
    data = datasets.load_images()
    split = getattr(data, part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    x = centred(chosen.images, data.train.images)
    x.flags.writeable = False
    return Arrays(x, chosen.labels)


def classifier(pixels: int, hidden: Sequence[int], hyper: Hyper) -> Any:
    """ReLU layers of these widths and ten logits, Keras' own initial weights; without any, softmax regression.

    It sees its input times `scale`, plus `mean`, less `taken`, of `hyper`.
    """
    entry = keras.Input((pixels,))
    x = entry * hyper["scale"] + hyper["mean"] - hyper["taken"]
    for width in hidden:
        x = keras.layers.Dense(width, "relu")(x)
    return keras.Model(entry, keras.layers.Dense(CLASSES)(x))


def cross_entropy(net: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats."""
    return _surprise(net(x, training=True), y)


def _surprise(logits: Any, y: Any) -> Any:
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def surprise(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"loss": _surprise(net(x, training=False), y)}


def first_layer(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Of the last update of the first layer's weights: its norm, and averages over those of its units that it moved.

    `cosine` is that between a unit's last two updates, `absolute` its size; `one_way` tells how far all weights of a
    unit move alike: the size of the cosine between its update and the same change of all of them. A unit that was not
    moved, as a dead one, has no cosine. `moved` is the share of units that both updates moved.
    """
    step = updates.steps(net)[0]  # (inputs, units)
    cosine, moved = cosines(step.update, step.earlier)
    alike, moved_now = cosines(step.update, ops.ones_like(step.update))
    return {
        "norm": ops.sqrt(ops.sum(ops.square(step.update))),
        "cosine": _mean(cosine, moved),
        "absolute": _mean(ops.abs(cosine), moved),
        "one_way": _mean(ops.abs(alike), moved_now),
        "moved": ops.mean(moved),
    }


def cosines(one: Any, other: Any) -> tuple[Any, Any]:
    """Of each column, and 1 for those in which neither is zero, else 0."""
    one, other = _scaled(one), _scaled(other)
    squares = ops.sum(ops.square(one), axis=0) * ops.sum(ops.square(other), axis=0)
    cosine = ops.sum(one * other, axis=0) / ops.sqrt(ops.maximum(squares, SMALLEST))
    return cosine, ops.cast(squares > 0, cosine.dtype)


def _mean(values: Any, counted: Any) -> Any:
    return ops.sum(values * counted) / ops.maximum(ops.sum(counted), 1)


def _scaled(update: Any) -> Any:
    """Columns whose largest entry is 1, as the square of a small one would be lost."""
    return update / ops.maximum(ops.max(ops.abs(update), axis=0, keepdims=True), SMALLEST)


def regressor(dimensions: int, width: int) -> Any:
    """One hidden layer of ReLU units and one number."""
    entry = keras.Input((dimensions,))
    return keras.Model(entry, keras.layers.Dense(1)(keras.layers.Dense(width, "relu")(entry)))


def squared(net: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(net(x, training=True)[:, 0] - y))


def relative(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """The squared error in units of the targets' variance: 1 is answering their mean."""
    return {"error": ops.mean(ops.square(net(x, training=False)[:, 0] - y)) / ops.var(y)}
