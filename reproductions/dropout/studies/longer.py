"""Who keeps improving when trained for long: validation error and surprise, with and without dropout.

Two layers of 512 ReLU units on 10 000 images for 300 epochs at a constant rate and with a rate that falls to zero, and
without dropout on 1000 and on all training images. The validation images are looked at 60 times, on all images 40; a
`smoothed` curve is the mean of five looks at a time. Slopes are those of the smoothed curve over the last half of the
budget, in points of per cent (or nats) per 100 epochs. A rise is that of the smoothed curve's last value over the
least, as a share of the least: the least smoothed error, which is noisy, but the least surprise of a single look, as
that is smooth and its least comes within a few epochs. `later_by` is how many epochs later the best error comes with
dropout, the first of equal ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from common.statistics import slope
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import together
from reproductions.dropout import nets

DATASET = "images"
METRICS = {
    "plain_validation_error": "share of validation images misread without dropout at the end, %",
    "plain_test_error": "share of test images misread without dropout at the end, %",
    "plain_error_slope": "slope of the smoothed validation error without dropout over the last half, % per 100 epochs",
    "plain_error_rise": "last smoothed validation error without dropout over the least less 1, ratio",
    "plain_error_last": "last smoothed validation error without dropout, %",
    "plain_error_least": "least validation error without dropout, %",
    "plain_error_best_epoch": "when the validation error without dropout is least, epochs",
    "plain_error_best_place": "the same as a share of the budget, ratio",
    "plain_nll_slope": "slope of the smoothed surprise without dropout over the last half, nats per 100 epochs",
    "plain_nll_rise": "last smoothed validation surprise without dropout over the least less 1, ratio",
    "plain_nll_last": "last smoothed validation surprise without dropout, nats",
    "plain_nll_least": "least validation surprise without dropout, nats",
    "plain_nll_best_epoch": "when the validation surprise without dropout is least, epochs",
    "plain_nll_best_place": "the same as a share of the budget, ratio",
    "dropout_validation_error": "share of validation images misread with dropout at the end, %",
    "dropout_test_error": "share of test images misread with dropout at the end, %",
    "dropout_error_slope": "slope of the smoothed validation error with dropout over the last half, % per 100 epochs",
    "dropout_error_rise": "last smoothed validation error with dropout over the least less 1, ratio",
    "dropout_error_last": "last smoothed validation error with dropout, %",
    "dropout_error_least": "least validation error with dropout, %",
    "dropout_error_best_epoch": "when the validation error with dropout is least, epochs",
    "dropout_error_best_place": "the same as a share of the budget, ratio",
    "dropout_nll_slope": "slope of the smoothed surprise with dropout over the last half, nats per 100 epochs",
    "dropout_nll_rise": "last smoothed validation surprise with dropout over the least less 1, ratio",
    "dropout_nll_last": "last smoothed validation surprise with dropout, nats",
    "dropout_nll_least": "least validation surprise with dropout, nats",
    "dropout_nll_best_epoch": "when the validation surprise with dropout is least, epochs",
    "dropout_nll_best_place": "the same as a share of the budget, ratio",
    "later_by": "how much later the validation error is least with dropout, epochs",
    "nll_later_by": "how much later the validation surprise is least with dropout, epochs",
}
DEPTH, WIDTH, IMAGES, EPOCHS, LOOKS = 2, 512, 10_000, 300, 60
ALL, ALL_EPOCHS, ALL_LOOKS = 50_000, 40, 40
FEW = 1_000
SMOOTHED, KEPT = 5, 20  # looks averaged; points of a curve on record after the first
RATES = {"plain": 0.1, "dropout": 0.01}
ALL_RATE, FEW_RATE = 0.03, 0.1  # without dropout, on all images and on few
QUICK_RATES = {"plain": 0.1, "dropout": 0.03}
Points = Sequence[tuple[int, float]]


def arms(tier: Tier) -> tuple[Arm, ...]:
    budget = nets.net(DEPTH, WIDTH, IMAGES, EPOCHS, falls=False)
    every = nets.net(DEPTH, WIDTH, ALL, ALL_EPOCHS, falls=False) | {"looks": ALL_LOOKS}
    few = {**budget, "images": FEW}
    if tier == "full":
        return (
            _arm("constant", (), nets.on_test_images(budget), RATES),
            _arm("falling", (), nets.on_test_images({**budget, "falls": 1.0}), RATES),
            _arm("all_images", (), nets.on_test_images(every), {"plain": ALL_RATE}),
            _arm("few_images", (), nets.on_test_images(few), {"plain": FEW_RATE}),
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        tried = {f"rate_{rate:g}": dict.fromkeys(RATES, rate) for rate in nets.GRID} | {"beyond": nets.BEYOND}
        plain = (*nets.GRID, nets.BEYOND["plain"])
        return (
            _quick(seeds),
            *(_arm(name, seeds[:2], budget, rates) for name, rates in tried.items()),
            *(_arm(f"all_images_rate_{rate:g}", seeds[:2], every, {"plain": rate}) for rate in nets.GRID),
            *(_arm(f"few_images_rate_{rate:g}", seeds[:2], few, {"plain": rate}) for rate in plain),
        )
    return ()


def _arm(name: str, seeds: Sequence[int], settings: Mapping[str, Any], rates: Mapping[str, float]) -> Arm:
    own = {"looks": LOOKS, **settings, "rates": dict(rates)}
    return Arm(name, own, tuple(seeds), seconds=len(rates) * nets.seconds(settings))


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {**nets.net(DEPTH, 128, 500, 150, falls=False), "rates": QUICK_RATES, "looks": 20}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=2)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    base = nets.experiment(settings)
    return nets.changed(base, {}, evaluate_every=max(1, base.steps // settings["looks"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    base = experiment(settings)
    drop = {"plain": 0.0, "dropout": nets.HIDDEN}
    variants = {name: {"learning_rate": rate, **nets.dropped(drop[name])} for name, rate in settings["rates"].items()}
    for seed, runs in nets.side_by_side(base, variants, seeds, lanes):
        metrics: dict[str, float | None] = {**nets.numbers(runs, ("validation_error", "test_error"))}
        curves = {}
        for name, trial in runs.items():
            for metric in ("error", "nll"):
                points = trial.curves[f"validation_{metric}"]
                curves[f"{name}_{metric}"] = thinned(points)
                if trial.status == "ok" and all(isfinite(value) for _, value in points):
                    found = told(points, base.steps, settings["epochs"], noisy=metric == "error")
                    metrics |= {f"{name}_{metric}_{word}": value for word, value in found.items()}
        for metric, name in (("error", "later_by"), ("nll", "nll_later_by")):
            late, early = (metrics.get(f"{which}_{metric}_best_epoch") for which in ("dropout", "plain"))
            if late is not None and early is not None:
                metrics[name] = late - early
        yield together(seed, runs, metrics, curves)


def told(points: Points, steps: int, epochs: int, *, noisy: bool) -> dict[str, float]:
    """What the words of this study's docstring mean of one curve of (step, value).

    `best_epoch` is that of the first least value, unsmoothed, and `best_place` the same as a share of the budget;
    `last` is the last smoothed value, and `least` what a rise is measured from. The net before its first step does
    not count.

    Args:
        noisy: the least value is that of the smoothed curve.
    """
    places = np.array([step for step, _ in points[1:]], float) * epochs / steps
    values = np.array([value for _, value in points[1:]])
    width = min(SMOOTHED, len(values))
    smooth = np.convolve(values, np.ones(width) / width, "valid")
    middles = np.convolve(places, np.ones(width) / width, "valid")
    late = middles >= epochs / 2
    best = float(places[int(values.argmin())])
    least = float(smooth.min() if noisy else values.min())
    return {
        "slope": 100 * slope(middles[late], smooth[late]),
        "rise": float(smooth[-1] / least - 1),
        "last": float(smooth[-1]),
        "least": least,
        "best_epoch": best,
        "best_place": best / epochs,
    }


def thinned(points: Points) -> Points:
    """The first point and at most `KEPT` of the rest, the last among them."""
    every = max(1, -(-(len(points) - 1) // KEPT))
    return [*points[:1], *points[:0:-1][::every][::-1]]
