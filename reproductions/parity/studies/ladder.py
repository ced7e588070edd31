"""Does a simple correlation, once learned, help a net to the next one?

The target is the staircase x1 + x1x2 + x1x2x3 + x1x2x3x4 on 30 bits; beside it stand its top monomial alone, and
the staircase without its middle rungs. Online SGD on squared loss; the correlation of the net with each monomial is
measured as it trains. A rung is half learned when that correlation passes one half.
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
    "half_time1": "strings until the net's correlation with x1 is one half, the whole budget where never, strings",
    "half_time2": "the same for x1x2, strings",
    "half_time3": "the same for x1x2x3, strings",
    "half_time4": "the same for x1x2x3x4, strings",
    "in_order": "whether the half times of the target's monomials rise with their degree, 1 or 0",
    "least_units_gained": "units that came to attend to a bit, for the target's degree where they are fewest, units",
    "test_coefficient1": "correlation of the net with x1 at the end, 1 in the target",
    "test_coefficient2": "the same with x1x2, 1 in the target",
    "test_coefficient3": "the same with x1x2x3, 1 in the target",
    "test_coefficient4": "the same with x1x2x3x4, 1 in the target",
    "test_units1": "hidden units that attend to x1 at the end, units",
    "test_units2": "the same for x2, units",
    "test_units3": "the same for x3, units",
    "test_units4": "the same for x4, units",
    "train_loss": "mean of half the squared error since the look before, squared units of the target",
}
BITS, WIDTH, BATCH = 30, 128, 64
TARGETS = {"staircase": (1, 2, 3, 4), "top": (4,), "gap": (1, 4)}  # degrees of the monomials x1…xd in the target
TOP = 4
STEPS, QUICK_STEPS, EVALUATE_EVERY = 20_000, 400, 25
BUDGET = STEPS * BATCH  # 1.28 million strings
HALF, LEARNED = 0.5, 0.9  # of a monomial's coefficient, which is 1 in the target
GRID = (0.01, 0.03, 0.1, 0.3, 1.0)
RATES = {"staircase": 0.3, "top": 0.3, "gap": 0.3}  # SGD; on twelve pilot seeds the soonest at half the top rung


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(target, STEPS, lanes=12) for target in TARGETS)
    if tier == "quick":
        return tuple(_arm(target, QUICK_STEPS, tuple(range(5)), 5) for target in ("staircase", "top"))
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        return (*quick, *(_arm(target, STEPS, seeds[:12], 12, rate) for target in TARGETS for rate in GRID))
    return ()


def _arm(target: str, steps: int, seeds: tuple[int, ...] = (), lanes: int = 1, trial: float | None = None) -> Arm:
    settings = {"target": target, "steps": steps, "rate": RATES[target] if trial is None else trial}
    name = target if trial is None else f"{target}_rate_{trial:g}"
    return Arm(name, settings, seeds, lanes=lanes, seconds=0.4)


def monomials(x: Any) -> Any:
    """x1, x1x2, … up to the top one, shape (count, 4)."""
    return ops.cumprod(x[:, :TOP], axis=-1)


def staircase(degrees: Sequence[int]) -> Stream:
    """Uniform strings, and the sum of the monomials of these degrees, shape (count, 1)."""
    clean = model.strings(BITS)

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x, _ = clean.draw(seeds, count)
        return x, sum(monomials(x)[:, degree - 1 : degree] for degree in degrees)

    return Stream(draw)


def squared_loss(net: Any, x: Any, y: Any) -> Any:
    return 0.5 * ops.mean(ops.square(net(x, training=True) - y))


def progress(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Correlation of the net with each monomial, and how many hidden units attend to each of its bits.

    A unit attends to a bit when its weight there is larger than all its weights on the bits that no target uses.
    """
    coefficients = ops.mean(net(x) * monomials(x), axis=0)
    weights = ops.abs(net.layers[1].kernel)
    attending = ops.sum(ops.cast(weights[:TOP] > ops.max(weights[TOP:], axis=0), "float32"), axis=1)
    found = {f"coefficient{i + 1}": coefficients[i] for i in range(TOP)}
    return found | {f"units{i + 1}": attending[i] for i in range(TOP)}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    degrees = TARGETS[settings["target"]]
    fresh = staircase(degrees)
    return Experiment(
        build_model=lambda hyper: model.build_model(BITS, (WIDTH,)),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=squared_loss,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"test": Evaluation(fresh, progress, size=8_000, batch_size=2_000)},
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: all(history[f"test_coefficient{degree}"][-1] >= LEARNED for degree in degrees),
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={**trial.metrics, **_climbed(settings, trial)}) if trial.status == "ok" else trial


def _climbed(settings: Mapping[str, Any], trial: Run) -> dict[str, float]:
    """When each rung was half learned, whether in order, and how many units each bit has gained."""
    degrees = TARGETS[settings["target"]]
    times = {d: half_time(trial.curves[f"test_coefficient{d}"], settings["steps"]) for d in degrees}
    gained = [trial.curves[f"test_units{d}"][-1][1] - trial.curves[f"test_units{d}"][0][1] for d in degrees]
    return {
        **{f"half_time{degree}": time * BATCH for degree, time in times.items()},
        "in_order": float(all(earlier < later for earlier, later in pairwise(times.values()))),
        "least_units_gained": min(gained),
    }


def half_time(points: Sequence[tuple[int, float]], budget: int) -> float:
    """The step at which a coefficient first passes one half, between two evaluations by a straight line.

    A coefficient that never does counts with the whole budget, which is less than it would need.
    """
    for (before, low), (after, high) in pairwise(points):
        if high >= HALF:
            return before + (after - before) * max(HALF - low, 0.0) / (high - low)
    return float(budget)
