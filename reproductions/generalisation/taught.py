"""A net of N weights, examples of each seed's own whose labels are wrong in part, and the teacher that labels them.

The examples stand in a layer that lets its input through, so that one compiled program serves every number of them.
"""

from functools import cache
from math import sqrt
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from common.training import Arrays, Hyper
from reproductions.generalisation import pixels

INPUTS, TEACHERS = 7, 3
WRONG = 0.2
"""The share of labels that are turned round, in training and in test."""
STEEP = 2.0
"""Standard deviation of what a unit of the teacher sums up."""
IMAGES = 50_000


def parameters(units: int) -> int:
    """Weights and biases of a net with so many hidden units: 11 of them are 100."""
    return units * (INPUTS + 2) + 1


@cache
def features(part: str) -> NDArray[np.float32]:
    """Images by their first seven principal components, each of variance 1 in training, and whether the digit is odd.

    Shape (n, 8); the last column is 1 or -1.
    """
    train, of = (pixels.images(name, IMAGES, halved=True) for name in ("train", part))
    mean = train.x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((train.x - mean).T.astype(np.float64)))
    components = vectors[:, ::-1][:, :INPUTS] / np.sqrt(values[::-1][:INPUTS])
    x = (of.x - mean) @ components
    return np.column_stack([x, np.where(of.y % 2 == 1, 1, -1)]).astype(np.float32)


@cache
def images(part: str, size: int) -> Arrays:
    """The features of the first images of a part."""
    rows = features(part)[:size].copy()
    rows.flags.writeable = False
    return Arrays(rows, rows[:, -1])


def drawn(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Normal inputs, and in the last column -1 where the label is wrong, else 1."""
    count = shape[0]
    x = keras.random.normal((count, INPUTS), dtype=dtype)
    luck = keras.random.uniform((count, 1), dtype=dtype)
    return ops.concatenate([x, ops.where(luck < WRONG, -1.0, 1.0)], axis=1)


def chosen(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Rows of the training images' features, drawn with replacement."""
    known = features("train")
    rows = keras.random.randint((shape[0],), 0, len(known))
    return ops.cast(ops.take(ops.convert_to_tensor(known), rows, axis=0), dtype)


class Examples(keras.layers.Layer):  # type: ignore[misc]
    """Holds `rows` examples that the seed draws, of which `hyper["examples"]` are trained on."""

    def __init__(self, rows: int, initializer: Any, hyper: Hyper) -> None:
        super().__init__(name="examples")
        self.count = hyper["examples"]
        self.table = self.add_weight(name="table", shape=(rows, INPUTS + 1), initializer=initializer, trainable=False)

    def call(self, x: Any) -> Any:
        return x


def student(units: int, rows: int, hyper: Hyper, *, planted: bool) -> Any:
    """One hidden layer of tanh units and a logit for rows (count, 8); outputs (count, 2): it, and the label, ±1.

    Where the labels are `planted`, they are the sign of a teacher of three tanh units times the last column; else they
    are the last column.
    """
    entry = keras.Input((INPUTS + 1,))
    row = Examples(rows, drawn if planted else chosen, hyper)(entry)
    x, label = row[:, :INPUTS], row[:, INPUTS:]
    if planted:
        normal = keras.initializers.RandomNormal(stddev=STEEP / sqrt(INPUTS))
        unit = keras.initializers.RandomNormal(stddev=1.0)
        hidden = keras.layers.Dense(TEACHERS, "tanh", use_bias=False, kernel_initializer=normal, trainable=False)
        answer = keras.layers.Dense(1, use_bias=False, kernel_initializer=unit, trainable=False)
        label = label * ops.where(answer(hidden(x)) > 0, 1.0, -1.0)
    logit = keras.layers.Dense(1)(keras.layers.Dense(units, "tanh")(x))
    return keras.Model(entry, ops.concatenate([logit, label], axis=1))


def loss(net: Any, x: Any, y: Any) -> Any:
    """Mean logistic loss in nats of the examples that the numbers `x`, from 0 to 1, fall on."""
    examples = net.get_layer("examples")
    rows = ops.take(examples.table, ops.cast(x * examples.count, "int32"), axis=0)
    both = net(rows, training=True)
    return ops.mean(ops.softplus(-both[:, 0] * both[:, 1]))


def on_training(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Of the examples that are trained on: the share of wrong labels, and the loss in nats; `x` are all places."""
    examples = net.get_layer("examples")
    counted = ops.cast(ops.cast(x, "float32") < examples.count, "float32")
    wrong, surprise = _each(net, examples.table)
    return {
        "error": ops.sum(wrong * counted) / ops.sum(counted),
        "loss": ops.sum(surprise * counted) / ops.sum(counted),
    }


def on_others(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Of rows (count, 8): the share of wrong labels, and the loss in nats."""
    wrong, surprise = _each(net, x)
    return {"error": ops.mean(wrong), "loss": ops.mean(surprise)}


def _each(net: Any, rows: Any) -> tuple[Any, Any]:
    both = net(rows, training=False)
    said = both[:, 0] * both[:, 1]
    return ops.cast(said <= 0, "float32"), ops.softplus(-said)
