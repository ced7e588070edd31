"""Recurrent nets with a given spectral radius, trained on gradients clipped by their global norm.

Clip norm, rate and radius are inputs of the compiled program, so all cells of a grid share one.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import keras
from keras import ops

from common import sequences
from common.gradients import clipping
from common.sequences import Task, TimeReduction
from common.training import Evaluation, Experiment, History, Hyper

BATCH = 32
NONE = 3e38  # a clip norm that no gradient in single precision exceeds
GIVEN_UP = 1e3  # times the larger of start and baseline: no run comes back from there


@cache
def task(name: str, steps: int) -> Task:
    """The task of a name; one object, so that programs are shared.

    Raises:
        ValueError: the name is none of `adding`, `temporal_order` and `resets`.
    """
    made = {"adding": sequences.adding, "temporal_order": sequences.temporal_order, "resets": sequences.resets}
    if name not in made:
        raise ValueError(f"unknown task {name!r}")
    return made[name](steps)


def norm_of(clip: str) -> float:
    """The clip norm by the name that tables print: a number, or `none`."""
    return NONE if clip == "none" else float(clip)


class Orthogonal(keras.initializers.Initializer):  # type: ignore[misc]
    """Square blocks side by side, each `radius` times an orthonormal matrix: all eigenvalues have that modulus.

    A tanh net has one block, (units, units); an LSTM one a gate, (units, 4·units).
    """

    def __init__(self, radius: Any, seed: Any = None) -> None:
        self.radius = radius
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        units = shape[0]
        drawn = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        blocks = [_orthonormal(drawn[:, start : start + units]) for start in range(0, shape[1], units)]
        return ops.convert_to_tensor(self.radius) * ops.concatenate(blocks, axis=1)


def _orthonormal(drawn: Any) -> Any:
    """Uniformly distributed over the orthonormal matrices when `drawn` is Gaussian."""
    q, r = ops.qr(drawn)
    return q * ops.sign(ops.diagonal(r))


def recurrent(net: str, units: int, radius: Any, *, every_step: bool) -> Any:
    """The recurrent layer, `rnn` (tanh) or `lstm` (forget bias 1); else all is Keras' default."""
    layer = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}[net]
    return layer(units, recurrent_initializer=Orthogonal(radius), return_sequences=every_step)


def build_model(of: Task, net: str, units: int, hyper: Hyper) -> Any:
    """One recurrent layer and a linear one: an output at the last step, or at each."""
    entry, x = sequences.inputs(of)
    x = recurrent(net, units, hyper["radius"], every_step=of.every_step)(x)
    return keras.Model(entry, keras.layers.Dense(of.answers or 1)(x))


def optimizer(name: str, hyper: Hyper) -> Any:
    """SGD or Adam at `hyper`'s rate, on gradients clipped to its norm."""
    base = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[name]
    return clipping(base, hyper["clip"])(lambda: hyper["learning_rate"])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """What the studies train: the shape of it by `settings`, with clip norm, rate and radius in `hyper`.

    `settings` name net, units, radius, task, length (time steps), over_time, optimizer, steps and every (optimiser
    steps), and held_out: sequences for validation, and as many for the test.
    """
    of = task(settings["task"], settings["length"])
    over_time: TimeReduction = settings["over_time"]
    scores = sequences.scores(of)
    held_out = Evaluation(of.data, scores, settings["held_out"], settings["held_out"])

    def given_up(history: History) -> bool:
        seen = history["validation_relative"]
        return seen[-1] > GIVEN_UP * max(seen[0], 1.0)

    return Experiment(
        build_model=lambda hyper: build_model(of, settings["net"], settings["units"], hyper),
        build_optimizer=lambda hyper: optimizer(settings["optimizer"], hyper),
        loss=sequences.loss(of, over_time),
        data=of.data,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"validation": held_out, "test": held_out},
        evaluate_every=settings["every"],
        stop=given_up,
        hyper={"learning_rate": 0.0, "clip": NONE, "radius": settings["radius"]},
    )
