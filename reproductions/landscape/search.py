"""Points where a net's gradient is zero, found by Newton's method on the gradient, and the Hessian's word on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize

from reproductions.landscape.net import Numbers, Problem, gradient, hessian

CUT = 1e-6
"""An eigenvalue no larger than this times the largest, in size, counts as zero: neither up nor down."""
STILL = 1e-9
"""A point is critical where no component of the gradient is larger."""
FAR = 30.0
"""A weight beyond it stands for a unit that saturates, and the point for one at infinity: it is not counted."""
LONGEST = 0.5
"""The length of a step, at most: longer ones leave the neighbourhood for the few points with weights near zero."""
LOOKS = 300
"""Hessians that a search may take."""
STAGES = (0, 10, 100, 1000)
"""Steps of gradient descent before a search begins; one more begins where L-BFGS can go no lower."""
RATE = 0.3
SAME = 1e-6
"""Losses that differ by less, relatively, are those of one point."""
_PRECISE = {"maxiter": 5_000, "gtol": 1e-8, "ftol": 1e-15, "maxcor": 30}


@dataclass(frozen=True)
class Point:
    """A critical point: its loss, all eigenvalues of its Hessian, ascending, and where it lies."""

    loss: float
    eigenvalues: Numbers
    weights: Numbers

    def falling(self, cut: float = CUT) -> int:
        """Directions of negative curvature: the index of the point."""
        return int((self.eigenvalues < -cut * np.abs(self.eigenvalues).max()).sum())


def shares(eigenvalues: Numbers, cut: float = CUT) -> tuple[float, float]:
    """Share of positive and of negative eigenvalues; the rest counts as zero."""
    least = cut * np.abs(eigenvalues).max()
    return float((eigenvalues > least).mean()), float((eigenvalues < -least).mean())


def critical_point(problem: Problem, weights: Numbers) -> Point | None:
    """The critical point that Newton steps come to, if any; none is longer than `LONGEST`.

    A step is -H⁻¹ g whatever the signs of H, so saddles attract it as minima do. Least squares on the gradient would
    not do: two of three searches ended where H g = 0 and g is not (the gradient-flat regions of Frye et al. 2021).

    None where the gradient has not gone after `LOOKS` or the Hessian is singular, and for a point at infinity.
    """
    for _ in range(LOOKS):
        loss, slope, matrix = hessian(problem, weights)
        if np.abs(slope).max() <= STILL:
            eigenvalues: Numbers = np.linalg.eigvalsh(matrix).astype(np.float64)
            return Point(loss, eigenvalues, weights) if np.abs(weights).max() <= FAR else None
        try:
            step = np.linalg.solve(matrix, slope)
        except np.linalg.LinAlgError:  # singular to the last digit
            return None
        weights = weights - step * min(1.0, LONGEST / float(np.linalg.norm(step)))
    return None


def searched(problem: Problem, runs: int, generator: np.random.Generator) -> list[Point | None]:
    """What the searches from 0, 10, 100 and 1000 steps of gradient descent come to, and from where descent ends."""
    found = []
    for _ in range(runs):
        weights = problem.start(generator)
        for before, after in pairwise((0, *STAGES)):
            for _ in range(after - before):
                weights = weights - RATE * gradient(problem, weights)[1]
            found.append(critical_point(problem, weights))
        end = minimize(lambda w: gradient(problem, w), weights, jac=True, method="L-BFGS-B", options=_PRECISE)
        found.append(critical_point(problem, end.x))
    return found


def distinct(points: Iterable[Point]) -> list[Point]:
    """One of each loss and index, by loss: a net's units may change places and signs, which changes neither."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: p.loss):
        if not any(abs(p.loss - point.loss) <= SAME * abs(p.loss) and p.falling() == point.falling() for p in kept):
            kept.append(point)
    return kept
