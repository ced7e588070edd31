"""The law of the least forget bias that carries a memory over T steps, on edition 1's delayed recall. No Keras.

A gate at sigmoid(b) remembers for -1/ln sigmoid(b) steps, about exp(b): to remember T of them takes a bias of about
ln T and a constant. So the chance that a net of bias b is solved at T should be logistic in b - ln T. Fitted is
logit = c0 + c1 b + c2 ln T by Firth's (1993) penalised likelihood, which stays finite where a bias solves all seeds at
one delay and none at the next. The bias that solves half of the nets is -(c0 + c2 ln T) / c1; the law says that its
slope on ln T, -c2 / c1, is 1; its interval is Fieller's (1954). The biases fitted end at 5, as larger ones can do harm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.trials import Trial

BUDGET = 4_000
DELAYS = (25, 50, 100, 200)
FITTED = (-1, 0, 1, 2, 3, 4, 5)
LEVEL = 0.99


@dataclass(frozen=True)
class Law:
    """Coefficients (constant, of b, of ln T), shape (3,), their covariance, (3, 3), and the number of runs."""

    coefficients: np.ndarray
    covariance: np.ndarray
    runs: int

    def half(self, delay: float) -> float:
        """The bias that solves half of the nets at a delay."""
        constant, of_bias, of_delay = self.coefficients
        return float(-(constant + of_delay * math.log(delay)) / of_bias)

    def slope(self) -> tuple[float, float, float]:
        """Slope of that bias on ln T, and the ends of its interval; infinite where that is unbounded.

        Fieller: those s for which c2 + s c1 does not differ from zero.
        """
        from scipy import stats

        _, one, two = self.coefficients
        square = stats.norm.isf((1 - LEVEL) / 2) ** 2
        v = self.covariance
        a, b, c = one**2 - square * v[1, 1], one * two - square * v[1, 2], two**2 - square * v[2, 2]
        if a <= 0 or b * b < a * c:  # the effect of the bias itself is not established
            return float(-two / one), -math.inf, math.inf
        reach = math.sqrt(b * b - a * c)
        return float(-two / one), float((-b - reach) / a), float((-b + reach) / a)


def observations(trials: Sequence[Trial], budget: int = BUDGET) -> tuple[np.ndarray, np.ndarray]:
    """Rows (1, b, ln T), shape (runs, 3), and whether each was solved within a budget; a diverged run was not."""
    rows, solved = [], []
    for t in trials:
        if t.study == "recall" and t.arm in {f"delay{delay}" for delay in DELAYS}:
            for bias in FITTED:
                rows.append([1.0, float(bias), math.log(int(t.arm.removeprefix("delay")))])
                solved.append(_within(t, bias, budget))
    return np.array(rows), np.array(solved, dtype=bool)


def _within(trial: Trial, bias: int, budget: int) -> bool:
    time = trial.metrics.get(f"log2_steps_b{bias}")
    return bool(trial.metrics.get(f"solved_b{bias}")) and time is not None and time <= math.log2(budget) + 1e-6


def fit(rows: np.ndarray, solved: np.ndarray) -> Law:
    """Firth's estimate and the inverse of the information there.

    Raises:
        ValueError: all runs have the same outcome, or the rows do not tell bias and delay apart.
    """
    from scipy import optimize, special

    if len(set(solved.tolist())) < 2 or np.linalg.matrix_rank(rows) < 3:
        raise ValueError(f"{len(rows)} runs of which {int(solved.sum())} are solved fix no law")
    centre = np.array([0.0, *rows[:, 1:].mean(axis=0)])

    def information(theta: np.ndarray) -> np.ndarray:
        chances = special.expit((rows - centre) @ theta)
        weighted: np.ndarray = ((rows - centre).T * (chances * (1 - chances))) @ (rows - centre)
        return weighted

    def loss(theta: np.ndarray) -> float:
        logits = (rows - centre) @ theta
        likelihood = float(np.sum(np.where(solved, special.log_expit(logits), special.log_expit(-logits))))
        return -likelihood - float(np.linalg.slogdet(information(theta))[1]) / 2

    theta = optimize.minimize(loss, np.zeros(3), method="Nelder-Mead", options=_PRECISE).x
    covariance = np.linalg.inv(information(theta))
    back = np.eye(3)  # from centred rows to the rows as they are
    back[0] -= centre
    return Law(back @ theta, back @ covariance @ back.T, len(rows))


_PRECISE = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 10_000, "maxfev": 10_000, "adaptive": True}
