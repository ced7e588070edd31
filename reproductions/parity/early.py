"""Which seeds will ever learn a long parity: a rule on the net after a hundredth of its budget.

The rule ranks seeds by the largest correlation of any hidden unit's being on with the parity (`alignment.py`). It was
chosen on the seeds of `frontier` under 1024, where sums over units, sizes of output weights and evenness of weights did
no better, and tried once on 1024 to 1047. It is scored by the share of pairs of seeds, one that solves its length and
one that does not, that it ranks right (the area under the ROC curve), and foretells where the 99 % interval of that
share lies above one half; what old seeds gave stands beside it. No Keras.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.trials import Trial

SOLVED = 0.95  # accuracy on fresh strings, as in `frontier`
DRAWS, LEVEL = 4_000, 0.99
FILE = Path(__file__).parent / "early_prediction.json"
Pairs = Sequence[tuple[np.ndarray, np.ndarray]]
"""Scores of the seeds that solve a length and of those that do not, both of shape (seeds,), a length each."""


def scores(trials: Sequence[Trial]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """For each length with seeds of both kinds on record: the scores of those that solved it and of those that did not.

    A seed that failed in its run did not solve it; one without a score counts in neither.
    """
    found, runs_of = {}, defaultdict(list)
    for t in trials:
        if t.study == "early_signs":
            runs_of[int(t.arm.removeprefix("adam_n"))].append(t)
    for n, runs in sorted(runs_of.items()):
        scored = [(t.metrics["score"], t.metrics.get("accuracy")) for t in runs if t.metrics.get("score") is not None]
        solved = np.array([score for score, accuracy in scored if (accuracy or 0.0) >= SOLVED], dtype=float)
        others = np.array([score for score, accuracy in scored if (accuracy or 0.0) < SOLVED], dtype=float)
        if len(solved) and len(others):
            found[n] = (solved, others)
    return found


def ranked_right(pairs: Pairs) -> float:
    """Share of the pairs of one length, over all lengths, whose solver has the higher score; ties count half.

    Raises:
        ValueError: there is no pair.
    """
    if not pairs:
        raise ValueError("no length has seeds that solved it and seeds that did not, so nothing can be ranked")
    right = sum(_right(solved, others) for solved, others in pairs)
    return right / sum(len(solved) * len(others) for solved, others in pairs)


def _right(solved: np.ndarray, others: np.ndarray) -> float:
    gaps = solved[:, None] - others[None]
    return float((gaps > 0).sum() + 0.5 * (gaps == 0).sum())


def interval(pairs: Pairs, sizes: Sequence[tuple[int, int]] | None = None) -> tuple[float, float]:
    """Central 99 % of the share over bootstraps of the seeds of each kind; `sizes` draws so many of them instead."""
    generator = np.random.default_rng(0)
    sizes = sizes or [(len(solved), len(others)) for solved, others in pairs]
    drawn = [
        ranked_right(
            [
                (generator.choice(solved, m), generator.choice(others, k))
                for (solved, others), (m, k) in zip(pairs, sizes, strict=True)
            ]
        )
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def committed() -> Mapping[str, Any]:
    """The prediction as it stood before a seed of its was trained."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def sentence(trials: Sequence[Trial]) -> str:
    """What became of the prediction; nothing before its seeds are on record."""
    found = scores(trials)
    if not found:
        return ""
    pairs = list(found.values())
    share, (low, high) = ranked_right(pairs), interval(pairs)
    told, lengths = committed()["ranked_right"]["estimate"], ", ".join(str(n) for n in found)
    seeds = [t.seed for t in trials if t.study == "early_signs"]
    word = "It foretells who solves" if low > 0.5 else "That is not shown to foretell who solves"
    return (
        f"After a hundredth of the budget the largest correlation of a unit's being on with the parity ranks right "
        f"{share:.0%} of the pairs of a seed that will solve its length and one that will not ({LEVEL:.0%} interval "
        f"{low:.0%} to {high:.0%}; {lengths} bits, seeds {min(seeds)} to {max(seeds)}); {told:.0%} was told. {word}."
    )
