"""The law of the least bias: how the bias that recalls a symbol half the time grows with the delay. No Keras.

P(solved) = 1 / (1 + exp(-(a + b bias + c ln delay))), by likelihood with Jeffreys' penalty (Firth 1993), which stays
finite where a bias separates the seeds perfectly. The bias that solves half the time is -(a + c ln delay) / b, so its
slope over ln delay is s = -c / b. Its interval is that of the profile of the penalised likelihood (Heinze & Schemper
2002). The law says s = 1: a gate sigmoid(b) keeps sigmoid(b)^delay, about exp(-delay exp(-b)), which stays the same
when b grows like ln delay. The rule was fixed before the full run: biases up to LARGEST_FITTED, no chrono arm.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from common.records import Trial

STUDIES = ()  # the claims read every study of this reproduction
LARGEST_FITTED = 6.0  # a larger bias may hurt, which a logistic curve cannot show
LEVEL = 0.99
LAW = 1.0  # slope over ln delay
MOST = 500.0  # of a drive, whose exponential is still a number
Numbers = np.ndarray


def observations(trials: Sequence[Trial]) -> tuple[Numbers, Numbers, Numbers]:
    """Bias, ln delay and whether solved, (runs,) each. A run that failed stays in, as not solved."""
    rows = []
    for trial in trials:
        place = cell(trial)
        if place is not None and place[1] <= LARGEST_FITTED:
            rows.append((place[1], math.log(place[0]), trial.metrics.get("steps_to_solve") is not None))
    biases, delays, solved = np.array(rows, float).reshape(-1, 3).T
    return biases, delays, solved


def cell(trial: Trial) -> tuple[int, float] | None:
    """Delay and bias of a trial of the map; none for other studies, chrono and the control's other rates."""
    if trial.study != "recall":
        return None
    delay, _, bias = trial.arm.removeprefix("delay").partition("_b")
    return (int(delay), float(bias)) if bias and "_" not in bias else None


def penalised(theta: Numbers, rows: Numbers, solved: Numbers) -> tuple[float, Numbers]:
    """Minus the log-likelihood with half the log determinant of the information (Jeffreys), and its gradient."""
    drive = rows @ theta
    share = 1 / (1 + np.exp(-np.clip(drive, -MOST, MOST)))
    weights = share * (1 - share)
    information = (rows.T * weights) @ rows
    sign, determinant = np.linalg.slogdet(information)
    if sign <= 0 or not np.isfinite(determinant):
        return math.inf, np.zeros_like(theta)
    leverage = weights * np.sum(rows @ np.linalg.inv(information) * rows, axis=1)
    likelihood = -np.sum(np.logaddexp(0, np.where(solved > 0, -drive, drive)))
    gradient = rows.T @ (solved - share + leverage * (0.5 - share))
    return -float(likelihood + determinant / 2), -gradient


def _minimise(rows: Numbers, solved: Numbers, directions: Numbers, start: Numbers) -> tuple[float, Numbers]:
    """The least value over the coefficients `directions @ free`, and those free numbers."""
    from scipy import optimize

    def along(free: Numbers) -> tuple[float, Numbers]:
        value, gradient = penalised(directions @ free, rows, solved)
        return value, directions.T @ gradient

    found = optimize.minimize(along, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-8})
    return float(found.fun), np.asarray(found.x)


def fit(rows: Numbers, solved: Numbers) -> Numbers:
    """Coefficients of a penalised logistic model, one for each column of `rows` (runs, coefficients).

    Raises:
        ValueError: the rows do not tell the coefficients apart.
    """
    count = rows.shape[1]
    if len(rows) == 0 or np.linalg.matrix_rank(rows) < count:
        raise ValueError(f"{len(rows)} runs do not fix {count} coefficients")
    return _minimise(rows, solved, np.eye(count), np.zeros(count))[1]


