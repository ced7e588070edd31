"""Functions on the cube [-1, 1]^d for nets of one and of two hidden layers, and how many parameters an error takes.

A target stands in the model beside the net, so that all targets of a dimension share one compiled program, and so that
a sum of hidden units is drawn anew by every seed.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import keras
from keras import ops

from common.training import Hyper, Stream

TARGETS = ("radial", "product", "smooth", "units")
TEACHER = 8
"""Hidden units of the target that is one hidden layer by construction."""


def radial(x: Any) -> Any:
    """sin(u) of u, the squared radius less its mean over its deviation: of one shape in every dimension."""
    d = x.shape[1]
    return ops.sin((ops.sum(ops.square(x), axis=1) - d / 3) / math.sqrt(4 * d / 45))


def product(x: Any) -> Any:
    """The product of all coordinates, each of variance 1."""
    return ops.prod(math.sqrt(3) * x, axis=1)


def smooth(x: Any) -> Any:
    """Friedman's (1991) function of the first five coordinates, which he takes from [0, 1]; 0 where there are fewer."""
    if x.shape[1] < 5:
        return 0 * x[:, 0]
    u = (x + 1) / 2
    curved = 10 * ops.sin(math.pi * u[:, 0] * u[:, 1]) + 20 * ops.square(u[:, 2] - 0.5)
    return (curved + 10 * u[:, 3] + 5 * u[:, 4] - 14.4) / 5


@cache
def inputs(dimensions: int) -> Stream:
    """Uniform on the cube; the second part is not read, as the model knows the target."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x = keras.random.uniform((count, dimensions), -1, 1, seed=seeds)
        return x, x[:, 0]

    return Stream(draw)


class Narrowed(keras.layers.Layer):  # type: ignore[misc]
    """Silences all units but the first of them, so that nets of every width share one compiled program.

    A silent unit has no gradient, and Adam moves it nowhere: what is left is a net of that width.
    """

    def __init__(self, width: Any) -> None:
        super().__init__()
        self.width = width

    def call(self, x: Any) -> Any:
        return x * ops.cast(ops.arange(x.shape[1]) < ops.cast(self.width, "int32"), x.dtype)


def beside_its_target(dimensions: int, layers: int, widest: int, hyper: Hyper) -> keras.Model:
    """Outputs (count, 2): what a ReLU net of equal widths says, and the targets, each times its number in `hyper`.

    `width` units of the `widest` take part. Weights are He's, normal, of the deviation `spread` after the first layer.
    """
    normal, x = keras.initializers.RandomNormal, keras.Input((dimensions,))
    said, start = x, normal(stddev=math.sqrt(2 / dimensions))
    for _ in range(layers):
        said = Narrowed(hyper["width"])(keras.layers.Dense(widest, "relu", kernel_initializer=start)(said))
        start = normal(stddev=hyper["spread"])
    said = keras.layers.Dense(1, kernel_initializer=start)(said)
    units = keras.layers.Dense(
        TEACHER, "relu", trainable=False, kernel_initializer=normal(stddev=math.sqrt(3 / dimensions)),
        bias_initializer=normal(stddev=0.5),
    )  # fmt: skip
    answer = keras.layers.Dense(1, use_bias=False, trainable=False, kernel_initializer=normal(stddev=1.0))
    functions = {"radial": radial, "product": product, "smooth": smooth}
    taught = answer(units(x)) * hyper["units"]
    for name, function in functions.items():
        taught = taught + ops.expand_dims(function(x), 1) * hyper[name]
    return keras.Model(x, ops.concatenate([said, taught], axis=1))


def squared(net: Any, x: Any, y: Any) -> Any:
    both = net(x, training=True)
    return ops.mean(ops.square(both[:, 0] - both[:, 1]))


def relative(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Squared error over the variance of the target: 1 is answering its mean."""
    both = net(x, training=False)
    said, taught = both[:, 0], both[:, 1]
    return {"error": ops.mean(ops.square(said - taught)) / ops.var(taught)}


def needed(sizes: Sequence[int], errors: Sequence[float], target: float) -> float | None:
    """Parameters at which the error first comes down to the target, by a line in the logarithms of both.

    The smallest size where that is good enough already; None where no size is.
    """
    for place, (size, error) in enumerate(zip(sizes, errors, strict=True)):
        if error <= target:
            if place == 0:
                return float(size)
            before, above = sizes[place - 1], errors[place - 1]
            share = math.log(above / target) / math.log(above / error)
            return float(before * (size / before) ** share)
    return None
