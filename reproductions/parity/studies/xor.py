"""Can a single unit be trained to compute XOR, as it can AND and OR, and what does a hidden layer change?

The four points are the whole data set. A perceptron and a logistic unit are trained for longer than AND and OR
need; nets of 2 and 8 tanh units have the loss, the optimiser and the budget of the logistic unit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "best_accuracy": "largest share of the four cases that was right at any look, share",
    "train_accuracy": "share of the four cases that is right at the end, share",
    "train_loss": "mean loss since the look before, logistic or the perceptron's, nats or margin",
}
POINTS = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], np.float32)  # +1 codes true
LABELS = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}
STEPS, EVALUATE_EVERY = 4_000, 20
GRID = (0.1, 0.5, 2.0)
ARMS = {  # function, hidden units, learner, rate
    **{f"perceptron_{function}": (function, 0, "perceptron", 0.5) for function in LABELS},
    **{f"logistic_{function}": (function, 0, "logistic", 0.5) for function in LABELS},
    "hidden2_xor": ("xor", 2, "logistic", 0.5),
    "hidden8_xor": ("xor", 8, "logistic", 0.5),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, lanes=12) for name in ARMS)
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        return tuple(_arm(name, seeds, 50, rate) for name in ARMS for rate in GRID)
    return ()


def _arm(name: str, seeds: tuple[int, ...] = (), lanes: int = 1, trial: float | None = None) -> Arm:
    function, hidden, learner, rate = ARMS[name]
    settings = {"function": function, "hidden": hidden, "learner": learner, "rate": rate if trial is None else trial}
    return Arm(name if trial is None else f"{name}_rate_{trial:g}", settings, seeds, lanes=lanes, seconds=0.05)


def perceptron_loss(net: Any, x: Any, y: Any) -> Any:
    """Mean of max(0, -margin): its gradient is the perceptron's rule, a step for each point that is wrong."""
    return ops.mean(ops.relu(-(2 * y - 1) * net(x, training=True)))


def build_model(hidden: int) -> Any:
    """A unit on two inputs, behind one layer of tanh units where `hidden` is not 0. Weights are Glorot."""
    inputs = keras.Input((2,))
    features = keras.layers.Dense(hidden, activation="tanh")(inputs) if hidden else inputs
    return keras.Model(inputs, keras.layers.Dense(1)(features))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    perceptron = settings["learner"] == "perceptron"
    points = Arrays(POINTS, np.array(LABELS[settings["function"]], np.float32)[:, None])
    return Experiment(
        build_model=lambda hyper: build_model(settings["hidden"]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=perceptron_loss if perceptron else model.logistic_loss,
        data=points,
        batch_size=1 if perceptron else len(POINTS),
        steps=STEPS,
        evaluate={"train": Evaluation(points, model.accuracy, size=len(POINTS), batch_size=len(POINTS))},
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history["train_accuracy"][-1] == 1,
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        best = {"best_accuracy": max(value for _, value in trial.curves["train_accuracy"])}
        yield replace(trial, metrics={**trial.metrics, **best} if trial.status == "ok" else {})
