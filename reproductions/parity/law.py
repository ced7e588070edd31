"""The law of the frontier, on edition 1's record: samples to 99 % against n, fitted up to 28 bits. No Keras.

log(strings) = a + b n + c [n odd] + d [width 1024] + sigma * normal, by maximum likelihood, runs that the budget cut
off censored (Aitkin 1981). Odd n has a term since, with biases at zero, ReLU units have no first-step signal there.
Records showed all of 16 to 33 bits at 15 million strings before the rule was made; only the blind targets were unseen.
The rule: a prediction is met when the number of seeds solved within the budget lies in the central 99 % of the law's,
its parameters drawn from their asymptotic normal distribution; an interval for the time to solve stands beside it.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.trials import Trial

BATCH = 256
LONGEST_FITTED = 28  # bits
FITTED_SEEDS = 10  # those on record when the predictions were made
WIDTHS = {"": 512, "_1024": 1024}  # end of an arm's name in the study `frontier`
TARGETS = ((31, 512, 586_000, "retrodiction"), (32, 512, 586_000, "blind"), (29, 1024, 175_800, "blind"))
DRAWS, LEVEL = 20_000, 0.99
FILE = Path(__file__).parent / "prediction.json"


@dataclass(frozen=True)
class Law:
    """Coefficients (a at n = 0, b, c, d, log sigma) and their covariance, shapes (5,) and (5, 5)."""

    coefficients: np.ndarray
    covariance: np.ndarray
    runs: int
    solved: int


def observations(trials: Sequence[Trial], optimizer: str = "adam") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design (runs, 4), log strings (runs,) and whether solved, from the frontier's runs up to 28 bits.

    A run that failed stays in, as one that was not solved in the steps it took.
    """
    rows, times, solved = [], [], []
    for t in trials:
        word, _, width = t.arm.removeprefix(f"{optimizer}_n").partition("_")
        width = f"_{width}" if width else ""
        if (
            t.study == "frontier"
            and t.arm.startswith(f"{optimizer}_n")
            and width in WIDTHS
            and int(word) <= LONGEST_FITTED
            and t.seed < FITTED_SEEDS
        ):
            strings = t.metrics.get("strings_to_solve")
            rows.append(design(int(word), WIDTHS[width]))
            times.append(math.log(strings or max(t.steps, 1) * BATCH))
            solved.append(strings is not None)
    return np.array(rows), np.array(times), np.array(solved, dtype=bool)


def design(n: int, width: int) -> list[float]:
    """One row: constant, bits, whether their number is odd, whether the layer has 1024 units."""
    return [1.0, float(n), float(n % 2), float(width == 1024)]


def fit(rows: np.ndarray, times: np.ndarray, solved: np.ndarray) -> Law:
    """Maximum likelihood; the covariance is the inverse of the observed information.

    Raises:
        ValueError: no more solved runs than coefficients, so the data fix no law.
    """
    from scipy import optimize, stats

    count = rows.shape[1]
    if solved.sum() <= count or np.linalg.matrix_rank(rows[solved]) < count:
        raise ValueError(f"{int(solved.sum())} solved runs do not fix {count} coefficients")

    def loss(theta: np.ndarray) -> float:
        z = (times - rows @ theta[:-1]) / math.exp(theta[-1])
        return -float(np.where(solved, stats.norm.logpdf(z) - theta[-1], stats.norm.logsf(z)).sum())

    start = np.linalg.lstsq(rows[solved], times[solved], rcond=None)[0]
    spread = float(np.std(times[solved] - rows[solved] @ start)) or 1e-6
    theta = optimize.minimize(loss, [*start, math.log(spread)], method="Nelder-Mead", options=_PRECISE).x
    return Law(theta, np.linalg.inv(_hessian(loss, theta)), len(times), int(solved.sum()))


_PRECISE = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 20_000, "maxfev": 20_000, "adaptive": True}


def _hessian(function: Any, at: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Second derivatives by central differences, shape (parameters, parameters)."""
    shifts = np.eye(len(at)) * step
    cells = [
        [sum(i * j * function(at + i * a + j * b) for i in (-1, 1) for j in (-1, 1)) / (4 * step**2) for b in shifts]
        for a in shifts
    ]
    return np.array(cells)


def growth(law: Law) -> dict[str, float]:
    """Factor per bit with its interval."""
    from scipy import stats

    reach = stats.norm.isf((1 - LEVEL) / 2) * math.sqrt(law.covariance[1, 1])
    b = law.coefficients[1]
    return {"estimate": math.exp(b), "low": math.exp(b - reach), "high": math.exp(b + reach)}


def predict(law: Law, n: int, width: int, steps: int, seeds: int = 10) -> dict[str, Any]:
    """Median time to solve and seeds solved by the budget, each with the central 99 % of what the law expects.

    `median_strings` is that of `seeds` new runs, beyond the budget where half of them are cut off.
    """
    generator = np.random.default_rng(0)
    drawn = generator.multivariate_normal(law.coefficients, law.covariance, DRAWS)
    centre = drawn[:, :-1] @ np.array(design(n, width))
    logs = centre[:, None] + np.exp(drawn[:, -1:]) * generator.standard_normal((DRAWS, seeds))
    tails = [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]
    medians = np.exp(np.quantile(np.sort(logs, axis=1)[:, (seeds - 1) // 2], tails))
    counts = np.quantile((logs <= math.log(steps * BATCH)).sum(axis=1), tails, method="inverted_cdf")
    return {
        "budget_strings": steps * BATCH,
        "seeds": seeds,
        "median_strings": [float(f"{value:.4g}") for value in medians],
        "solved": [int(value) for value in counts],
    }


def predictions(trials: Sequence[Trial]) -> dict[str, Any]:
    """What `prediction.json` holds: the law and what it says of each target; [low, middle, high] of 99 %."""
    law = fit(*observations(trials))
    targets = {
        f"adam_n{n}_{width}": {"kind": kind} | predict(law, n, width, steps) for n, width, steps, kind in TARGETS
    }
    names = ("constant", "per_bit", "odd", "width_1024", "log_sigma")
    rows, times, solved = observations(trials, "sgd")
    sgd = fit(rows[:, :2], times, solved)  # four sizes, one of them odd, at one width: no other terms
    return {
        "fitted_on": f"frontier, Adam, n <= {LONGEST_FITTED}: {law.runs} runs, {law.solved} solved",
        "coefficients": {k: float(f"{v:.4g}") for k, v in zip(names, law.coefficients, strict=True)},
        "growth_per_bit": {k: float(f"{v:.4g}") for k, v in growth(law).items()},
        "sgd_growth_per_bit": {k: float(f"{v:.4g}") for k, v in growth(sgd).items()},
        "targets": targets,
    }


def committed() -> dict[str, Any]:
    """The predictions as they stood before the runs that meet them."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))
