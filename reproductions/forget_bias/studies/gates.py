"""How far open is a forget gate at the start, and how much gradient does it let back through time?

Untrained nets on delayed recall. `gate`: the mean forget gate over units, steps and sequences, against sigmoid(b).
`path_error`: with recurrent weights at zero the gradient has no way back but the cell, so that of the cell after 30
steps with respect to the cell before them should be sigmoid(b)^30; compared are logarithms, the mean over units and
sequences. `log10_gradient` is that of the whole net, of the loss with respect to the cell so many steps earlier,
its mean size over units and sequences. It is in single precision: where it is too small to be held it has no points.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import exp, log, log1p
from typing import Any

from keras import ops

from common import sequences
from common.gradients import input_gradient
from common.sequences import Task
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from common.variants import side_by_side
from reproductions.forget_bias import model

DATASET = "synthetic"
METRICS = {
    "gate": "mean forget gate over units, steps and sequences, ratio",
    "gate_error": "how far that is from sigmoid of the bias, absolute",
    "path_error": "how far the logarithm of the gradient along the cell is from that of sigmoid(b)^30, relative",
}
BIASES = (-1, 0, 1, 2, 3, 4, 5, 6, 8)
UNITS, COUNT = 32, 64
PATH_STEPS, DELAY, APART = 30, 60, 3  # the whole net's gradient is noted at every third step
Measure = Callable[[Any, Any, Any], Mapping[str, Any]]


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(bias, ()) for bias in BIASES)
    seeds = {"quick": range(4), "pilot": range(PILOT_SEEDS, PILOT_SEEDS + 50)}.get(tier, range(0))
    return tuple(_arm(bias, tuple(seeds)) for bias in (0, 5) if seeds)


def _arm(bias: float, seeds: tuple[int, ...]) -> Arm:
    return Arm(f"b{bias}", {"bias": bias}, seeds, seconds=0.2)


def experiment(settings: Mapping[str, Any], recurrent: str = "orthogonal") -> Experiment:
    """No step is taken; `recurrent` is `zeros` for the cell's path alone."""
    alone = recurrent == "zeros"
    task = sequences.delayed_recall(PATH_STEPS - 1 if alone else DELAY)
    sizes: dict[str, Any] = {"units": UNITS, "rate": 1e-3, "batch": COUNT, "steps": 0, "every": 1, "looked_at": COUNT}
    built = model.experiment(task, settings["bias"], recurrent=recurrent, **sizes)
    measure = cell_path if alone else whole(task)
    return replace(built, evaluate={"test": Evaluation(task.data, measure, COUNT, COUNT)})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    opened = 1 / (1 + exp(-settings["bias"]))
    expected = -PATH_STEPS * log1p(exp(-settings["bias"]))
    experiments = {kind: experiment(settings, kind) for kind in ("orthogonal", "zeros")}
    for seed, runs in side_by_side(experiments, seeds, lanes):
        found, alone = runs["orthogonal"].metrics, runs["zeros"].metrics
        gate, path = found["test_gate"] or 0.0, alone["test_log_path"] or 0.0
        metrics = {"gate": gate, "gate_error": abs(gate - opened), "path_error": abs(path / expected - 1)}
        sizes = {step: found[f"test_gradient_{step}"] or 0.0 for step in range(0, DELAY + 1, APART)}
        points = [(step, log(size, 10)) for step, size in sizes.items() if size > 0]
        curves = {"log10_gradient": points} if points else {}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def unrolled(net: Any, x: Any, shifts: Any, start: Any) -> tuple[Any, Any, Any]:
    """Output state and cell after the last step, (count, units), and the forget gates, (steps, count, units).

    The cell begins as `start`, and `shifts[t]` is added to it after step t, both of that shape or broadcast to it.
    """
    cell, channels = net.get_layer("lstm").cell, ops.transpose(net.get_layer("one_hot")(x), (1, 0, 2))

    def step(state: tuple[Any, Any], given: tuple[Any, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        (hidden, memory), (seen, shift) = state, given
        before = ops.matmul(seen, cell.kernel) + ops.matmul(hidden, cell.recurrent_kernel) + cell.bias
        _, forget, _, output = ops.split(ops.sigmoid(before), 4, axis=1)
        memory = cell(seen, [hidden, memory])[1][1] + shift
        return (output * ops.tanh(memory), memory), (forget, output)

    # On TensorFlow what is noted at each step must be shaped as what is carried on.
    (hidden, memory), (forget, _) = ops.scan(step, (ops.zeros_like(start), start), (channels, shifts))
    return hidden, memory, forget


def whole(task: Task) -> Measure:
    """The mean forget gate, and the mean size of the loss's gradient at the cell so many steps before the last."""

    def measure(net: Any, x: Any, y: Any) -> Mapping[str, Any]:
        start = ops.zeros((x.shape[0], UNITS))

        def loss(shifts: Any) -> Any:
            logits = net.layers[-1](unrolled(net, x, shifts, start)[0])
            right = ops.take_along_axis(logits, ops.cast(y, "int32")[:, None], axis=-1)[:, 0]
            return ops.sum(ops.logsumexp(logits, axis=-1) - right)

        shifts = ops.zeros((task.steps, x.shape[0], UNITS))
        sizes = ops.mean(ops.abs(input_gradient(loss, shifts)), axis=(1, 2))
        found = {f"gradient_{back}": sizes[task.steps - 1 - back] for back in range(0, DELAY + 1, APART)}
        return {"gate": ops.mean(unrolled(net, x, shifts, start)[2]), **found}

    return measure


def cell_path(net: Any, x: Any, y: Any) -> Mapping[str, Any]:
    """The mean logarithm of the gradient of the last cell with respect to the one before the first step."""
    shifts = ops.zeros((x.shape[1], 1, UNITS))
    passed = input_gradient(lambda start: ops.sum(unrolled(net, x, shifts, start)[1]), ops.zeros((x.shape[0], UNITS)))
    return {"log_path": ops.mean(ops.log(passed))}
