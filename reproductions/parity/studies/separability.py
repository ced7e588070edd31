"""Which functions of two bits can a single threshold unit compute, and how much of the others?

Exact: every one of the 16 functions, against every unit with whole weights and bias from -2 to 2. These reach all
threshold functions of two bits, as `test_laws.py` confirms by linear programming.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run

DATASET = "synthetic"
METRICS = {
    "best_and": "largest share of the four cases of AND that one unit has right, share",
    "best_or": "the same for OR, share",
    "best_xor": "the same for XOR, share",
    "separable_functions": "functions of two bits that some unit has all right, of 16",
}
POINTS = np.array(list(product((-1, 1), repeat=2)))  # (4, 2); +1 codes true
NAMED = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0)}  # labels of POINTS


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (PILOT_SEEDS,)}.get(tier, ())
    return (Arm("two_bits", {}, seeds, seconds=0.1, megabytes=200),) if tier != "gpu" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        best = {labels: best_accuracy(labels) for labels in product((0, 1), repeat=4)}
        metrics = {f"best_{name}": best[labels] for name, labels in NAMED.items()}
        metrics["separable_functions"] = float(sum(share == 1 for share in best.values()))
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def best_accuracy(labels: Sequence[int]) -> float:
    """The largest share of the four points that one threshold unit labels rightly."""
    units = np.array(list(product(range(-2, 3), repeat=3)))  # weights and bias
    answers = units[:, :2] @ POINTS.T + units[:, 2:] > 0
    return float((answers == np.array(labels, bool)).mean(axis=1).max())
