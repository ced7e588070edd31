"""How the best rate moves with the batch, as one curve: fitted to batches of 8 to 128, told beforehand of 256 to 2 048.

The curve is that of a noisy quadratic (McCandlish et al. 2018, section 2.2): rate(B) = top / (1 + C/B),
which grows with the batch as long as that is under C, and no more beyond. It is fitted to log2 of the best rates of
pilot seeds in the study `best_rate` by least squares. The rule: a prediction is met when the median of the best rates
of the first twelve verdict seeds lies in the central 99 % of the law's, which are drawn by a bootstrap over pilot seeds
with their scatter about the curve. A straight line on the same points, rate(B) ~ B^s, stands beside it as the rival:
the law wins a batch where the median is nearer to its middle, in log2, than to the rival's. No Keras.
"""

import json
from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path
from typing import Any

import numpy as np

from common.trials import Trial

FITTED, TARGETS = (8, 16, 32, 64, 128), (256, 512, 1024, 2048)
SEEDS = range(20_000, 20_008)
JUDGED = 12  # the first verdict seeds
DRAWS, LEVEL = 400, 0.99
FILE = Path(__file__).parent / "prediction.json"
Curve = tuple[float, float]
"""log2 of the top rate, and log2 of the batch C at which it is half of that."""


def observations(trials: Sequence[Trial]) -> np.ndarray:
    """log2 of the best rate, shape (seeds, fitted batches).

    Raises:
        ValueError: a pilot of these is missing, or came to no rate.
    """
    found = {(t.arm, t.seed): t.metrics.get("best_octave") for t in trials if t.study == "best_rate"}
    table = [[found.get((f"batch{batch}", seed)) for batch in FITTED] for seed in SEEDS]
    if any(None in row for row in table):
        raise ValueError(f"a best rate of batches {FITTED} and seeds {SEEDS} is missing; run the pilots of best_rate")
    return np.array(table, dtype=float)


def curve(law: Curve, batches: Sequence[int]) -> np.ndarray:
    """log2 of the law's rate for each batch."""
    top, half = law
    return np.asarray(top - np.log2(1 + 2.0 ** (half - np.log2(batches))))


def fit(rates: np.ndarray) -> Curve:
    """The curve of least squares through log2 rates, shape (seeds, fitted batches).

    C is looked for between a batch of 1 and of 65 536: beyond both ends the curve no longer tells one from another.
    """
    from scipy import optimize

    means = rates.mean(axis=0)

    def top(half: float) -> float:
        return float((means - curve((0.0, half), FITTED)).mean())

    def squares(half: float) -> float:
        return float(((means - curve((top(half), half), FITTED)) ** 2).sum())

    least = min(np.arange(0.0, 16.5, 0.5), key=squares)
    bounds = (max(0.0, least - 0.5), min(16.0, least + 0.5))
    half = float(optimize.minimize_scalar(squares, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x)
    return top(half), half


def line(rates: np.ndarray) -> tuple[float, float]:
    """Slope and height at a batch of 1 of the straight line through the mean log2 rates."""
    slope, height = np.polyfit(np.log2(FITTED), rates.mean(axis=0), 1)
    return float(slope), float(height)


def predictions(trials: Sequence[Trial]) -> dict[str, Any]:
    """What `prediction.json` holds: the curve, its rival, and the median best rate that they tell of each target."""
    rates = observations(trials)
    law, (slope, height) = fit(rates), line(rates)
    scatter = float(np.std(rates - curve(law, FITTED), ddof=2))
    generator = np.random.default_rng(0)
    medians: dict[int, list[float]] = {batch: [] for batch in TARGETS}
    for _ in range(DRAWS):
        drawn = fit(rates[generator.integers(len(rates), size=len(rates))])
        for batch, centre in zip(TARGETS, curve(drawn, TARGETS), strict=True):
            medians[batch].append(float(np.median(centre + scatter * generator.standard_normal(JUDGED))))
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    targets = {}
    for batch, centre in zip(TARGETS, curve(law, TARGETS), strict=True):
        low, high = np.quantile(medians[batch], tails)
        rival = slope * log2(batch) + height
        told = {"median_best_rate": [low, centre, high], "rival": [rival]}
        targets[f"batch{batch}"] = {name: [_rounded(2.0**value) for value in values] for name, values in told.items()}
    return {
        "fitted_on": f"best_rate, batches {FITTED[0]} to {FITTED[-1]}, seeds {SEEDS[0]} to {SEEDS[-1]}",
        "top_rate": _rounded(2.0 ** law[0]),
        "half_batch": _rounded(2.0 ** law[1]),
        "scatter_log2": _rounded(scatter),
        "rival_slope": _rounded(slope),
        "targets": targets,
    }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def committed() -> Mapping[str, Any]:
    """The predictions as they stood before any seed of a target was run."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))
