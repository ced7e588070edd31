"""The tasks of tiny nets: what is drawn, what is lost, and what counts as wrong, per cent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets
from common.training import Arrays, Stream
from reproductions.expressivity.cube import cube, parity

IMAGES, HELD_OUT = 5_000, 10_000
NUMBERS, NUMBER_BITS = 5, 4
PARITY_BITS, SEPARABLE_BITS = 8, 10
LOOK = 5_000  # fresh examples that are looked at


@dataclass(frozen=True)
class Task:
    """`seen` is trained on and `asked` are `size` examples to look at; `outputs` logits."""

    seen: Arrays | Stream
    asked: Arrays | Stream
    size: int
    inputs: int
    outputs: int
    loss: Callable[[Any, Any, Any], Any]
    wrong: Callable[[Any, Any, Any], Mapping[str, Any]]


def named(name: str, judged: str) -> Task:
    """One of the tasks; images to look at are those of the part `judged`."""
    if name == "mnist":
        seen, asked = images("train", IMAGES), images(judged, HELD_OUT)
        return Task(seen, asked, len(asked.y), seen.x.shape[1], 10, surprise, labels_wrong)
    if name == "parity":
        strings = cube(PARITY_BITS).astype("float32")
        every = Arrays(strings, (parity(strings) < 0).astype("float32")[:, None])
        return Task(every, every, len(strings), PARITY_BITS, 1, logistic, bits_wrong)
    fresh, inputs, outputs = {
        "sort": (Stream(lists), NUMBERS * NUMBER_BITS, NUMBERS * NUMBER_BITS),
        "separable": (Stream(sides), SEPARABLE_BITS, 1),
    }[name]
    return Task(fresh, fresh, LOOK, inputs, outputs, logistic, bits_wrong)


@cache
def images(part: str, size: int) -> Arrays:
    """The first `size` images of a part, or all where there are fewer, and their labels."""
    split = getattr(datasets.load_images(), part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    return Arrays(chosen.images, chosen.labels)


def lists(seeds: Any, count: int) -> tuple[Any, Any]:
    """Lists of five numbers of four bits, 0 or 1, first the bit that counts most; and the same lists sorted."""
    values = keras.random.randint((count, NUMBERS), 0, 2**NUMBER_BITS, seed=seeds)
    return _bits(values), _bits(ops.sort(values, axis=1))


def _bits(values: Any) -> Any:
    places = np.arange(NUMBER_BITS - 1, -1, -1, dtype="int32")
    bits = ops.bitwise_and(ops.right_shift(ops.expand_dims(ops.cast(values, "int32"), -1), places), 1)
    return ops.cast(ops.reshape(bits, (values.shape[0], -1)), "float32")


def sides(seeds: Any, count: int) -> tuple[Any, Any]:
    """Strings of ten bits, ±1, and whether 4 x1 + 3 x2 + 2 x3 + 1/2 of the sum of the others is positive: never 0."""
    x = ops.cast(2 * keras.random.randint((count, SEPARABLE_BITS), 0, 2, seed=seeds) - 1, "float32")
    weights = np.array([4, 3, 2] + [0.5] * (SEPARABLE_BITS - 3), "float32")[:, None]
    return x, ops.cast(ops.matmul(x, weights) > 0, "float32")


def surprise(net: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats."""
    logits = net(x, training=True)
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def logistic(net: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(bit), in nats."""
    logits = net(x, training=True)
    return ops.mean(ops.softplus(logits) - y * logits)


def labels_wrong(net: Any, x: Any, y: Any) -> dict[str, Any]:
    found = ops.cast(ops.argmax(net(x, training=False), axis=-1), "int32")
    return {"error": 100 * ops.mean(ops.cast(found != ops.cast(y, "int32"), "float32"))}


def bits_wrong(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": 100 * ops.mean(ops.cast((net(x, training=False) > 0) != (y > 0.5), "float32"))}
