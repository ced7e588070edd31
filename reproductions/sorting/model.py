"""Lists of numbers in bits, the nets that sort them exactly, and the nets that are trained to.

Bit 0 of a number is the most significant. A list of n numbers of b bits is a row of n·b zeros and ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from common.training import Stream


def lists(n: int, b: int) -> Stream:
    """Fresh uniform lists: x (count, n·b) as they come, y of the same shape in rising order."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        values = keras.random.randint((count, n), 0, 2**b, seed=seeds)
        return bits_of(values, b), bits_of(ops.sort(values, axis=1), b)

    return Stream(draw)


def bits_of(values: Any, b: int) -> Any:
    """Integers (count, n) as floats (count, n·b)."""
    places = ops.arange(b - 1, -1, -1, dtype="int32")
    bits = ops.bitwise_and(ops.right_shift(ops.expand_dims(ops.cast(values, "int32"), -1), places), 1)
    return ops.cast(ops.reshape(bits, (values.shape[0], -1)), "float32")


@dataclass(frozen=True)
class Layer:
    """Weights (inputs, units) and biases of one dense layer, whole numbers all of them."""

    kernel: np.ndarray
    bias: np.ndarray


def threshold_network(n: int, b: int) -> tuple[Layer, Layer, Layer]:
    """The exact net: two hidden layers of threshold units (1 where the weighted sum is at least 0), a linear output.

    The first layer passes the bits on and compares every pair of numbers. With them the rank of a number is a weighted
    sum. Unit (i, m, k) of the second layer says that number i has rank m or more and its bit k is 1; outputs are
    differences of neighbouring ranks. After Siu, Bruck, Kailath & Hofmeister 1993, who show that depth 3 is enough.
    """
    passes, pairs = n * b, [(i, j) for i in range(n) for j in range(i + 1, n)]
    first = np.zeros((n * b, passes + len(pairs)))
    first[:, :passes] = np.eye(n * b)
    for unit, (i, j) in enumerate(pairs, start=passes):
        first[:, unit] = _difference(n, b, i, j)
    rank, offset = np.zeros((passes + len(pairs), n)), np.arange(n)
    for unit, (i, j) in enumerate(pairs, start=passes):
        rank[unit, i], rank[unit, j] = 1, -1  # i is above j; ties go to the later number, which the offset counts
    second, bias = np.zeros((first.shape[1], n, n, b)), np.zeros((n, n, b))
    for i in range(n):
        second[:, i] = rank[:, i, None, None]
        second[i * b + np.arange(b), i, :, np.arange(b)] += n
        bias[i] = (offset[i] - np.arange(n) - n)[:, None]
    units = n * n * b
    return (
        Layer(first, np.full(first.shape[1], -1.0)),
        Layer(second.reshape(-1, units), bias.reshape(units)),
        Layer(_neighbours(n, b).reshape(units, n * b), np.zeros(n * b)),
    )


def without_comparison(layers: tuple[Layer, Layer, Layer], unit: int) -> tuple[Layer, Layer, Layer]:
    """A `threshold_network` with one unit of its first layer cut off from its inputs, so that it always says no."""
    first = layers[0].kernel.copy()
    first[:, unit] = 0
    return (Layer(first, layers[0].bias), *layers[1:])


def relu_network(n: int, b: int) -> tuple[Layer, Layer, Layer]:
    """The same net of ReLU units, as exact in float32: a step between whole numbers is a difference of two ramps."""
    passes, pairs = n * b, [(i, j) for i in range(n) for j in range(i + 1, n)]
    first = np.zeros((n * b, passes + 2 * len(pairs)))
    first[:, :passes] = np.eye(n * b)
    bias = np.zeros(first.shape[1])
    rank = np.zeros((first.shape[1], n))
    for pair, (i, j) in enumerate(pairs):
        for place, sign in ((0, 1), (1, -1)):  # relu(d) - relu(d - 1) = [d >= 1]
            unit = passes + 2 * pair + place
            first[:, unit], bias[unit] = _difference(n, b, i, j), -place
            rank[unit, i], rank[unit, j] = sign, -sign
    second, offsets = np.zeros((first.shape[1], n, n, b + 1)), np.zeros((n, n, b + 1))
    for i in range(n):
        second[:, i] = rank[:, i, None, None]
        second[i * b + np.arange(b), i, :, np.arange(b)] += 1  # relu(z + bit) - relu(z) = bit where z >= 0
        offsets[i] = (i - np.arange(n))[:, None]
    output = np.zeros((n, n, b + 1, n, b))
    output[:, :, :b] = _neighbours(n, b)
    output[:, :, b] = -output[:, :, :b].sum(axis=2)
    units = n * n * (b + 1)
    return (
        Layer(first, bias),
        Layer(second.reshape(-1, units), offsets.reshape(units)),
        Layer(output.reshape(units, n * b), np.zeros(n * b)),
    )


