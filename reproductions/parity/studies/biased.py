"""Does parity become easier where single bits are correlated with it, and does it stay hard where none is?

Bits are +1 with probability 0.5 + d, all of them or only the relevant ones; parity is that of 3 or 4 out of 30 bits,
so that the correlation of a relevant bit with it is large enough to be seen. Plain SGD, with a rate of its own for each
d. Accuracy is balanced, the mean over the two labels, as biased bits make one label more frequent.
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
METRICS = {
    "strings_to_95": "strings to a balanced accuracy of 0.95, the whole budget where it was not reached, strings",
    "test_balanced_accuracy": "mean over the labels of the share told rightly, at the end, share of 4 000 strings",
    "uniform_balanced_accuracy": "the same on fair bits, share of 4 000 strings",
    "validation_balanced_accuracy": "the same on the strings kept for stopping, share of 2 000 strings",
    "train_loss": "mean logistic loss since the look before, nats",
}
BIASES = (0.0, 0.05, 0.1, 0.2)
LEARNED, STOP = 0.95, 0.99  # balanced accuracy: that of the claim; that which ends a run
BITS, WIDTH, BATCH = 30, 128, 64
STEPS, QUICK_STEPS, EVALUATE_EVERY = 10_000, 200, 10
BUDGET = STEPS * BATCH  # 640 000 strings
GRID = (0.3, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
RATES = {  # by relevant bits, for each of BIASES; on twelve pilot seeds the soonest at 95 %
    3: (5.0, 5.0, 3.0, 2.0),
    4: (1.0, 1.0, 2.0, 1.5),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        spread = [(where, bias) for where in ("all", "relevant") for bias in BIASES if bias or where == "all"]
        return tuple(_arm(k, *cell, lanes=12) for k in RATES for cell in spread)
    if tier == "quick":
        return tuple(_arm(3, "all", bias, tuple(range(5)), 5, steps=QUICK_STEPS) for bias in (0.0, 0.2))
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        cells = [(k, bias, rate) for k in RATES for bias in BIASES for rate in GRID]
        return (*quick, *(_arm(k, "all", bias, seeds[:12], 12, rate=rate) for k, bias, rate in cells))
    return ()


def _arm(k: int, where: str, bias: float, seeds: tuple[int, ...] = (), lanes: int = 1, **trial: float) -> Arm:
    name = f"k{k}_{where}_bias{bias:g}" if bias else f"k{k}_fair"
    suffix = f"_rate_{trial['rate']:g}" if "rate" in trial else ""
    cell = {"relevant": k, "where": where, "bias": bias}
    settings = {**cell, "rate": RATES[k][BIASES.index(bias)], "steps": STEPS, **trial}
    return Arm(name + suffix, settings, seeds, lanes=lanes, seconds=0.5)


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
    relevant, where = settings["relevant"], settings["where"]
    fresh, fair = biased(BITS, relevant, settings["bias"], where), biased(BITS, relevant, 0.0)
    evaluations = {"validation": (fresh, 2_000), "test": (fresh, 4_000), "uniform": (fair, 4_000)}
    return Experiment(
        build_model=lambda hyper: model.build_model(BITS, (WIDTH,)),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            name: Evaluation(source, balanced_accuracy, size=size, batch_size=2_000)
            for name, (source, size) in evaluations.items()
        },
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history["validation_balanced_accuracy"][-1] >= STOP,
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        if trial.status == "ok":
            step = learning_time(trial.curves["test_balanced_accuracy"], settings["steps"])
            trial = replace(trial, metrics={**trial.metrics, "strings_to_95": step * BATCH})
        yield trial


def learning_time(points: Sequence[tuple[int, float]], budget: int) -> float:
    """The step at which accuracy first passes 95 %, between two evaluations by a straight line.

    A run that never does counts with the whole budget, which is less than it would need.
    """
    for (before, low), (after, high) in pairwise(points):
        if high >= LEARNED:
            return before + (after - before) * max(LEARNED - low, 0.0) / (high - low)
    return float(budget)