def slope(biases: Numbers, delays: Numbers, solved: Numbers) -> dict[str, float]:
    """The slope of the bias that solves half the time over ln delay, with its profile interval at 99 %."""
    from scipy import optimize, stats

    rows = np.column_stack([np.ones(len(biases)), biases, delays - np.mean(delays)])
    theta = fit(rows, solved)
    estimate = float(-theta[2] / theta[1])
    cut = penalised(theta, rows, solved)[0] + float(stats.chi2.ppf(LEVEL, 1)) / 2

    def excess(s: float) -> float:
        directions = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -s]])
        return _minimise(rows, solved, directions, theta[:2])[0] - cut

    def end(way: float) -> float:
        for reach in (0.25, 0.5, 1, 2, 4, 8, 16, 32):
            if excess(estimate + way * reach) > 0:
                return float(optimize.brentq(excess, estimate, estimate + way * reach, xtol=1e-4))
        return way * math.inf

    return {"estimate": estimate, "low": end(-1.0), "high": end(1.0)}


def half_biases(biases: Numbers, delays: Numbers, solved: Numbers) -> dict[int, float]:
    """Delay to the bias that solves half of the time there: a level of its own for each delay, one common slope."""
    levels = sorted(set(delays.tolist()))
    rows = np.column_stack([*(np.asarray(delays == level, float) for level in levels), biases])
    theta = fit(rows, solved)
    return {round(math.exp(level)): -float(theta[place] / theta[-1]) for place, level in enumerate(levels)}


def verdict(found: Mapping[str, float]) -> str:
    """What the interval of the slope says of the law: `faster`, `slower`, `holds`, or `open` when it holds zero too."""
    if found["low"] > LAW:
        return "faster"
    if found["high"] < LAW:
        return "slower"
    return "holds" if found["low"] > 0 else "open"


def kept(bias: float, delay: int) -> float:
    """ln of the share of a memory that a gate at its initial bias keeps over the delay."""
    return -delay * math.log1p(math.exp(-bias))


def sentences(trials: Sequence[Trial]) -> str:
    """What the map says of the law, and where a large bias hurts; a paragraph of Markdown."""
    biases, delays, solved = observations(trials)
    if len(set(delays.tolist())) < 2:
        return "The map of bias and delay has not been run.\n"
    found, halves = slope(biases, delays, solved), half_biases(biases, delays, solved)
    told = ", ".join(
        f"{bias:.2f} at {delay} steps (keeping e^{kept(bias, delay):.1f})" for delay, bias in halves.items()
    )
    ends = f"99 % interval {found['low']:.2f} to {found['high']:.2f}"
    words = [
        f"The bias that solves half of the runs is {told}.",
        f"Its slope over ln delay is {found['estimate']:.2f} ({ends}), where the law says {LAW:g}: {_said(found)}.",
        *_hurt(trials),
    ]
    return " ".join(words) + "\n"


def _said(found: Mapping[str, float]) -> str:
    return {
        "faster": "the least bias that works grows faster than the law",
        "slower": "the least bias that works grows more slowly than the law",
        "holds": "the record agrees with a least bias that grows like ln delay",
        "open": "the record does not tell whether the least bias grows",
    }[verdict(found)]


def _hurt(trials: Sequence[Trial]) -> list[str]:
    """Where the largest bias takes longer than the best one, by the medians of steps (the budget where unsolved)."""
    words = []
    for delay in sorted({place[0] for trial in trials if (place := cell(trial))}):
        found: dict[float, list[float]] = {}
        for trial in trials:
            place = cell(trial)
            steps = trial.metrics.get("steps_or_budget")
            if place is not None and place[0] == delay and steps is not None:
                found.setdefault(place[1], []).append(steps)
        medians = {bias: float(np.median(steps)) for bias, steps in found.items()}
        best, largest = min(medians, key=lambda bias: medians[bias]), max(medians)
        words.append(
            f"At {delay} steps bias {best:g} is the quickest, with a median of {medians[best]:.0f} optimiser steps; "
            f"bias {largest:g} takes {medians[largest]:.0f}."
        )
    return words
