"""The workloads in Keras: what the engine is handed, and what `fit` trains."""

from collections.abc import Sequence
from math import isqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from benchmarks import data
from benchmarks.workloads import POOL, WINDOW, Workload
from common.training import Arrays, Evaluation, Experiment, Stream
from reproductions.parity import model as parity

LOSSES = {
    "parity": keras.losses.BinaryCrossentropy,
    "images": keras.losses.SparseCategoricalCrossentropy,
    "sequence": keras.losses.MeanSquaredError,
}


class Given(keras.initializers.Initializer):  # type: ignore[misc]
    """These values, whatever the seed."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        return ops.convert_to_tensor(self.values, dtype)


def build_model(workload: Workload, weights: Sequence[np.ndarray] = ()) -> Any:
    """The net; with `weights`, in Keras' order, it starts from them."""
    given = iter([Given(values) for values in weights])

    def start(*names: str) -> dict[str, Given]:
        return {f"{name}_initializer": next(given) for name in names} if weights else {}

    *hidden, outputs = workload.widths[1:]
    if workload.task == "sequence":
        inputs = x = keras.Input((workload.length, workload.widths[0]))
        forget = {"unit_forget_bias": not weights}  # Keras' ones there, unless the bias is given whole
        x = keras.layers.LSTM(hidden[0], **forget, **start("kernel", "recurrent", "bias"))(x)
    else:
        inputs = x = keras.Input((workload.widths[0],))
        if workload.filters:
            x = keras.layers.Reshape((isqrt(workload.widths[0]), -1, 1))(x)
            for filters in workload.filters:
                x = keras.layers.Conv2D(filters, WINDOW, activation="relu", **start("kernel", "bias"))(x)
                x = keras.layers.MaxPooling2D(POOL)(x)
            x = keras.layers.Flatten()(x)
        for units in hidden:
            x = keras.layers.Dense(units, activation="relu", **start("kernel", "bias"))(x)
            x = keras.layers.Dropout(workload.dropout)(x) if workload.dropout else x
    return keras.Model(inputs, keras.layers.Dense(outputs, **start("kernel", "bias"))(x))


def build_optimizer(workload: Workload) -> Any:
    made = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[workload.optimizer]
    return made(workload.learning_rate)


def build_loss(workload: Workload) -> Any:
    """For `compile`."""
    return LOSSES[workload.task](**({} if workload.task == "sequence" else {"from_logits": True}))


def loss(workload: Workload, model: Any, x: Any, y: Any, training: bool = True) -> Any:
    """The same mean loss for the engine."""
    outputs = model(x, training=training)
    if workload.task == "parity":
        return ops.mean(ops.softplus(outputs) - y * outputs)
    if workload.task == "sequence":
        return ops.mean(ops.square(outputs - y))
    return ops.mean(keras.losses.sparse_categorical_crossentropy(y, outputs, from_logits=True))


def source(workload: Workload) -> Stream | Arrays:
    """Fresh examples inside the program, or the training images."""
    if workload.task == "images":
        return Arrays(*data.images(workload))
    if workload.task == "parity":
        return parity.strings(workload.widths[0])

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x = keras.random.normal((count, workload.length, workload.widths[0]), seed=seeds)
        return x, ops.mean(x, axis=1)[:, :1]

    return Stream(draw)


def experiment(workload: Workload, steps: int) -> Experiment:
    """As a study would write it, without evaluations: `fit` makes none either."""
    return Experiment(
        build_model=lambda hyper: build_model(workload),
        build_optimizer=lambda hyper: build_optimizer(workload),
        loss=lambda model, x, y: loss(workload, model, x, y),
        data=source(workload),
        batch_size=workload.batch_size,
        steps=steps,
        evaluate={},
        evaluate_every=steps,
    )


def checked(workload: Workload, steps: int) -> Experiment:
    """From the given weights, on one full batch, whose loss at the end is `batch_loss`."""
    batch = Arrays(*data.arrays(workload, workload.batch_size))
    size = workload.batch_size
    return Experiment(
        build_model=lambda hyper: build_model(workload, data.weights(workload)),
        build_optimizer=lambda hyper: build_optimizer(workload),
        loss=lambda model, x, y: loss(workload, model, x, y),
        data=batch,
        batch_size=size,
        steps=steps,
        evaluate={"batch": Evaluation(batch, lambda m, x, y: {"loss": loss(workload, m, x, y, False)}, size, size)},
        evaluate_every=steps,
    )
