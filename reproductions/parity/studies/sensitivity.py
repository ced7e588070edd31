"""How much does the parity of a string change when some of its bits are flipped?

Exact: every string of 2 to 16 bits is counted. Majority and a random function are there to compare with. Nothing is
trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import pi, sqrt
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run

DATASET = "synthetic"
METRICS = {
    "parity_sensitivity_error": "how far the average sensitivity of parity is from n, largest over 2 to 16 bits, flips",
    "parity_noise_error": "how far its correlation with a noisy copy is from (1 - 2p)^n, largest, -1 to 1",
    "majority_ratio": "average sensitivity of the majority of 15 over sqrt(30 / pi), ratio",
    "random_ratio": "average sensitivity of a random function of 16 bits over 8, ratio",
}
BITS = range(2, 17)
FLIPS = (0.01, 0.05, 0.1, 0.25)  # probability that a bit is flipped


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (PILOT_SEEDS,)}.get(tier, ())
    return (Arm("cube", {"bits": list(BITS)}, seeds, seconds=1.0, megabytes=200),) if tier != "gpu" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        rows = {n: _row(n, generator) for n in settings["bits"]}
        last = max(rows)
        odd = max(n for n in rows if n % 2)  # majority without ties
        metrics = {
            "parity_sensitivity_error": max(abs(row["parity_sensitivity"] - n) for n, row in rows.items()),
            "parity_noise_error": max(row["parity_noise_error"] for row in rows.values()),
            "majority_ratio": rows[odd]["majority_sensitivity"] / sqrt(2 * odd / pi),
            "random_ratio": rows[last]["random_sensitivity"] / (last / 2),
        }
        curves = {name: [(n, row[name]) for n, row in rows.items()] for name in rows[last]}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def _row(n: int, generator: np.random.Generator) -> dict[str, float]:
    table = functions(n, generator)
    row = {f"{name}_sensitivity": average_sensitivity(values) for name, values in table.items()}
    parity = table["parity"]
    row["parity_noise_error"] = max(abs(correlation(parity, p) - (1 - 2 * p) ** n) for p in FLIPS)
    return row | {f"majority_correlation_{p:g}": correlation(table["majority"], p) for p in FLIPS}


def functions(n: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Parity, majority (a tie counts as +1) and a random function on the cube, ±1, shape (2,) * n."""
    ones = np.indices((2,) * n).sum(axis=0)
    return {
        "parity": 1 - 2 * (ones % 2),
        "majority": np.where(2 * ones <= n, 1, -1),
        "random": generator.integers(0, 2, (2,) * n) * 2 - 1,
    }


def average_sensitivity(values: np.ndarray) -> float:
    """How many of the n bits change the value when flipped alone, on average over all strings."""
    return sum(int((values != np.flip(values, axis)).sum()) for axis in range(values.ndim)) / values.size


def correlation(values: np.ndarray, flip: float) -> float:
    """E[f(x) f(z)], with x uniform and z equal to x but for each bit being flipped with probability `flip`."""
    noisy = values.astype(float)
    for axis in range(values.ndim):
        noisy = (1 - flip) * noisy + flip * np.flip(noisy, axis)
    return float((values * noisy).mean())
