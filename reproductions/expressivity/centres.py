"""A kernel machine with so many centres and no more: Gaussian bumps at chosen points, and a weight each and class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
JITTER = 1e-6
"""Of the kernel's own diagonal, which is 1: centres that are all but the same leave the system solvable."""


def gaussian(x: Floats, centres: Floats, gamma: float) -> NDArray[np.float64]:
    """exp(-gamma |x - c|²), shape (points, centres)."""
    x, centres = np.asarray(x, np.float64), np.asarray(centres, np.float64)
    squares = (x**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2 * x @ centres.T
    return np.asarray(np.exp(-gamma * np.maximum(squares, 0)))


@dataclass(frozen=True)
class Machine:
    """What each class scores: `weights` (centres, classes) of the bumps."""

    centres: Floats
    gamma: float
    weights: NDArray[np.float64]

    def scores(self, x: Floats) -> NDArray[np.float64]:
        return gaussian(x, self.centres, self.gamma) @ self.weights

    def wrong(self, x: Floats, labels: NDArray[np.integer]) -> float:
        """Wrong labels, in per cent."""
        return float(100 * np.mean(self.scores(x).argmax(axis=1) != labels))


def fit(x: Floats, labels: NDArray[np.integer], classes: int, centres: Floats, gamma: float, penalty: float) -> Machine:
    """The machine of the least squared error of ±1 targets, and `penalty` times n of its squared norm beside it.

    With every training point a centre that is kernel ridge regression; with fewer, its restriction to their span
    (Poggio & Girosi 1990, "regularisation networks").
    """
    from scipy import linalg

    targets = np.where(labels[:, None] == np.arange(classes), 1.0, -1.0)
    bumps = gaussian(x, centres, gamma)
    own = gaussian(centres, centres, gamma) + JITTER * np.eye(len(centres))
    left = bumps.T @ bumps + penalty * len(x) * own
    return Machine(centres, gamma, linalg.solve(left, bumps.T @ targets, assume_a="pos"))


def drawn(x: Floats, count: int, generator: np.random.Generator) -> Floats:
    """So many different points among these."""
    return x[generator.choice(len(x), min(count, len(x)), replace=False)]


def means(x: Floats, count: int, generator: np.random.Generator) -> Floats:
    """Centres of so many clusters, by scikit-learn's k-means from one start."""
    from sklearn.cluster import KMeans

    state = int(generator.integers(2**31))
    return np.asarray(KMeans(count, n_init=1, max_iter=30, random_state=state).fit(x).cluster_centers_)
