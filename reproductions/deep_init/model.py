"""Plain deep nets on images of digits, with the scale of their initial weights as the only question."""

from typing import Any

import keras
from keras import ops

from common import datasets
from common.training import Arrays

CLASSES = 10


def kernel(init: str) -> Any:
    """Gaussian weights by the name that tables print: a fixed standard deviation, or one scaled by fan-in n.

    Raises:
        ValueError: the name is neither `one_over_n`, `two_over_n` nor `std_<number>`.
    """
    if init in ("one_over_n", "two_over_n"):
        scale = 1.0 if init == "one_over_n" else 2.0
        return keras.initializers.VarianceScaling(scale, mode="fan_in", distribution="untruncated_normal")
    if not init.startswith("std_"):
        raise ValueError(f"unknown initialisation {init!r}")
    return keras.initializers.RandomNormal(stddev=float(init.removeprefix("std_")))


def build_model(pixels: int, depth: int, width: int, activation: str, init: str) -> Any:
    """`depth` hidden layers and ten logits; every layer, the last included, starts from `init` with zero biases."""
    inputs = keras.Input((pixels,))
    x = inputs
    for _ in range(depth):
        x = keras.layers.Dense(width, activation=activation, kernel_initializer=kernel(init))(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES, kernel_initializer=kernel(init))(x))


def cross_entropy(model: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats; ln 10 for a net that knows nothing."""
    logits = model(x, training=True)
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def training_images(size: int) -> Arrays:
    """The first `size` training images and labels in the order of their content hash; all where there are fewer."""
    split = datasets.load_images().train
    chosen = datasets.subset(split, min(size, len(split.labels)))
    return Arrays(chosen.images, chosen.labels)
