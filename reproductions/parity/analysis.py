"""What the record says of the frontier: how many seeds came to 0.95, when half of them had, and whether that could be
foretold. No Keras."""

import math
from collections.abc import Sequence

from common.trials import Trial
from reproductions.parity import early

BITS = (16, 25, 29, 31)
BUDGET = 15_001_600  # strings


def sentences(trials: Sequence[Trial]) -> str:
    """A sentence for each number of bits on record, and on what was foretold; nothing where none is."""
    words = [told for n in BITS if (told := _told(n, [t for t in trials if t.arm == f"adam_n{n}"]))]
    words += [told] if (told := early.sentence(trials)) else []
    return " ".join(words) + "\n" if words else ""


def _told(n: int, trials: Sequence[Trial]) -> str:
    """How many seeds reached 0.95 within the budget, and when half of them had; what failed did not."""
    from common.statistics import survival_median

    runs = [t for t in trials if t.study == "frontier"]
    if not runs:
        return ""
    times = [(t.metrics.get("strings_to_95") if t.status == "ok" else None) or BUDGET for t in runs]
    middle = survival_median(times, [time < BUDGET for time in times])
    low, median, high = (
        f"{end / 1e6:.3g}" if end < math.inf else "∞" for end in (middle.low, middle.estimate, middle.high)
    )
    half = f"half of them by {median} million" if middle.estimate < math.inf else "fewer than half of them"
    solved = sum(time < BUDGET for time in times)
    return (
        f"{solved} of {len(runs)} seeds reach 0.95 on {n} bits within {BUDGET / 1e6:.0f} million strings, {half} "
        f"(99 % interval {low} to {high})."
    )
