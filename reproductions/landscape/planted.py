"""A teacher and its student in one model, so that every seed draws a teacher of its own; and a net of three nodes."""

import math
from typing import Any

import keras
from keras import ops

SPREAD = 2.0
"""Standard deviation of what a unit of the teacher sums up: tanh is then far from a line."""


class Signs(keras.initializers.Initializer):  # type: ignore[misc]
    """Weights of ±1."""

    def __init__(self, seed: Any = None) -> None:
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return ops.cast(2 * keras.random.randint(shape, 0, 2, seed=self.seed) - 1, dtype)


def threshold(x: Any) -> Any:
    """1 above zero and -1 elsewhere."""
    return ops.where(x > 0, 1.0, -1.0)


ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "adam": "relu", "linear": "relu", "threshold": threshold}


def pair(kind: str, inputs: int, units: int) -> keras.Model:
    """Outputs (count, 2): what a student of `units` says, and what its teacher of three units does.

    The teacher's weights are N(0, 4 / inputs) and ±1, without biases. The student has biases, Glorot's weights and the
    teacher's kind of unit; tanh for `threshold`, none for `linear`.
    """
    x = keras.Input((inputs,))
    normal = keras.initializers.RandomNormal(stddev=SPREAD / math.sqrt(inputs))
    hidden = keras.layers.Dense(3, ACTIVATIONS[kind], use_bias=False, kernel_initializer=normal, trainable=False)
    answer = keras.layers.Dense(1, use_bias=False, kernel_initializer=Signs(), trainable=False)
    taught = answer(hidden(x))
    unit = {"linear": None, "threshold": "tanh"}.get(kind, ACTIVATIONS[kind])
    said = keras.layers.Dense(1)(keras.layers.Dense(units, unit)(x))
    return keras.Model(x, ops.concatenate([said, taught], axis=1))


def squared_loss(net: Any, x: Any, y: Any) -> Any:
    both = net(x, training=True)
    return 0.5 * ops.mean(ops.square(both[:, 0] - both[:, 1]))


def error(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Squared error over the variance of the answers: of the student, and of the teacher's own weights."""
    both = net(x)
    said, taught = both[:, 0], both[:, 1]
    variance = ops.mean(ops.square(taught - ops.mean(taught)))
    hidden, answer = (layer for layer in net.layers if not layer.trainable and layer.weights)
    again = ops.squeeze(ops.matmul(hidden.activation(ops.matmul(x, hidden.kernel)), answer.kernel), 1)
    return {
        "error": ops.mean(ops.square(said - taught)) / variance,
        "teacher_error": ops.mean(ops.square(again - taught)) / variance,
    }


def three_nodes(inputs: int) -> keras.Model:
    """Two hidden tanh units and a logit."""
    x = keras.Input((inputs,))
    return keras.Model(x, keras.layers.Dense(1)(keras.layers.Dense(2, "tanh")(x)))


def logistic_loss(net: Any, x: Any, y: Any) -> Any:
    """Mean logistic loss in nats; y is ±1."""
    return ops.mean(ops.softplus(-y * net(x, training=True)))


def wrong(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Points that are told wrongly."""
    return {"wrong": ops.sum(ops.cast(y * net(x) <= 0, "float32"))}
