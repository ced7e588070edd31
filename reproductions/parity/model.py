"""Strings of bits, their parity, and nets that may or may not learn it."""

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from common.training import Stream

BITS_PER_WORD = 24  # a random word below 2**24 is exactly uniform on every backend


def strings(n: int) -> Stream:
    """Fresh uniform strings of n bits, coded ±1, shape (count, n); labels (count, 1) in {0, 1}.

    The label is 1 when the product of the coded bits is -1, that is when an odd number of them are -1.
    """

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        words = keras.random.randint((count, -(-n // BITS_PER_WORD)), 0, 2**BITS_PER_WORD, seed=seeds)
        bits = ops.bitwise_and(ops.right_shift(ops.expand_dims(words, -1), ops.arange(BITS_PER_WORD)), 1)
        bits = ops.reshape(bits, (count, -1))[:, :n]
        labels = ops.sum(bits, axis=-1, keepdims=True) % 2
        return ops.cast(1 - 2 * bits, "float32"), ops.cast(labels, "float32")

    return Stream(draw)


def coin_labels(n: int) -> Stream:
    """Fresh uniform strings as `strings` draws them, with a fair coin for a label: nothing can be learned of it."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x, _ = strings(n).draw(seeds, count)
        return x, ops.cast(keras.random.randint((count, 1), 0, 2, seed=seeds), "float32")

    return Stream(draw)


class Signs(keras.initializers.Initializer):  # type: ignore[misc]
    """Weights of equal size and random sign, ±1/sqrt(fan_in), with Gaussian noise of relative size `noise` on top.

    At noise 0 the first layer of Abbe, Cornacchia, Hązła & Kougang-Yombi 2025 (Rademacher initialisation).
    """

    def __init__(self, noise: float = 0.0, seed: Any = None) -> None:
        self.noise = noise
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        signs = ops.cast(2 * keras.random.randint(shape, 0, 2, seed=self.seed) - 1, dtype)
        jitter = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        return (signs + self.noise * jitter) / math.sqrt(shape[0])


class Spread(keras.initializers.Initializer):  # type: ignore[misc]
    """Biases spaced evenly over [-reach, reach]."""

    def __init__(self, reach: float) -> None:
        self.reach = reach

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return ops.cast(ops.linspace(-self.reach, self.reach, shape[0]), dtype)


def first_layer(name: str, n: int, noise: float = 0.0) -> dict[str, Any]:
    """Initialisers of the first layer, by the name that tables print.

    Raises:
        KeyError: unknown name.
    """
    kernels: Mapping[str, Any] = {
        "rademacher": Signs(noise),
        "glorot": keras.initializers.GlorotUniform(),
        "normal_002": keras.initializers.RandomNormal(stddev=0.02),
        "normal_unit": keras.initializers.RandomNormal(stddev=1 / math.sqrt(n)),
        "equal": keras.initializers.Constant(1 / math.sqrt(n)),
    }
    # Equal weights make equal units; only their biases, spread over the range of w·x = ±sqrt(n), tell them apart.
    bias = Spread(6.0) if name == "equal" else keras.initializers.Zeros()
    return {"kernel_initializer": kernels[name], "bias_initializer": bias}


def build_model(
    n: int,
    widths: tuple[int, ...],
    *,
    init: str = "glorot",
    noise: float = 0.0,
    output: str = "glorot_uniform",
) -> Any:
    """ReLU layers of the given widths on n inputs, and one logit. `init` and `noise` shape the first layer only."""
    inputs = keras.Input((n,))
    x = keras.layers.Dense(widths[0], activation="relu", **first_layer(init, n, noise))(inputs)
    for width in widths[1:]:
        x = keras.layers.Dense(width, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=output)(x))


def logistic_loss(model: Any, x: Any, y: Any) -> Any:
    """Mean of log(1 + exp(-margin)), with y in {0, 1}."""
    logits = model(x, training=True)
    return ops.mean(ops.softplus(logits) - y * logits)


def accuracy(model: Any, x: Any, y: Any) -> dict[str, Any]:
    """Share of strings whose parity the sign of the logit tells."""
    return {"accuracy": ops.mean(ops.cast((model(x) > 0) == (y > 0.5), "float32"))}
