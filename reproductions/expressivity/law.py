"""How the parameters that a radial target takes grow with its inputs, fitted to 2 to 4 of them and told of 5 and 6.

A power of the number of inputs, parameters(d) = a d^b, for each depth, by least squares on the logarithms of pilot
seeds of the study `nodes`. A radial function is a function of one sum of d functions, so that two hidden layers can do
with polynomially many parameters; that one hidden layer does as well is what the law ventures. The rule: a prediction
is met when the median over the first twelve verdict seeds lies in the 99 % prediction interval for such a median, by
the theory of the normal line: scatter of pilots about the curve, doubt of the curve itself, and Student's t. An
exponential in d through the same points stands beside it as the rival: the law wins where the median is nearer to its
middle, in log2, than to the rival's. No Keras.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.trials import Trial

FITTED, TARGETS = (2, 3, 4), (5, 6)
DEPTHS = ("one", "two")
SEEDS = range(20_000, 20_008)
JUDGED = 12  # the first verdict seeds
LEVEL = 0.99
FILE = Path(__file__).parent / "prediction.json"
Floats = NDArray[np.float64]


def observations(trials: Sequence[Trial], depth: str) -> Floats:
    """log2 of the parameters that a depth needs, shape (seeds, fitted dimensions).

    Raises:
        ValueError: a pilot of these is missing, or came to no number.
    """
    found = {(t.arm, t.seed): t.metrics.get(f"parameters_{depth}") for t in trials if t.study == "nodes"}
    table = [[found.get((f"radial_d{d}", seed)) for d in FITTED] for seed in SEEDS]
    if any(None in row for row in table):
        raise ValueError(f"a pilot of {FITTED} inputs and seeds {SEEDS} is missing; run the pilots of nodes")
    return np.asarray(np.log2(np.array(table, dtype=float)))


def power(logs: Floats, dimensions: Sequence[int]) -> Floats:
    """log2 of what the power through these logarithms, shape (seeds, fitted), says of each dimension."""
    slope, height = np.polyfit(np.log2(FITTED), logs.mean(axis=0), 1)
    return np.asarray(height + slope * np.log2(dimensions))


def exponential(logs: Floats, dimensions: Sequence[int]) -> Floats:
    """The same of the exponential."""
    slope, height = np.polyfit(FITTED, logs.mean(axis=0), 1)
    return np.asarray(height + slope * np.asarray(dimensions))


def predictions(trials: Sequence[Trial]) -> dict[str, Any]:
    """What `prediction.json` holds: the power of each depth, and what it and its rival tell of each target."""
    told: dict[str, Any] = {
        "fitted_on": f"nodes, radial targets of {FITTED[0]} to {FITTED[-1]} inputs, seeds {SEEDS[0]} to {SEEDS[-1]}"
    }
    for depth in DEPTHS:
        logs = observations(trials, depth)
        scatter = float(np.sqrt(((logs - power(logs, FITTED)) ** 2).sum() / (logs.size - 2)))
        middle, rival, doubt = power(logs, TARGETS), exponential(logs, TARGETS), scatter * doubts(len(logs))
        low, high = middle - doubt, middle + doubt
        exponent = float(np.diff(power(logs, (1, 2)))[0])
        told[depth] = {"exponent": _rounded(exponent), "scatter_log2": _rounded(scatter), "targets": {}}
        for place, d in enumerate(TARGETS):
            ends = [_rounded(2.0 ** logarithm[place]) for logarithm in (low, middle, high)]
            told[depth]["targets"][f"radial_d{d}"] = {"median": ends, "rival": _rounded(2.0 ** rival[place])}
    return told


def doubts(seeds: int) -> Floats:
    """Half the width of the prediction interval of each target, in units of the scatter; a median of n has about the
    variance of a mean of 2n / pi."""
    from scipy import stats

    x, at = np.log2(FITTED), np.log2(TARGETS)
    spread = seeds * ((x - x.mean()) ** 2).sum()
    variance = 1 / (seeds * len(x)) + (at - x.mean()) ** 2 / spread + np.pi / 2 / JUDGED
    return np.asarray(stats.t.ppf((1 + LEVEL) / 2, seeds * len(x) - 2) * np.sqrt(variance))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def committed() -> Mapping[str, Any]:
    """The predictions as they stood before any seed of a target was run."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))
