"""What the grid says of two claims that contradict each other, a fit of the gain, and a check of one rate. No Keras.

Dropout is said to help only large nets, and there is said to be little reason not to use it. In the cells that are not
large, the first says that it does not lower the error, the second that it does not raise it. The rule: of these cells,
those where the mean gain is above zero by its 99 % interval speak for the second, those where it is below zero for the
first, and the claim for which more cells speak is favoured.

The fit: ln(plain error / dropout error) = a + b log2(width / 500) + c (depth - 2), by least squares for each seed; b
and c with their 99 % intervals over seeds (Student's t). The grid is balanced, so the terms do not disturb each other.

The check: how far the validation error without dropout ends above its least on all images, at the rate that edition 1
judged and at lower ones, on the same seeds: `all_images_rates`, a study of edition 1.
"""

import math
from collections.abc import Sequence

import numpy as np

from common.statistics import Interval, mean
from common.trials import Trial

CELLS = tuple((width, depth) for width in (100, 500, 1200) for depth in (1, 2, 3))
LARGE = (1200, 3)


def gains(trials: Sequence[Trial], metric: str = "gain") -> dict[tuple[int, int], dict[int, float]]:
    """Cell, as width and depth, to seed to a number, for the seeds that have it; cells without any are absent."""
    found: dict[tuple[int, int], dict[int, float]] = {}
    for width, depth in CELLS:
        rows = [t for t in trials if (t.study, t.arm) == ("grid", f"width{width}_depth{depth}")]
        known = {t.seed: value for t in rows if (value := t.metrics.get(metric)) is not None}
        if known:
            found[width, depth] = known
    return found


def fit(trials: Sequence[Trial]) -> tuple[Interval, Interval] | None:
    """b, for each doubling of the width, and c, for each layer; None unless a seed has an error in every cell."""
    plain, dropout = (gains(trials, f"{which}_test_error") for which in ("plain", "dropout"))
    if set(plain) != set(CELLS) or set(dropout) != set(CELLS):
        return None
    complete = set.intersection(*(set(column) for table in (plain, dropout) for column in table.values()))
    design = np.array([[1.0, math.log2(width / 500), depth - 2] for width, depth in CELLS])
    slopes = []
    for seed in sorted(complete):
        errors = [(plain[cell][seed], dropout[cell][seed]) for cell in CELLS]
        if min(min(pair) for pair in errors) > 0:
            logs = np.array([math.log(without / with_it) for without, with_it in errors])
            slopes.append(np.linalg.lstsq(design, logs, rcond=None)[0][1:])
    if not slopes:
        return None
    return mean([b for b, _ in slopes]), mean([c for _, c in slopes])


def votes(trials: Sequence[Trial]) -> tuple[int, int]:
    """In how many cells that are not large dropout lowers the error, and in how many it raises it, at 99 %."""
    intervals = [mean(list(seeds.values())) for cell, seeds in gains(trials).items() if cell != LARGE]
    return sum(i.low > 0 for i in intervals), sum(i.high < 0 for i in intervals)


def rises(trials: Sequence[Trial]) -> dict[str, tuple[float, float]]:
    """Arm to the medians of rise, as a share of the least error, and of the last error in %, where a seed has both.

    Of the arm that is judged only the seeds count that the others have.
    """
    lower = [t for t in trials if t.study == "all_images_rates"]
    judged = [t for t in trials if (t.study, t.arm) == ("longer", "all_images") and t.seed in {t.seed for t in lower}]
    found: dict[str, list[tuple[float, float]]] = {}
    for trial in (*judged, *lower):
        rise, last = (trial.metrics.get(f"plain_error_{word}") for word in ("rise", "last"))
        if rise is not None and last is not None:
            found.setdefault(trial.arm, []).append((rise, last))
    return {arm: (float(a), float(b)) for arm, pairs in found.items() for a, b in [np.median(pairs, axis=0)]}


def sentences(trials: Sequence[Trial]) -> str:
    """A paragraph for each part that is wholly on record."""
    return "\n".join(paragraph for paragraph in (_grid(trials), _rates(trials)) if paragraph)


def _rates(trials: Sequence[Trial]) -> str:
    found = rises(trials)
    judged = found.pop("all_images", None)
    if judged is None or not found:
        return ""
    told = [
        f"by {100 * rise:.2g} % at {arm.removeprefix('rate_')}, to {last:.3g} %"
        for arm, (rise, last) in sorted(found.items(), reverse=True)
    ]
    return (
        f"On all images the validation error without dropout ends above its least by {100 * judged[0]:.2g} % at the "
        f"rate that is judged, to {judged[1]:.3g} %; {'; '.join(told)} (medians of the same seeds; looked at "
        "afterwards, so that no verdict rests on it).\n"
    )


def _grid(trials: Sequence[Trial]) -> str:
    table = gains(trials)
    if set(table) != set(CELLS):
        return ""
    lower, higher = votes(trials)
    small = len(CELLS) - 1
    words = [
        f"In {lower} of the {small} cells of the grid that are not large dropout lowers the error, in {higher} it "
        f"raises it (99 %), in {small - lower - higher} neither is shown."
    ]
    large = mean(list(table[LARGE].values()))
    where = "lowers" if large.low > 0 else "raises" if large.high < 0 else "is not shown to change"
    words.append(f"In the large one it {where} it.")
    if lower == higher:
        words.append("So the grid favours neither `dropout-only-large-nets` nor `dropout-little-reason-not`.")
    else:
        pair = ("dropout-little-reason-not", "dropout-only-large-nets")
        favoured, other = pair if lower > higher else pair[::-1]
        words.append(f"So of the two the grid favours `{favoured}` over `{other}`.")
    found = fit(trials)
    if found:
        told = [factor(i) for i in found]
        words.append(
            f"By a fit over width and depth, plain error over dropout error is multiplied by {told[0]} with each "
            f"doubling of the width and by {told[1]} with each layer."
        )
    return " ".join(words) + "\n"


def factor(interval: Interval) -> str:
    """The exponential of a slope with its interval."""
    low, middle, high = (math.exp(end) for end in (interval.low, interval.estimate, interval.high))
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"
