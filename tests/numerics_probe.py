"""Tiny experiments whose numbers `numerics.json` keeps, one for each thing that decides numbers. Prints them as JSON.

Run by `test_numerics.py` in a process of its own, set up as a worker is.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from common import attacks, callbacks, constraints, sequences
from common.training import Arrays, Evaluation, Experiment, Stream, train
from common.variants import side_by_side

CLASSES, STEPS = 4, 8
GENERATOR = np.random.default_rng(23)
ROWS = Arrays(GENERATOR.random((40, 12), np.float32), GENERATOR.integers(0, CLASSES, 40).astype(np.int32))
IMAGES = Arrays(GENERATOR.random((40, 8, 8, 2), np.float32), ROWS.y)
ADDING = sequences.adding(6)
START = (GENERATOR.random((20, 12), np.float32) - 0.5) / 5


def draw(seeds: Any, count: int) -> tuple[Any, Any]:
    x = keras.random.normal((count, 12), seed=seeds)
    return x, keras.random.randint((count,), 0, CLASSES, seed=seeds)


def net(shape: Sequence[int], *layers: Callable[[], Any]) -> Callable[[Any], Any]:
    """A function that builds a model of these layers and one of logits."""

    def build(hyper: Any) -> Any:
        return keras.Sequential([keras.Input(shape), *(layer() for layer in layers), keras.layers.Dense(CLASSES)])

    return build


def dense() -> Any:
    return keras.layers.Dense(16, activation="relu")


def cross_entropy(model: Any, x: Any, y: Any, training: bool = True) -> Any:
    logits = model(x, training=training)
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def measured(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"loss": cross_entropy(model, x, y, training=False)}


def on_fgsm(model: Any, x: Any, y: Any) -> Any:
    moved = attacks.fgsm(lambda x: model(x, training=False), x, y, 0.1)
    return cross_entropy(model, x, y) + cross_entropy(model, ops.stop_gradient(moved), y)


def under_pgd(model: Any, x: Any, y: Any) -> dict[str, Any]:
    def predict(x: Any) -> Any:
        return model(x, training=False)

    moved = attacks.pgd(predict, x, y, 0.1, start=START, steps=5, clip=True)
    return {"loss": ops.mean(attacks.log_odds(predict(moved), y))}


def adam(hyper: Any) -> Any:
    return keras.optimizers.Adam(1e-2)


def base(build: Callable[[Any], Any], data: Arrays | Stream = ROWS, **changes: Any) -> Experiment:
    evaluate = {"test": Evaluation(data, measured, size=20, batch_size=10)}
    fields = {"build_model": build, "build_optimizer": adam, "loss": cross_entropy, "data": data, "evaluate": evaluate}
    return Experiment(**(fields | {"batch_size": 8, "steps": STEPS, "evaluate_every": STEPS // 2} | changes))


def lstm(hyper: Any) -> Any:
    entry, signal = sequences.inputs(ADDING)
    return keras.Model(entry, keras.layers.Dense(1)(keras.layers.LSTM(8)(signal)))


def regularised() -> Any:
    return keras.layers.Dense(16, "tanh", kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(1.0))


def limited() -> Any:
    return keras.layers.Dense(16, activation="relu", kernel_constraint=constraints.MaxNorm(lambda: 0.8))


def sgd(hyper: Any) -> Any:
    return keras.optimizers.SGD(lambda: hyper["learning_rate"], momentum=0.9, nesterov=True, global_clipnorm=1.0)


def varied(rate: float) -> Experiment:
    return base(VARIED, build_optimizer=sgd, loss=cross_entropy, hyper={"learning_rate": rate})


VARIED = net((12,), dense)
EXPERIMENTS: dict[str, tuple[Experiment, int]] = {  # and lanes
    "stream": (base(net((12,), dense), Stream(draw)), 1),
    "arrays": (base(net((12,), dense), build_optimizer=lambda hyper: keras.optimizers.RMSprop(1e-2)), 1),
    "dropout": (base(net((12,), dense, lambda: keras.layers.Dropout(0.5), dense)), 1),
    "dropout_lanes": (base(net((12,), lambda: keras.layers.Dropout(0.2), dense)), 4),
    "lstm": (
        base(
            lstm,
            ADDING.data,
            loss=sequences.loss(ADDING),
            evaluate={"test": Evaluation(ADDING.data, sequences.scores(ADDING), size=20, batch_size=20)},
        ),
        1,
    ),
    "convolution": (
        base(
            net(
                (8, 8, 2),
                lambda: keras.layers.Conv2D(4, 3, activation="relu"),
                keras.layers.MaxPooling2D,
                lambda: keras.layers.Conv2D(4, 2, padding="same", activation="relu"),
                keras.layers.Flatten,
            ),
            IMAGES,
        ),
        1,
    ),
    "batch_norm": (base(net((12,), dense, keras.layers.BatchNormalization)), 1),
    "hyper_lanes": (
        base(
            net((12,), regularised),
            build_optimizer=sgd,
            loss=lambda model, x, y: cross_entropy(model, x, y) + sum(model.losses),
            hyper={"learning_rate": 0.1},
            adjust=callbacks.reduce_lr_on_plateau("test_loss", mode="max", factor=0.5, patience=1),
        ),
        4,
    ),
    "max_norm": (base(net((12,), limited, dense)), 1),
    "adversarial": (
        base(
            net((12,), dense),
            loss=on_fgsm,
            evaluate={"pgd": Evaluation(ROWS, under_pgd, size=20, batch_size=20)},
        ),
        1,
    ),
}


def numbers() -> dict[str, dict[str, float | None]]:
    """Experiment and seed to its metrics after the last step. Five seeds fill four lanes once and begin again."""
    found: dict[str, dict[str, float | None]] = {}
    for name, (experiment, lanes) in EXPERIMENTS.items():
        for run in train(experiment, [0, 4] if lanes == 1 else range(5), lanes=lanes):
            found[f"{name} {run.seed}"] = dict(run.metrics)
    for seed, runs in side_by_side({rate: varied(rate) for rate in (0.01, 0.3)}, [0], 1):
        found |= {f"side_by_side {rate} {seed}": dict(run.metrics) for rate, run in runs.items()}
    return found


if __name__ == "__main__":
    print(json.dumps(numbers()))