def _difference(n: int, b: int, i: int, j: int) -> np.ndarray:
    """Weights (n·b,) that give number i less number j."""
    weights = np.zeros((n, b))
    weights[i], weights[j] = 2.0 ** np.arange(b - 1, -1, -1), -(2.0 ** np.arange(b - 1, -1, -1))
    return weights.reshape(-1)


def _neighbours(n: int, b: int) -> np.ndarray:
    """Weights (i, m, k, rank, bit): +1 from rank m to output m, -1 from rank m + 1 to output m."""
    ranks = np.eye(n) - np.eye(n, k=-1)
    return np.broadcast_to(ranks[None, :, None, :, None] * np.eye(b)[None, None, :, None, :], (n, n, b, n, b))


def units(n: int, b: int) -> int:
    """Hidden units of `threshold_network`, without building it."""
    return n * (n - 1) // 2 + n * b + n * n * b


def hidden_units(layers: Sequence[Layer]) -> int:
    return sum(layer.kernel.shape[1] for layer in layers[:-1])


def heaviside(z: Any) -> Any:
    """1 where z >= 0, else 0. Its gradient is zero: nothing is trained through it."""
    return ops.cast(z >= 0, "float32")


def exact_model(layers: Sequence[Layer], activation: Any) -> Any:
    """A Keras model with these weights; `activation` of the hidden layers, a linear output."""
    inputs = keras.Input((layers[0].kernel.shape[0],))
    x = inputs
    for number, layer in enumerate(layers):
        last = number == len(layers) - 1
        x = keras.layers.Dense(layer.kernel.shape[1], activation=None if last else activation)(x)
    model = keras.Model(inputs, x)
    model.set_weights([values for layer in layers for values in (layer.kernel, layer.bias)])
    return model


def build_model(n: int, b: int, widths: Sequence[int]) -> Any:
    """ReLU layers of the given widths, none for the linear model, and a logit for each bit of the sorted list."""
    inputs = keras.Input((n * b,))
    x = inputs
    for width in widths:
        x = keras.layers.Dense(width, activation="relu", kernel_initializer="he_normal")(x)
    return keras.Model(inputs, keras.layers.Dense(n * b)(x))


def logistic_loss(model: Any, x: Any, y: Any) -> Any:
    """Mean over lists and bits of -log p(bit), in nats."""
    logits = model(x, training=True)
    return ops.mean(ops.softplus(logits) - y * logits)


def quality(n: int, b: int) -> Any:
    """Metrics of a model with logits: shares of bits, numbers and whole lists that are right, and where errors lie.

    `value_error` is the mean absolute error of a number, in units of its last bit, and `value_error_m` that at rank m.
    `bit_k` is the accuracy of bit plane k, `rank_m` the share of right numbers at rank m.
    """

    def metrics(model: Any, x: Any, y: Any) -> Mapping[str, Any]:
        shape = (x.shape[0], n, b)
        found, wanted = ops.reshape(model(x) > 0, shape), ops.reshape(y > 0.5, shape)
        right = ops.cast(ops.equal(found, wanted), "float32")
        numbers = ops.min(right, axis=2)
        weights = ops.cast(2.0 ** np.arange(b - 1, -1, -1), "float32")
        values = [ops.sum(ops.cast(bits, "float32") * weights, axis=2) for bits in (found, wanted)]
        misses = ops.mean(ops.abs(values[0] - values[1]), axis=0)
        planes, ranks = ops.mean(right, axis=(0, 1)), ops.mean(numbers, axis=0)
        return {
            "bit_accuracy": ops.mean(right),
            "number_accuracy": ops.mean(numbers),
            "list_accuracy": ops.mean(ops.min(numbers, axis=1)),
            "value_error": ops.mean(misses),
            "first_bit_error": 1 - planes[0],
            **{f"bit_{k}": planes[k] for k in range(b)},
            **{f"rank_{m}": ranks[m] for m in range(n)},
            **{f"value_error_{m}": misses[m] for m in range(n)},
        }

    return metrics
