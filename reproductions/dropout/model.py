"""ReLU nets on images of digits, whose dropout, norm limit and rate are inputs of the program: no dropout is p = 0."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets
from common.constraints import MaxNorm
from common.training import Arrays, Hyper

CLASSES = 10


class Dropout(keras.layers.Layer):  # type: ignore[misc]
    """Sets each input to zero with a probability, in training alone (Srivastava et al. 2014, section 4).

    Keras' own takes a Python number, this one what `drop` gives when called, so that one program serves every
    probability. `inverted` divides what is left by the probability of staying, as Keras does; the source scales
    the weights after training instead.
    """

    def __init__(self, drop: Callable[[], Any], inverted: bool = True) -> None:
        super().__init__()
        self.drop = drop  # a function: Keras would take a variable for a weight of this layer
        self.inverted = inverted
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x
        drop = ops.cast(ops.convert_to_tensor(self.drop()), x.dtype)
        kept = ops.cast(keras.random.uniform(ops.shape(x), seed=self.seed_generator) >= drop, x.dtype)
        return x * kept / (1 - drop) if self.inverted else x * kept

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape


def build_model(
    pixels: int, depth: int, width: int, hyper: Hyper, outputs: int = CLASSES, *, constrained: bool = False
) -> Any:
    """`depth` hidden layers of ReLU from He's weights, then linear `outputs`.

    Args:
        hyper: `drop_input` and `drop_hidden`, the probabilities of being dropped; `max_norm`, if `constrained`.
    """

    def dense(units: int, activation: str | None) -> Any:
        limit = MaxNorm(lambda: hyper["max_norm"]) if constrained else None
        return keras.layers.Dense(
            units, activation, kernel_initializer=keras.initializers.HeNormal(), kernel_constraint=limit
        )

    inputs = keras.Input((pixels,))
    x = Dropout(lambda: hyper["drop_input"])(inputs)
    for _ in range(depth):
        x = Dropout(lambda: hyper["drop_hidden"])(dense(width, "relu")(x))
    return keras.Model(inputs, dense(outputs, None)(x))


def surprise(logits: Any, y: Any) -> Any:
    """(n,) -log p(label), in nats."""
    return ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0]


def cross_entropy(model: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats, with dropout on; ln 10 for a net that knows nothing."""
    return ops.mean(surprise(model(x, training=True), y))


def percent_wrong(logits: Any, y: Any) -> Any:
    """Share of labels that are not the largest logit, in per cent."""
    wrong = ops.cast(ops.argmax(logits, axis=-1), "int32") != ops.cast(y, "int32")
    return 100 * ops.mean(ops.cast(wrong, "float32"))


def mistakes(model: Any, x: Any, y: Any) -> dict[str, Any]:
    """With dropout off: `error`, in per cent, and `nll`, the mean of -log p(label) in nats."""
    logits = model(x, training=False)
    return {"error": percent_wrong(logits, y), "nll": ops.mean(surprise(logits, y))}


def training_images(size: int, *, refit: bool = False) -> Arrays:
    """The first `size` training images in the order of their content hash, or all where there are fewer.

    Args:
        refit: takes the validation images too, after the training images.
    """
    images = datasets.load_images()
    if not refit:
        chosen = datasets.subset(images.train, min(size, len(images.train.labels)))
        return Arrays(chosen.images, chosen.labels)
    x = np.concatenate([images.train.images, images.validation.images])[:size]
    return Arrays(x, np.concatenate([images.train.labels, images.validation.labels])[:size])
