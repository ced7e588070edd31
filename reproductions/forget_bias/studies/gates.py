"""What does the initial bias make of the forget gate and of the gradient, before any training?

The mean gate on a stream of symbols; the gradient along the cell path alone, with the recurrent kernel at zero, against
the gate to the power of the delay; and the gradient through the whole net over the distance back in time, for pictures.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common import sequences
from common.gradients import input_gradient
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.forget_bias import model

DATASET = "synthetic"
BIASES = (-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
QUICK_BIASES = (0.0, 5.0)
PATH, WHOLE = 30, 200  # steps of the cell path, and of the whole net
DISTANCES = (1, 2, 5, 10, 20, 50, 100, 150, 199)
SEQUENCES = 64
LEAST = 1e-37  # under it single precision has no number


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        seeds = tuple(range(16))
        return tuple(_arm(kind, bias, seeds) for kind in ("path", "whole") for bias in BIASES)
    if tier in ("quick", "pilot"):
        seeds = tuple(range(4)) if tier == "quick" else tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        return tuple(_arm("path", bias, seeds) for bias in QUICK_BIASES)
    return ()


def _arm(kind: str, bias: float, seeds: tuple[int, ...]) -> Arm:
    return Arm(f"{kind}_b{bias:g}", {"kind": kind, "bias": bias}, seeds, seconds=0.3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Nothing is trained: one evaluation of the initial weights, which are those that `recall` starts from."""
    path = settings["kind"] == "path"
    task = sequences.delayed_recall((PATH if path else WHOLE) - 1)
    return Experiment(
        build_model=lambda hyper: _build(task, hyper, "zeros" if path else "orthogonal"),
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.0),
        loss=lambda net, x, y: ops.mean(net(x)),  # never used, but it must have a gradient
        data=task.data,
        batch_size=SEQUENCES,
        steps=0,
        evaluate={"initial": Evaluation(task.data, _path if path else _whole, size=SEQUENCES, batch_size=SEQUENCES)},
        evaluate_every=1,
        hyper={"bias": settings["bias"]},
    )


def _build(task: sequences.Task, hyper: Any, recurrent: str) -> Any:
    """The LSTM of `model`, its states in sight and its recurrent kernel chosen."""
    entry, channels = sequences.inputs(task)
    layer = keras.layers.LSTM(
        model.UNITS,
        unit_forget_bias=False,
        bias_initializer=model.GateBiases(hyper["bias"]),
        recurrent_initializer=recurrent,
        return_sequences=True,
        return_state=True,
        name="lstm",
    )
    return keras.Model(entry, layer(channels)[0])


def mean_gate(net: Any, channels: Any) -> Any:
    """The forget gate, averaged over units, steps and sequences: its values follow from the states of the layer."""
    layer = net.get_layer("lstm")
    units = slice(model.UNITS, 2 * model.UNITS)
    states = layer(channels)[0]
    before = ops.concatenate([ops.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    cell = layer.cell
    drive = ops.matmul(channels, cell.kernel[:, units]) + ops.matmul(before, cell.recurrent_kernel[:, units])
    return ops.mean(ops.sigmoid(drive + cell.bias[units]))


def _path(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """`mean_gate`, and the mean logarithm of the derivative of each cell after all steps by its own first value."""
    channels = net.get_layer("one_hot")(x)
    nothing = ops.zeros((SEQUENCES, model.UNITS))
    layer = net.get_layer("lstm")
    gradient = input_gradient(lambda cell: ops.sum(layer(channels, initial_state=[nothing, cell])[2]), nothing)
    return {"mean_gate": mean_gate(net, channels), "log_gradient": ops.mean(ops.log(ops.maximum(gradient, LEAST)))}


def _whole(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """log10 of the size of the gradient of the last state by the input so many steps before it, up to a constant."""
    channels = net.get_layer("one_hot")(x)
    layer = net.get_layer("lstm")
    gradient = input_gradient(lambda inputs: ops.sum(layer(inputs)[1]), channels)
    largest = ops.maximum(ops.max(ops.abs(gradient), axis=(0, 2), keepdims=True), LEAST)
    spread = ops.sqrt(ops.mean(ops.sum(ops.square(gradient / largest), axis=-1), axis=0))  # squares stay in range
    logs = (ops.log(largest[0, :, 0]) + ops.log(ops.maximum(spread, LEAST))) / math.log(10)
    logs = ops.where(largest[0, :, 0] > LEAST, logs, math.nan)  # a gradient that has vanished has no logarithm
    found = {f"log10_gradient_{distance}": logs[WHOLE - 1 - distance] for distance in DISTANCES}
    return {"mean_gate": mean_gate(net, channels)} | found


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=dict(trial.metrics) | against_theory(trial.metrics, settings["bias"]))


def against_theory(metrics: Mapping[str, float | None], bias: float) -> dict[str, float]:
    """`gate_error`, |mean gate - sigmoid(bias)|, and `path_error`, |ln gradient / (steps ln sigmoid(bias)) - 1|."""
    gate = 1 / (1 + math.exp(-bias))
    found = {}
    mean, log_gradient = metrics.get("initial_mean_gate"), metrics.get("initial_log_gradient")
    if mean is not None:
        found["gate_error"] = abs(mean - gate)
    if log_gradient is not None:
        found["path_error"] = abs(log_gradient / (PATH * math.log(gate)) - 1)
    return found
