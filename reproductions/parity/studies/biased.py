"""Does parity become easier where single bits are correlated with it, and does it stay hard where none is?

Bits are +1 with probability 0.5 + d. Parity of 3 or 4 out of 30 bits: plain SGD, with all bits biased or only the
relevant ones. Parity of all of 25, 28 and 31 bits: the net and the optimiser of `frontier`. Accuracy is balanced,
the mean over the two labels, as biased bits make one label more frequent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train
from reproductions.parity import model

DATASET = "synthetic"
BIASES = (0.0, 0.05, 0.1, 0.2)
LEARNED, STOP = 0.95, 0.99  # balanced accuracy: that of the claim; that which ends a run
SPARSE: Mapping[str, Any] = {"n": 30, "width": 128, "batch": 64, "optimizer": "sgd", "steps": 40_000, "every": 25}
DENSE: Mapping[str, Any] = {"width": 512, "batch": 256, "optimizer": "adam", "rate": 1e-3, "steps": 5_860, "every": 293}
DENSE_SEEDS = {25: 16, 28: 10, 31: 16}
QUICK_STEPS, PILOT_STEPS = 200, 40_000
GRID = (0.03, 0.1, 0.3, 1.0)
RATES = {  # by relevant bits, for each of BIASES; on two pilot seeds the soonest at 95 %
    3: (1.0, 1.0, 1.0, 1.0),
    4: (1.0, 1.0, 1.0, 1.0),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        spread = [(where, bias) for where in ("all", "relevant") for bias in BIASES if bias or where == "all"]
        sparse = [_sparse(k, *cell, tuple(range(16)), 8) for k in (3, 4) for cell in spread]
        dense = [_dense(n, bias, tuple(range(count))) for n, count in DENSE_SEEDS.items() for bias in BIASES]
        return (*sparse, *dense)
    if tier == "quick":
        return tuple(_sparse(3, "all", bias, tuple(range(5)), 5, steps=QUICK_STEPS) for bias in (0.0, 0.2))
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        cells = [(k, bias, rate) for k in RATES for bias in BIASES for rate in GRID]
        rates = [_sparse(k, "all", bias, seeds[:2], 2, steps=PILOT_STEPS, rate=rate) for k, bias, rate in cells]
        return (*quick, *rates)
    return ()


def _sparse(k: int, where: str, bias: float, seeds: tuple[int, ...], lanes: int, **trial: float) -> Arm:
    name = f"k{k}_{where}_bias{bias:g}" if bias else f"k{k}_fair"
    suffix = f"_rate_{trial['rate']:g}" if "rate" in trial else ""
    settings = {**SPARSE, "rate": RATES[k][BIASES.index(bias)], **trial, "relevant": k, "where": where, "bias": bias}
    seconds = settings["steps"] * 0.1e-3 * (0.2 if bias else 1)
    return Arm(name + suffix, settings, seeds, lanes=lanes, seconds=seconds)


def _dense(n: int, bias: float, seeds: tuple[int, ...]) -> Arm:
    settings = {**DENSE, "n": n, "relevant": n, "where": "all", "bias": bias}
    return Arm(f"n{n}_all_bias{bias:g}" if bias else f"n{n}_fair", settings, seeds, seconds=2.7)


def biased(n: int, relevant: int, bias: float, where: str = "all") -> Stream:
    """Strings of n independent bits, and whether an odd number of the first `relevant` are -1.

    All bits, or only the relevant ones, are +1 with probability 0.5 + bias; the others are fair.
    """

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        tilted = ops.arange(n) < (n if where == "all" else relevant)
        chances = 0.5 + bias * ops.cast(tilted, "float32")
        x = ops.where(keras.random.uniform((count, n), seed=seeds) < chances, 1.0, -1.0)
        return x, (1 - ops.prod(x[:, :relevant], axis=-1, keepdims=True)) / 2

    return Stream(draw)


def balanced_accuracy(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """The mean over the two labels of the share of strings that the sign of the logit labels rightly."""
    right = ops.cast((net(x) > 0) == (y > 0.5), "float32")
    odd = ops.sum(right * y) / ops.maximum(ops.sum(y), 1)
    even = ops.sum(right * (1 - y)) / ops.maximum(ops.sum(1 - y), 1)
    return {"balanced_accuracy": (odd + even) / 2}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, relevant, where = settings["n"], settings["relevant"], settings["where"]
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings["optimizer"]]
    fresh = biased(n, relevant, settings["bias"], where)
    evaluations = {"validation": (fresh, 2_000), "test": (fresh, 4_000), "uniform": (biased(n, relevant, 0.0), 4_000)}
    return Experiment(
        build_model=lambda hyper: model.build_model(n, (settings["width"],)),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["learning_rate"]),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=settings["batch"],
        steps=settings["steps"],
        evaluate={
            name: Evaluation(source, balanced_accuracy, size=size, batch_size=2_000)
            for name, (source, size) in evaluations.items()
        },
        evaluate_every=settings["every"],
        stop=lambda history: history["validation_balanced_accuracy"][-1] >= STOP,
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        if trial.status == "ok":
            step = learning_time(trial.curves["test_balanced_accuracy"], settings["steps"])
            trial = replace(trial, metrics={**trial.metrics, "strings_to_95": step * settings["batch"]})
        yield trial


def learning_time(points: Sequence[tuple[int, float]], budget: int) -> float:
    """The step at which accuracy first passes 95 %, between two evaluations by a straight line.

    A run that never does counts with the whole budget, which is less than it would need.
    """
    for (before, low), (after, high) in pairwise(points):
        if high >= LEARNED:
            return before + (after - before) * max(LEARNED - low, 0.0) / (high - low)
    return float(budget)
