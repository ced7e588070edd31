"""How does the gradient of the last state by an input change with the distance back in time, before any training?

Tanh nets whose recurrent kernel is orthogonal times 0.9 to 2, and Keras' LSTM. No claim reads it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from common import sequences
from common.gradients import input_gradient
from common.study import Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.gradient_clipping import model

DATASET = "synthetic"
STEPS, SEQUENCES = 200, 64
DISTANCES = (1, 2, 5, 10, 20, 50, 100, 150, 199)
NETS = (("rnn", 0.9), ("rnn", 1.0), ("rnn", 1.25), ("rnn", 1.5), ("rnn", 2.0), ("lstm", 1.0))
LEAST = 1e-37  # under it single precision has no number


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "full":
        return ()
    return tuple(
        Arm(f"{cell}_radius{radius:g}", {"cell": cell, "radius": radius}, tuple(range(10)), seconds=0.3)
        for cell, radius in NETS
    )


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Nothing is trained: one evaluation of the initial weights."""
    task = sequences.adding(STEPS)
    cell = settings["cell"]

    def measure(net: Any, x: Any, y: Any) -> dict[str, Any]:
        gradient = input_gradient(lambda inputs: ops.sum(net.get_layer(cell)(inputs)), x)
        largest = ops.maximum(ops.max(ops.abs(gradient), axis=(0, 2), keepdims=True), LEAST)
        spread = ops.sqrt(ops.mean(ops.sum(ops.square(gradient / largest), axis=-1), axis=0))
        logs = (ops.log(largest[0, :, 0]) + ops.log(ops.maximum(spread, LEAST))) / math.log(10)
        logs = ops.where(largest[0, :, 0] > LEAST, logs, math.nan)  # a gradient that has vanished has no logarithm
        return {f"log10_{distance}": logs[STEPS - 1 - distance] for distance in DISTANCES}

    return Experiment(
        build_model=lambda hyper: model.build_model(task, cell, settings["radius"]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.0),
        loss=sequences.loss(task),
        data=task.data,
        batch_size=SEQUENCES,
        steps=0,
        evaluate={"gradient": Evaluation(task.data, measure, size=SEQUENCES, batch_size=SEQUENCES)},
        evaluate_every=1,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
