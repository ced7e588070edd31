"""Cases made of a few factors that are there or not, nets that name them, and nets that name whole combinations.

A world of its seed's own turns k signs and some nuisances into a vector: each factor adds a direction, each pair of
factors, where they are entangled, one for its product; tanh bends the sum. The net that is `distributed` has an answer
for each factor, the `local` one a class for each of the 2^k combinations. One combination is never trained.
"""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from math import sqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from common.training import Hyper, Stream

DIMENSIONS, NUISANCES, WIDTH = 48, 8, 64
SIGNAL, SPREAD = 0.5, 0.5  # deviations of the directions of factors and of nuisances
REFERENCE = 1_024  # examples that the nearest neighbour is looked for among


def signs(k: int) -> np.ndarray:
    """All combinations of k signs, (2^k, k): the last one is all of them, tall men with glasses."""
    return np.array([[2 * (place >> factor & 1) - 1 for factor in range(k)] for place in range(2**k)], np.float32)


def chances(k: int, together: float) -> np.ndarray:
    """How likely each combination is: with probability `together` all factors agree, else each falls for itself."""
    agree = np.abs(signs(k).sum(axis=1)) == k
    return np.asarray((1 - together) / 2**k + together * agree / 2)


@cache
def draw(k: int, together: float, *, held_out: bool) -> Stream:
    """Combinations and what the world adds to them, (count, k + nuisances + noise), and the number of each (count,).

    Of training and seen cases the last combination is left out; held-out ones are all of it.
    """
    likely = chances(k, together)
    likely[-1] = 0.0
    odds = np.log(np.maximum(likely / likely.sum(), 1e-30)).astype(np.float32)
    table = signs(k)

    def drawn(seeds: Any, count: int) -> tuple[Any, Any]:
        which = ops.full((count,), 2**k - 1, dtype="int32")
        if not held_out:
            which = ops.cast(keras.random.categorical(ops.convert_to_tensor(odds[None]), count, seed=seeds)[0], "int32")
        rest = keras.random.normal((count, NUISANCES + DIMENSIONS), seed=seeds)
        return ops.concatenate([ops.take(ops.convert_to_tensor(table), which, axis=0), rest], axis=1), which

    return Stream(drawn)


def fixed(units: int, deviation: float) -> keras.layers.Layer:
    """Directions that a seed draws and nothing trains."""
    normal = keras.initializers.RandomNormal(stddev=deviation)
    return keras.layers.Dense(units, use_bias=False, kernel_initializer=normal, trainable=False)


def nets(k: int, hyper: Hyper) -> Any:
    """Outputs (count, k + 2^k + dimensions): logits of the factors, logits of the combinations, and what was seen."""
    entry = keras.Input((k + NUISANCES + DIMENSIONS,))
    s, nuisances, noise = entry[:, :k], entry[:, k : k + NUISANCES], entry[:, k + NUISANCES :]
    products = ops.stack([s[:, i] * s[:, j] for i, j in combinations(range(k), 2)], axis=1)
    entangled = fixed(DIMENSIONS, SIGNAL / sqrt((k - 1) / 2))(products) * hyper["entangled"]
    total = fixed(DIMENSIONS, SIGNAL)(s) + entangled + fixed(DIMENSIONS, SPREAD)(nuisances)
    seen = ops.tanh(total) + noise * hyper["noise"]
    distributed = keras.layers.Dense(k)(keras.layers.Dense(WIDTH, "relu")(seen))
    local = keras.layers.Dense(2**k)(keras.layers.Dense(WIDTH, "relu")(seen))
    return keras.Model(entry, ops.concatenate([distributed, local, seen], axis=1))


def parts(outputs: Any, k: int) -> tuple[Any, Any, Any]:
    return outputs[:, :k], outputs[:, k : k + 2**k], outputs[:, k + 2**k :]


def loss(k: int) -> Callable[[Any, Any, Any], Any]:
    """Mean cross-entropies of both nets, which share no weight, so that each trains as it would alone."""

    def summed(net: Any, x: Any, which: Any) -> Any:
        distributed, local, _ = parts(net(x, training=True), k)
        factors = ops.mean(ops.sum(ops.softplus(-distributed * x[:, :k]), axis=1))
        told = ops.take_along_axis(local, which[:, None], axis=1)[:, 0]
        return factors + ops.mean(ops.logsumexp(local, axis=1) - told)

    return summed


def answers(k: int, reference: Stream) -> Callable[[Any, Any, Any], Mapping[str, Any]]:
    """Shares of cases whose factors are all told rightly: by the net of factors, that of classes, and a neighbour."""

    def shares(net: Any, x: Any, which: Any) -> Mapping[str, Any]:
        distributed, local, seen = parts(net(x), k)
        named = ops.sum(ops.cast(distributed > 0, "int32") * 2 ** ops.arange(k, dtype="int32"), axis=1)
        each = ops.mean(ops.cast((distributed > 0) == (x[:, :k] > 0), "float32"))
        examples, theirs = reference.draw(None, REFERENCE)
        _, _, known = parts(net(examples), k)
        apart = ops.sum(ops.square(known), axis=1)[None] - 2 * ops.matmul(seen, ops.transpose(known))
        neighbour = ops.take(theirs, ops.argmin(apart, axis=1))
        found = {"right": named, "local_right": ops.argmax(local, axis=1), "neighbour_right": neighbour}
        told = {name: ops.mean(ops.cast(ops.cast(v, "int32") == which, "float32")) for name, v in found.items()}
        return told | {"factor_right": each}

    return shares
