"""Nets whose labels are drawn with them: a random function of the strings that they see, another for each trial."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


class Signs(keras.initializers.Initializer):  # type: ignore[misc]
    """Each weight +1 or -1 by a fair coin."""

    def __init__(self, seed: Any = None) -> None:
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return ops.cast(2 * keras.random.randint(shape, 0, 2, seed=self.seed) - 1, dtype)


def detected(entry: Any, cases: NDArray[np.float32]) -> Any:
    """1 for the case that a string is, 0 for the others: shape (batch, cases)."""
    return ops.cast(ops.matmul(entry, cases.T) > cases.shape[1] - 1, "float32")


def random_function(fires: Any) -> Any:
    """A label ±1 for each string, of which one detector fires; drawn with the trial and never trained."""
    return keras.layers.Dense(1, use_bias=False, trainable=False, kernel_initializer=Signs(), name="labels")(fires)


def net_of_detectors(cases: NDArray[np.float32], kept: int) -> Any:
    """An output layer without a bias on the detectors of the first `kept` of all cases; gives logit and label."""
    entry = keras.Input((cases.shape[1],))
    fires = detected(entry, cases)
    logit = keras.layers.Dense(1, use_bias=False)(fires[:, :kept])
    return keras.Model(entry, ops.concatenate([logit, random_function(fires)], axis=1))


def net_of_units(cases: NDArray[np.float32], widest: int, width: Any) -> Any:
    """A hidden layer of `width` ReLU units, the first of `widest`, and an output layer from zero; logit and label.

    The weights of a unit do not depend on how many there are, so one program serves all widths.
    """
    entry = keras.Input((cases.shape[1],))
    hidden = keras.layers.Dense(widest, "relu", kernel_initializer="he_normal")(entry)
    there = ops.cast(ops.ones_like(hidden) * width > np.arange(widest, dtype="float32") + 0.5, "float32")
    logit = keras.layers.Dense(1, kernel_initializer="zeros")(hidden * there)
    return keras.Model(entry, ops.concatenate([logit, random_function(detected(entry, cases))], axis=1))


def logistic_loss(net: Any, x: Any, y: Any) -> Any:
    """Mean of log(1 + exp(-margin)), in nats; y is not looked at."""
    found = net(x, training=True)
    return ops.mean(ops.softplus(-found[:, 0] * found[:, 1]))


def right(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """The share of cases whose label is the sign of the logit; a logit of 0 is wrong."""
    found = net(x, training=False)
    return {"right": ops.mean(ops.cast(found[:, 0] * found[:, 1] > 0, "float32"))}
