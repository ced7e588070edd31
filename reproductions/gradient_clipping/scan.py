"""One trial is a scan: a seed at every pair of threshold and learning rate, from the same initial weights and data.

So that what a threshold changes is paired within the seed. Divergence is a datum of the scan, not its end: a run
blows up when its loss stops being finite, or ends above where it began by more than a tenth of the task's baseline.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from common.training import Run, train
from reproductions.gradient_clipping import model

Curves = dict[str, list[tuple[int, float]]]
NOISE = 0.1  # of the baseline: a rate too small to change anything must not count as one that blows up


@dataclass(frozen=True)
class Point:
    """One run of a scan; losses in units of the task's baseline, infinite where the run blew up.

    `left` is the share of the loss before training that is left at the end, both on the sequences to report.
    """

    rate: float
    blew_up: bool
    validation: float = math.inf
    test: float = math.inf
    left: float = math.inf


def run(settings: Mapping[str, Any], seeds: Sequence[int]) -> Iterator[Run]:
    """One `Run` a seed, whose metrics are those of `summary` for every threshold of the settings."""
    base = model.experiment(settings)
    for seed in seeds:
        metrics: dict[str, float | None] = {}
        curves: Curves = {}
        found: dict[str, list[Point]] = {}
        steps = 0
        for word, threshold in thresholds(settings["thresholds"]).items():
            found[word] = []
            for rate in settings["rates"]:
                hyper = {"learning_rate": rate, "threshold": threshold}
                (trial,) = train(replace(base, hyper=hyper), [seed])
                steps += trial.steps
                found[word].append(point(rate, trial))
            curves |= drawn(word, found[word])
        for word, points in found.items():
            metrics |= summary(word, points, found)
        yield Run(seed=seed, status="ok", steps=steps, stopped=False, metrics=metrics, curves=curves)


def thresholds(values: Sequence[float | None]) -> dict[str, float]:
    """The word of a threshold in metrics to its value; None is a run without clipping."""
    return {"none" if value is None else f"{value:g}": model.NEVER if value is None else value for value in values}


def point(rate: float, trial: Run) -> Point:
    """What became of a run. A run is judged by the sequences to choose by; those to report are only read."""
    curve = trial.curves.get("validation_relative", [])
    validation, test = trial.metrics.get("validation_relative"), trial.metrics.get("test_relative")
    if trial.status != "ok" or validation is None or test is None or not validation <= curve[0][1] + NOISE:
        return Point(rate, True)
    return Point(rate, False, validation, test, left=test / trial.curves["test_relative"][0][1])


def summary(word: str, points: Sequence[Point], others: Mapping[str, Sequence[Point]]) -> dict[str, float | None]:
    """Metrics of one threshold.

    `loss_*`: the test loss at the rate of least validation loss, in units of the baseline. `rate_*`: that rate.
    `usable_*`: the largest rate at which, and below which, no run blew up; absent if there is none. `left_*`: the share
    of the first loss that is left at that rate.
    `blown_*`: share of the rates at which the run blew up. `range_gain_*`, `loss_ratio_*`: usable rate and loss over
    those without clipping. `excess_*`: loss over the least among the thresholds.
    """
    best, usable = chosen(points), largest_usable(points)
    found: dict[str, float | None] = {
        f"loss_{word}": best.test if best else None,
        f"rate_{word}": best.rate if best else None,
        f"usable_{word}": usable,
        f"left_{word}": next((p.left for p in points if p.rate == usable), None),
        f"blown_{word}": sum(p.blew_up for p in points) / len(points),
    }
    losses = [option.test for option in map(chosen, others.values()) if option]
    if best and losses:
        found[f"excess_{word}"] = best.test / min(losses)
    plain = others.get("none")
    if plain is not None and word != "none":
        without, reached = chosen(plain), largest_usable(plain)
        found[f"range_gain_{word}"] = usable / reached if usable and reached else None
        found[f"loss_ratio_{word}"] = best.test / without.test if best and without else None
    return found


def chosen(points: Sequence[Point]) -> Point | None:
    """The run of least validation loss; none where every run blew up."""
    best = min(points, key=lambda p: p.validation)
    return None if best.blew_up else best


def largest_usable(points: Sequence[Point]) -> float | None:
    usable = None
    for p in sorted(points, key=lambda p: p.rate):
        if p.blew_up:
            break
        usable = p.rate
    return usable


def drawn(word: str, points: Sequence[Point]) -> Curves:
    """Test loss over the rate, its place 100 times the decimal logarithm; a run that blew up has no point."""
    places = [(round(100 * math.log10(p.rate)), p.test) for p in points if not p.blew_up]
    return {f"loss_{word}": places}
