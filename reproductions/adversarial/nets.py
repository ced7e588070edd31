"""The nets beside plain ReLU nets: a logistic regression, maxout, and a small convolutional net."""

from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from typing import Any

import keras
from keras import ops

from common.constraints import MaxNorm
from reproductions.adversarial.model import CLASSES, Draws, mlp

DROPOUT = (0.2, 0.5)  # of inputs, of hidden units
MAX_NORM = 1.9365  # of the weights into a piece of a maxout unit


def logistic(pixels: int) -> Any:
    """One unit; its output is the logit of class 1, beside a logit of 0 for class 0."""
    inputs = keras.Input((pixels,))
    score = keras.layers.Dense(1)(Draws()(inputs))
    return keras.Model(inputs, keras.layers.concatenate([keras.layers.Rescaling(0.0)(score), score]))


def maxout(pixels: int) -> Any:
    """Two layers of 240 units, each the largest of five linear pieces, as in Goodfellow et al. 2013 for MNIST."""

    def dense(count: int) -> Any:
        start, bound = keras.initializers.RandomUniform(-0.005, 0.005), MaxNorm(lambda: MAX_NORM)
        return keras.layers.Dense(count, kernel_initializer=start, kernel_constraint=bound)

    inputs = keras.Input((pixels,))
    x = keras.layers.Dropout(DROPOUT[0])(Draws()(inputs))
    for _ in range(2):
        pieces = keras.layers.Reshape((240, 5))(dense(1200)(x))
        x = keras.layers.Dropout(DROPOUT[1])(ops.max(pieces, axis=-1))
    return keras.Model(inputs, dense(CLASSES)(x))


def cnn(pixels: int, filters: Sequence[int] = (8, 16)) -> Any:
    """Convolutions of 5×5 with stride 2, ReLU, and ten logits."""
    inputs = keras.Input((pixels,))
    x = keras.layers.Reshape((isqrt(pixels), isqrt(pixels), 1))(Draws()(inputs))
    for count in filters:
        same = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal"}
        x = keras.layers.Conv2D(count, 5, strides=2, **same)(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


NETS: Mapping[str, Callable[[int], Any]] = {
    "softmax": lambda pixels: mlp(pixels, ()),
    "logistic_3_vs_7": logistic,
    "mlp": lambda pixels: mlp(pixels, (512, 512)),
    "mlp_dropout": lambda pixels: mlp(pixels, (512, 512), dropout=DROPOUT),
    "maxout": maxout,
    "cnn": cnn,
    "small_mlp": lambda pixels: mlp(pixels, (64, 64)),
}
