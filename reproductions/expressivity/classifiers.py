"""ReLU nets with one logit a class, their loss, and what is wrong of what they say."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import keras
from keras import ops


def build(inputs: int, hidden: Sequence[int], classes: int) -> keras.Model:
    """He's normal weights before a ReLU layer; without any, softmax regression."""
    entry = keras.Input((inputs,))
    x = entry
    for width in hidden:
        x = keras.layers.Dense(width, "relu", kernel_initializer="he_normal")(x)
    return keras.Model(entry, keras.layers.Dense(classes)(x))


def parameters(inputs: int, hidden: Sequence[int], classes: int) -> int:
    """Weights and biases."""
    sizes = (inputs, *hidden, classes)
    return sum((before + 1) * after for before, after in pairwise(sizes))


def widest(inputs: int, layers: int, classes: int, most: int) -> tuple[int, ...]:
    """Equal widths of so many hidden layers: the largest that keep the net within `most` parameters."""
    width = 1
    while parameters(inputs, (width + 1,) * layers, classes) <= most:
        width += 1
    return (width,) * layers


def cross_entropy(logits: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats."""
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def loss(net: Any, x: Any, y: Any) -> Any:
    return cross_entropy(net(x, training=True), y)


def wrong(logits: Any, y: Any) -> Any:
    """Wrong labels, in per cent."""
    return 100 * ops.mean(ops.cast(ops.cast(ops.argmax(logits, axis=-1), "int32") != y, "float32"))


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    logits = net(x, training=False)
    return {"loss": cross_entropy(logits, y), "error": wrong(logits, y)}
