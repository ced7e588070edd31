"""A fit of what dropout saves over width and depth, which no claim asks for. No Keras.

ln(plain error / dropout error) = a + b log2(width / 500) + c (depth - 2), by least squares for each seed; b and c with
their 99 % intervals over seeds (Student's t). The cells are balanced, so the terms do not disturb each other.
"""

import math
from collections.abc import Sequence

import numpy as np

from common.statistics import Interval, mean
from common.trials import Trial

CELLS = tuple((width, depth) for width in (100, 500, 1200) for depth in (1, 2, 3))


def errors(trials: Sequence[Trial], which: str) -> dict[tuple[int, int], dict[int, float]]:
    """Cell, as width and depth, to seed to a test error, for the seeds that have it; cells without any are absent."""
    found: dict[tuple[int, int], dict[int, float]] = {}
    for width, depth in CELLS:
        rows = [t for t in trials if (t.study, t.arm) == ("grid", f"width{width}_depth{depth}")]
        known = {t.seed: value for t in rows if (value := t.metrics.get(f"{which}_test_error")) is not None}
        if known:
            found[width, depth] = known
    return found


def fit(trials: Sequence[Trial]) -> tuple[Interval, Interval] | None:
    """b, for each doubling of the width, and c, for each layer; None unless a seed has an error in every cell."""
    plain, dropout = errors(trials, "plain"), errors(trials, "dropout")
    if set(plain) != set(CELLS) or set(dropout) != set(CELLS):
        return None
    complete = set.intersection(*(set(column) for table in (plain, dropout) for column in table.values()))
    design = np.array([[1.0, math.log2(width / 500), depth - 2] for width, depth in CELLS])
    slopes = []
    for seed in sorted(complete):
        pairs = [(plain[cell][seed], dropout[cell][seed]) for cell in CELLS]
        if min(min(pair) for pair in pairs) > 0:
            logs = np.array([math.log(without / with_it) for without, with_it in pairs])
            slopes.append(np.linalg.lstsq(design, logs, rcond=None)[0][1:])
    if not slopes:
        return None
    return mean([b for b, _ in slopes]), mean([c for _, c in slopes])


def sentences(trials: Sequence[Trial]) -> str:
    """What the fit gives, once two seeds have every cell; nothing before."""
    found = fit(trials)
    if found is None or found[0].n < 2:
        return ""
    doubling, layer = map(factor, found)
    return (
        f"By a fit over width and depth on {found[0].n} seeds, plain error over dropout error is multiplied by "
        f"{doubling} with each doubling of the width and by {layer} with each layer.\n"
    )


def factor(interval: Interval) -> str:
    """The exponential of a slope with its interval."""
    low, middle, high = (math.exp(min(end, 700)) for end in (interval.low, interval.estimate, interval.high))
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"
