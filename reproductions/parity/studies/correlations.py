"""Is any linear function of the bits, or any product of some of them, correlated with their parity?

Exact: every string of 2 to 16 bits is counted, in integers. Nothing is trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import pi, sqrt
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run

DATASET = "synthetic"
METRICS = {
    "parity_linear": "largest correlation of a bit with the parity, in size, over 2 to 16 bits, -1 to 1",
    "parity_lower_degree": "largest correlation of a product of some bits but not all, in size, -1 to 1",
    "parity_r_squared": "R² of the best linear function of the bits for their parity, largest, share of variance",
    "majority_ratio": "a bit's correlation with the majority of 15 over sqrt(2 / (15 pi)), ratio",
    "random_linear": "largest correlation of one of 16 bits with a random function, in size, -1 to 1",
}
BITS = range(2, 17)


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (PILOT_SEEDS,)}.get(tier, ())
    return (Arm("cube", {"bits": list(BITS)}, seeds, seconds=1.0, megabytes=200),) if tier != "gpu" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        rows = {n: _row(n, generator) for n in settings["bits"]}
        majority = {n: row["majority_linear"] / sqrt(2 / (pi * n)) for n, row in rows.items() if n % 2}
        metrics = {
            "parity_linear": max(row["parity_linear"] for row in rows.values()),
            "parity_lower_degree": max(row["parity_lower_degree"] for row in rows.values()),
            "parity_r_squared": max(row["parity_r_squared"] for row in rows.values()),
            "majority_ratio": majority[max(majority)],
            "random_linear": rows[max(rows)]["random_linear"],
        }
        curves = {name: [(n, row[name]) for n, row in rows.items()] for name in rows[max(rows)]}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def _row(n: int, generator: np.random.Generator) -> dict[str, float]:
    """Largest |E[f · monomial]| over the whole cube, for parity, majority and a random function f."""
    ones = np.array([int(k).bit_count() for k in range(2**n)])
    functions = {
        "parity": 1 - 2 * (ones % 2),
        "majority": np.sign(n - 2 * ones),
        "random": generator.integers(0, 2, 2**n) * 2 - 1,
    }
    row: dict[str, float] = {}
    for name, values in functions.items():
        sums = np.abs(walsh_sums(values))
        row[f"{name}_linear"] = float(sums[ones == 1].max()) / 2**n
        row[f"{name}_lower_degree"] = float(sums[ones < n].max()) / 2**n
        # On the whole cube the bits are orthogonal, so the best linear predictor's R² is the sum of squares.
        row[f"{name}_r_squared"] = float((sums[ones == 1] ** 2).sum()) / 4**n
    return row


def walsh_sums(values: np.ndarray) -> np.ndarray:
    """Sum over all strings x of values[x] · prod of the bits in S, for every set S of bits: integers, shape (2**n,).

    Bit i of the index codes x_i = +1 when clear and -1 when set; bit i of S says whether x_i is in the product.
    """
    sums = values.astype(np.int64)
    size = 1
    while size < len(sums):
        pairs = sums.reshape(-1, 2, size)
        sums = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).reshape(-1)
        size *= 2
    return sums
