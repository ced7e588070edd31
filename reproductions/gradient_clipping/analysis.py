"""What the records say of gradients that no claim asks for: their norms, and their change over distance. No Keras."""

import math
from collections.abc import Sequence
from statistics import median

from common.records import Trial

STUDIES = ("norms", "distance")  # run with the whole reproduction, as no claim reads them
CONVENTIONS = {"sum": "summed", "mean": "averaged"}
PREFIX = "gradient_log10_"


def profile(trials: Sequence[Trial]) -> list[tuple[float, float]]:
    """(steps back in time, log10 of the gradient there), medians over the trials."""
    found: dict[int, list[float]] = {}
    for trial in trials:
        for name, value in trial.metrics.items():
            if name.startswith(PREFIX) and value is not None:
                found.setdefault(int(name.removeprefix(PREFIX)), []).append(value)
    return [(float(distance), float(median(found[distance]))) for distance in sorted(found)]


def factor(points: Sequence[tuple[float, float]], start: float = 10.0) -> float:
    """By how much the gradient changes a step, from `start` steps back to the furthest, by least squares on logs.

    Raises:
        ValueError: fewer than two distances from `start` on.
    """
    from common.statistics import slope

    far = [(x, y) for x, y in points if x >= start]
    return float(10 ** slope([x for x, _ in far], [y for _, y in far]))


def sentences(trials: Sequence[Trial]) -> str:
    """How often thresholds of 5 and 15 bind, and how gradients change with distance; a paragraph of Markdown."""
    words = []
    for over_time, told in CONVENTIONS.items():
        runs = [t for t in trials if (t.study, t.arm) == ("norms", f"rnn_{over_time}")]
        if norms := [value for t in runs if (value := t.metrics.get("gradient_log10_norm")) is not None]:
            shares = [_share(runs, f"gradient_over_{bound}") for bound in (5, 15)]
            words.append(
                f"With the loss {told} over 50 steps, the gradient of the tanh net has a norm of about "
                f"{10 ** median(norms):.2g} after 300 steps; {shares[0]:.0%} of the batches are over 5, "
                f"{shares[1]:.0%} over 15."
            )
    for arm in sorted({t.arm for t in trials if t.study == "distance"}):
        points = profile([t for t in trials if (t.study, t.arm) == ("distance", arm)])
        net = arm.replace("_radius", " of radius ")
        words.append(f"Back in time the gradient of the {net} changes by a factor of {factor(points):.3f} a step.")
    return (" ".join(words) or "Gradients have not been measured.") + "\n"


def _share(runs: Sequence[Trial], metric: str) -> float:
    """The mean of a share over the runs that have it, not a number where none has."""
    values = [value for run in runs if (value := run.metrics.get(metric)) is not None]
    return sum(values) / len(values) if values else math.nan
