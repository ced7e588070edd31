"""How large are gradients as a net learns characters, when the loss is summed over time, and when averaged?

Plain SGD clipped at 5; the norm of the whole gradient of a training batch, before clipping, at the start and three
times on the way. No claim reads it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common import sequences
from common.gradients import input_gradient
from common.study import Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.gradient_clipping import model

DATASET = "text"
STEPS, BUDGET = 50, 300
RATES = {"sum": 0.03, "mean": 1.0}  # the same step for a gradient that is not clipped, but for a factor of 1.5
BATCHES = 8  # of training windows whose gradients are measured
BOUNDS = (1, 5, 15)
Measure = Callable[[Any, Any, Any], dict[str, Any]]


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "full":
        return ()
    return tuple(_arm(cell, over_time) for cell in ("rnn", "lstm") for over_time in RATES)


def _arm(cell: str, over_time: str) -> Arm:
    settings = {
        "cell": cell,
        "task": "characters",
        "steps": STEPS,
        "optimizer": "sgd",
        "over_time": over_time,
        "radius": 1.0,
        "budget": BUDGET,
        "split": "validation",
    }
    return Arm(f"{cell}_{over_time}", settings, tuple(range(5)), seconds=2.0 if cell == "rnn" else 3.0)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    task = model.tasks(settings["task"], settings["steps"], settings["split"])[0]
    measure = norms(sequences.loss(task, settings["over_time"]))
    size = BATCHES * model.BATCH
    return replace(
        model.experiment(settings),
        evaluate={"gradient": Evaluation(task.data, measure, size=size, batch_size=model.BATCH)},
        hyper={"learning_rate": RATES[settings["over_time"]], "threshold": 5.0},
    )


def norms(loss: Callable[[Any, Any, Any], Any]) -> Measure:
    """The decimal logarithm of the norm of a batch's gradient by all weights, and whether it is over each bound."""

    def measure(net: Any, x: Any, y: Any) -> dict[str, Any]:
        weights = net.trainable_variables
        values = [variable.value for variable in weights]
        rest = [(variable, variable.value) for variable in net.non_trainable_variables]

        def shifted(shift: Any) -> Any:
            """The loss at the weights moved by a vector, so that its gradient there is that of the weights."""
            moved, start = [], 0
            for variable, value in zip(weights, values, strict=True):
                end = start + math.prod(variable.shape)
                moved.append((variable, value + ops.reshape(shift[start:end], variable.shape)))
                start = end
            with keras.StatelessScope([*moved, *rest]):
                return loss(net, x, y)

        count = sum(math.prod(variable.shape) for variable in weights)
        norm = ops.sqrt(ops.sum(ops.square(input_gradient(shifted, ops.zeros((count,))))))
        over = {f"over_{bound}": ops.cast(norm > bound, "float32") for bound in BOUNDS}
        return {"log10_norm": ops.log(norm) / math.log(10)} | over

    return measure


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        starts = {f"start_{name}": points[0][1] for name, points in trial.curves.items() if name != "train_loss"}
        yield replace(trial, metrics=dict(trial.metrics) | starts)
