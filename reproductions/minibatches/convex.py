"""A regularised linear model whose optimum is known: its loss, its gradients, each of them counted. NumPy alone.

The loss is the mean over n examples of l(y, x·w) plus λ|w|²/2, with l(y, z) = log(1 + exp(-yz)) for labels ±1
(`logistic`) or (z - y)²/2 (`squares`). The gradient of an example is its slope dl/dz times its row, and λw.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from scipy.special import expit

from common import datasets

NEWTON_STEPS = 50


@dataclass(frozen=True)
class Problem:
    """Rows x (n, d), targets y (n,), the strength λ of the penalty, and which loss.

    Raises:
        ValueError: the loss is neither `logistic` nor `squares`, or λ is not positive: no optimum would be unique.
    """

    x: np.ndarray
    y: np.ndarray
    strength: float
    loss: str = "logistic"

    def __post_init__(self) -> None:
        if self.loss not in ("logistic", "squares") or not self.strength > 0:
            raise ValueError(f"loss {self.loss!r} with strength {self.strength}; take logistic or squares, above 0")

    def value(self, w: np.ndarray) -> float:
        z = self.x @ w
        fits = np.logaddexp(0, -self.y * z) if self.loss == "logistic" else (z - self.y) ** 2 / 2
        return float(fits.mean() + self.strength * (w @ w) / 2)

    def slopes(self, z: np.ndarray, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """dl/dz of the examples `rows` at their outputs z."""
        y = self.y[rows]
        return np.asarray(-y * expit(-y * z) if self.loss == "logistic" else z - y)

    def gradient(self, w: np.ndarray) -> np.ndarray:
        return np.asarray(self.x.T @ self.slopes(self.x @ w) / len(self.y) + self.strength * w)

    def hessian(self, w: np.ndarray) -> np.ndarray:
        """Shape (d, d)."""
        p = expit(self.x @ w)
        bends = p * (1 - p) if self.loss == "logistic" else np.ones(len(self.y))
        return np.asarray((self.x.T * bends) @ self.x / len(self.y) + self.strength * np.eye(self.x.shape[1]))

    def smoothness(self) -> float:
        """L: no example's gradient changes faster than by this factor; λ is the least curvature."""
        bend = 0.25 if self.loss == "logistic" else 1.0
        return bend * float((self.x**2).sum(axis=1).max()) + self.strength

    def optimum(self) -> tuple[np.ndarray, float]:
        """The weights of the least loss by Newton's method, and how far above it their loss is at most: |g|²/2λ.

        The bound is that of a strongly convex function (Nesterov 2004, section 2.1.3).
        """
        w = np.zeros(self.x.shape[1])
        for _ in range(NEWTON_STEPS):
            step = np.linalg.solve(self.hessian(w), self.gradient(w))
            w = w - step
            if np.abs(step).max() < 1e-13:
                break
        gradient = self.gradient(w)
        return w, float(gradient @ gradient / (2 * self.strength))


@dataclass
class Counted:
    """Gradients of single examples, how many of them were asked for, and how many numbers are kept of them.

    Nothing else of a solver may look at an example, or keep anything for each.
    """

    problem: Problem
    asked: int = 0
    kept: int = 0

    def table(self) -> np.ndarray:
        """A number for each example, 0 at first."""
        self.kept += len(self.problem.y)
        return np.zeros(len(self.problem.y))

    def slope(self, w: np.ndarray, i: int) -> float:
        """That of one example; `Problem.slopes` for a single number, which NumPy takes five times as long for."""
        self.asked += 1
        z, y = float(self.problem.x[i] @ w), float(self.problem.y[i])
        return -y * _expit(-y * z) if self.problem.loss == "logistic" else z - y

    def mean(self, w: np.ndarray, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Mean gradient (d,) over some examples, without the penalty's."""
        x = self.problem.x[rows]
        self.asked += len(x)
        return np.asarray(self.problem.slopes(x @ w, rows) @ x / len(x))


def _expit(z: float) -> float:
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def odd_digits(seed: int, examples: int, loss: str = "logistic") -> Problem:
    """Is a digit odd? Images of unit length that the seed draws from those of training, labels ±1, λ = 1/n."""
    train = datasets.load_images().train
    chosen = np.random.default_rng(seed).choice(len(train.labels), min(examples, len(train.labels)), replace=False)
    x = train.images[chosen].astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return Problem(x, np.where(train.labels[chosen] % 2 == 1, 1.0, -1.0), 1 / len(x), loss)
