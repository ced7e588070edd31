"""Do larger initial weights help an ordinary net to learn parity?

The first layer starts from k·N(0, 1/n), or from k·(±1)/sqrt(n), for k from 0.03 to 10; the output layer from
N(0, 1/width). At this width k = 0.3 is about Glorot. Every scale has a rate of its own, the best of a grid on pilot
seeds. A run ends early when it has solved its task, judged on strings of its own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "strings_to_99": "strings to an accuracy of 0.99, the whole budget where it was not reached, strings",
    "test_accuracy": "accuracy at the end, share of 20 000 fresh strings",
    "validation_accuracy": "accuracy at the end on the strings kept for stopping, share of 10 000",
    "train_loss": "mean logistic loss since the look before, nats",
}
WIDTH, BATCH = 512, 256
STEPS = 5_860  # 1.5 million strings
QUICK_STEPS = 500
REACHED, STOP = 0.99, 0.999  # accuracy on the test strings; on those kept for stopping
SCALES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
BITS = {"gaussian": (16, 20, 24, 28, 31), "signs": (24, 31)}
PILOT_BITS = 20
GRID = (1.25e-4, 5e-4, 2e-3, 8e-3, 3.2e-2, 0.128)
RATES: dict[str, tuple[float, ...]] = {  # Adam, falling linearly to 0; one for each of SCALES
    # On four pilot seeds, at 20 bits: most accurate, and among equals soonest at 0.99.
    "gaussian": (2e-3, 2e-3, 2e-3, 8e-3, 8e-3, 3.2e-2),
    "signs": (5e-4, 2e-3, 2e-3, 8e-3, 8e-3, 8e-3),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        cells = [(weights, n, k) for weights, bits in BITS.items() for n in bits for k in SCALES]
        return tuple(_arm(*cell, STEPS) for cell in cells)
    if tier == "quick":
        pair = (("signs", 31, 1.0), ("gaussian", 31, 3.0))
        return tuple(_arm(*cell, QUICK_STEPS, tuple(range(4))) for cell in pair)
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        cells = [(weights, PILOT_BITS, k) for weights in BITS for k in SCALES]
        rates = [_arm(*cell, STEPS, seeds[:4], rate) for cell in cells for rate in GRID]
        return (*(replace(arm, seeds=seeds) for arm in arms("quick")), *rates)
    return ()


def _arm(
    weights: str, n: int, scale: float, steps: int, seeds: tuple[int, ...] = (), trial: float | None = None
) -> Arm:
    rate = RATES[weights][SCALES.index(scale)] if trial is None else trial
    suffix = "" if trial is None else f"_rate_{trial:g}"
    settings = {"weights": weights, "n": n, "scale": scale, "rate": rate, "steps": steps}
    return Arm(f"{weights}_n{n}_scale{scale:g}{suffix}", settings, seeds, seconds=steps * 0.45e-3)


class Scaled(keras.initializers.Initializer):  # type: ignore[misc]
    """Gaussian weights, or random signs, of standard deviation scale / sqrt(fan_in)."""

    def __init__(self, weights: str, scale: Any, seed: Any = None) -> None:
        self.weights = weights
        self.scale = scale
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        if self.weights == "signs":
            drawn = ops.cast(2 * keras.random.randint(shape, 0, 2, seed=self.seed) - 1, dtype)
        else:
            drawn = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        return ops.convert_to_tensor(self.scale) * drawn / math.sqrt(shape[0])


def build_model(n: int, weights: str, scale: Any) -> Any:
    """One hidden layer of ReLU units on n inputs, and one logit."""
    inputs = keras.Input((n,))
    hidden = keras.layers.Dense(WIDTH, activation="relu", kernel_initializer=Scaled(weights, scale))(inputs)
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=Scaled("gaussian", 1.0))(hidden))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, steps = settings["n"], settings["steps"]
    falling = keras.optimizers.schedules.PolynomialDecay
    fresh = model.strings(n)
    return Experiment(
        build_model=lambda hyper: build_model(n, settings["weights"], hyper["scale"]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(
            falling(hyper["learning_rate"], steps, end_learning_rate=0.0)
        ),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=steps,
        evaluate={
            "validation": Evaluation(fresh, model.accuracy, size=10_000, batch_size=2_000),
            "test": Evaluation(fresh, model.accuracy, size=20_000, batch_size=2_000),
        },
        evaluate_every=max(steps // 20, 50),
        stop=lambda history: history["validation_accuracy"][-1] >= STOP,
        hyper={"scale": settings["scale"], "learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        if trial.status == "ok":
            step = solving_time(trial.curves["test_accuracy"], settings["steps"])
            trial = replace(trial, metrics={**trial.metrics, "strings_to_99": step * BATCH})
        yield trial


def solving_time(points: Sequence[tuple[int, float]], budget: int) -> float:
    """The step at which accuracy first passes 99 %, between two evaluations by a straight line.

    A run that never does counts with the whole budget, which is less than it would need.
    """
    for (before, low), (after, high) in pairwise(points):
        if high >= REACHED:
            return before + (after - before) * max(REACHED - low, 0.0) / (high - low)
    return float(budget)
