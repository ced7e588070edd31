"""Does a Taylor series of the loss come closer to what a step of SGD does, the higher its order?

A small net is trained for 100 steps of SGD. From where it then stands, the change of a batch's loss over the next step
is predicted by the first, second and third order of its Taylor series along that step, and compared with the change
itself: the mean error over 32 batches. The derivatives are exact (`series.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.statistics import slope
from common.study import Arm, Tier
from common.training import Run
from reproductions.gradients import pixels, series
from reproductions.gradients.series import Array, Weights

DATASET = "images"
METRICS = {
    "error_1": "mean error of the first order at a step of SGD, nats",
    "error_2": "mean error of the second order at a step of SGD, nats",
    "error_3": "mean error of the third order at a step of SGD, nats",
    "third_over_second": "mean error of the third order over that of the second, ratio",
    "random_2": "mean error of the second order in a random direction of that length, nats",
    "random_3": "mean error of the third order in a random direction of that length, nats",
    "slope_1": "slope of log error over log length for the first order, log-log",
    "slope_2": "slope of log error over log length for the second order, log-log",
    "slope_3": "slope of log error over log length for the third order, log-log",
    "radius_2": "length at which the second order errs as much as the first, steps of SGD",
    "radius_3": "length at which the third order errs as much as the second, steps of SGD",
    "derivatives": "largest relative error of the three derivatives against finite differences, ratio",
    "length": "how far a step of SGD goes, norm of all weights",
    "validation_loss": "loss on the validation pictures after 300 steps, nats",
}
BATCH, BATCHES, STEPS, PILOT_STEPS = 128, 32, 100, 300
GRID = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATES = {"tanh": 1.0, "relu": 1.0}  # the least validation loss after 300 steps, in the median of pilot seeds
LENGTHS = np.geomspace(0.003, 0.03, 7)  # of the slopes: short, and far above rounding
MULTIPLES = np.geomspace(0.1, 1000, 81)  # of a step of SGD, in which the radius is looked for
ORDER, POINTS, STENCIL = 3, 9, 0.015


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier in ("quick", "full"):
        seeds = tuple(range(2)) if tier == "quick" else ()
        return tuple(_arm(unit, unit, seeds, rate, STEPS) for unit, rate in RATES.items())
    if tier == "pilot":
        seeds = tuple(range(20_000, 20_050))
        tried = [_arm(f"{unit}_rate_{rate:g}", unit, seeds[:12], rate, PILOT_STEPS) for unit in RATES for rate in GRID]
        return (_arm("tanh", "tanh", seeds, RATES["tanh"], STEPS), *tried)
    return ()


def _arm(name: str, unit: str, seeds: tuple[int, ...], rate: float, steps: int) -> Arm:
    return Arm(name, {"unit": unit, "rate": rate, "steps": steps}, seeds, seconds=0.2, megabytes=400)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    unit, rate, steps = settings["unit"], settings["rate"], settings["steps"]
    inputs = pixels.pictures("train")[0].shape[1]
    for seed in seeds:
        generator = np.random.default_rng(seed)
        w = pixels.weights(generator, inputs, unit)
        w = pixels.descended(w, generator, unit, rate, steps, BATCH)
        if steps == PILOT_STEPS:
            metrics = {"validation_loss": pixels.loss(w, *pixels.pictures("validation"), unit)}
        else:
            metrics = _measured(w, generator, unit, rate)
        yield Run(seed=seed, status="ok", steps=steps, stopped=False, metrics=metrics, curves={})


def _measured(w: Weights, generator: np.random.Generator, unit: str, rate: float) -> dict[str, float]:
    x, y = pixels.pictures("train")
    own, other, short, lengths = [], [], [], []
    for _ in range(BATCHES):
        rows = generator.integers(len(y), size=BATCH)
        of = x[rows], y[rows]
        downhill = pixels.gradient(w, *of, unit)
        direction = _unit(downhill, -1.0)
        lengths.append(rate * pixels.norm(downhill))
        drawn = _unit({name: generator.standard_normal(value.shape) for name, value in w.items()})
        own.append(errors(w, direction, of, unit, lengths[-1:])[0])
        other.append(errors(w, drawn, of, unit, lengths[-1:])[0])
        short.append(errors(w, direction, of, unit, LENGTHS))
    at_step, at_random, over = (np.mean(found, axis=0) for found in (own, other, short))
    long = errors(w, direction, of, unit, lengths[-1] * MULTIPLES)
    found = {f"error_{k + 1}": float(at_step[k]) for k in range(ORDER)}
    found |= {f"random_{k + 1}": float(at_random[k]) for k in (1, 2)}
    found |= {f"slope_{k + 1}": slope(np.log(LENGTHS), np.log(over[:, k])) for k in range(ORDER)}
    found |= {f"radius_{k + 1}": _first(long[:, k] >= long[:, k - 1]) for k in (1, 2)}
    found |= {"third_over_second": float(at_step[2] / at_step[1]), "length": float(np.mean(lengths))}
    return found | {"derivatives": disagreement(w, direction, of, unit)}


def _first(met: Array) -> float:
    """The first multiple of a step where it is met, or the last there is."""
    return float(MULTIPLES[np.argmax(met)] if met.any() else MULTIPLES[-1])


def _unit(d: Weights, sign: float = 1.0) -> Weights:
    size = pixels.norm(d)
    return {name: sign * part / size for name, part in d.items()}


def errors(w: Weights, d: Weights, of: tuple[Array, Array], unit: str, lengths: Any) -> Array:
    """|predicted less true change of the loss| at each length, by orders 1 to 3: (lengths, 3)."""
    coefficients = series.along(w, d, *of, ORDER, unit)
    start = pixels.loss(w, *of, unit)
    true = [pixels.loss(pixels.moved(w, d, h), *of, unit) - start for h in lengths]
    return np.abs([series.predicted(coefficients, h) - change for h, change in zip(lengths, true, strict=True)])


def disagreement(w: Weights, d: Weights, of: tuple[Array, Array], unit: str) -> float:
    """How far the three derivatives are from finite differences, relatively, at most."""
    exact, found = series.along(w, d, *of, ORDER, unit), []
    for order in range(1, ORDER + 1):
        places, weights = series.stencil(order, POINTS, STENCIL)
        told = sum(k * pixels.loss(pixels.moved(w, d, h), *of, unit) for h, k in zip(places, weights, strict=True))
        found.append(abs(told - exact[order]) / abs(exact[order]))
    return float(max(found))
