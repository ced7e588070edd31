"""Kernel machines with Gaussian kernels: which of a grid fit their training cases, and how many support vectors it
takes.

Of the machines without an error on their training cases the one that is taken errs least on validation cases; of
those as good it has the fewest support vectors. No Keras.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Part = tuple[Array, Array]
"""Cases (count, inputs) and their labels ±1."""

WIDTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""gamma times the number of inputs and their variance: 1 is scikit-learn's own choice."""
COSTS = (1.0, 1e2, 1e4, 1e6)
LONGEST = 200_000  # steps of the solver; a machine that needs more is none of the grid's
MEGABYTES = 200  # of kernel values that the solver keeps


@dataclass(frozen=True)
class Machine:
    """One of the grid: width and C, its support vectors, and the shares of cases that it tells rightly."""

    width: float
    cost: float
    vectors: int
    seen: float
    validation: float
    test: float


def grid(
    seen: Part, validation: Part, test: Part, widths: Sequence[float] = WIDTHS, costs: Sequence[float] = COSTS
) -> list[Machine]:
    """Every machine of the grid whose solver ends; in the order of widths and costs."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import SVC

    x, y = seen
    scale = x.shape[1] * x.var()
    found = []
    for width in widths:
        for cost in costs:
            svm: Any = SVC(C=cost, gamma=width / scale, cache_size=MEGABYTES, max_iter=LONGEST)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                svm.fit(x, y)
            if svm.fit_status_ == 0 and int(np.max(svm.n_iter_)) < LONGEST:
                shares = [float(np.mean(svm.predict(of) == labels)) for of, labels in (seen, validation, test)]
                found.append(Machine(width, cost, int(svm.n_support_.sum()), *shares))
    return found


def fitting(machines: Sequence[Machine]) -> list[Machine]:
    """Those without an error on their training cases."""
    return [machine for machine in machines if machine.seen == 1.0]


def tuned(machines: Sequence[Machine]) -> Machine:
    """The one that is taken; where none fits, the nearest to that.

    Raises:
        ValueError: there is none, as no solver ended.
    """
    if not machines:
        raise ValueError(f"no machine of the grid was solved in {LONGEST} steps; allow more, or lower C")
    return max(machines, key=lambda machine: (machine.seen, machine.validation, -machine.vectors))


def nearest(seen: Part, asked: Array) -> Array:
    """The labels that the nearest of the training cases have; of several as near the first one's."""
    x, y = seen
    distances = (asked**2).sum(axis=1)[:, None] - 2 * asked @ x.T + (x**2).sum(axis=1)
    return np.asarray(y[distances.argmin(axis=1)])


def least_for_parity(n: int, e: Fraction) -> int:
    """The fewest centres, strings of n bits, with which a sum of Gaussians and a bias has the sign of parity.

    e, between 0 and 1, is the kernel of two strings that differ in one bit, exp(-4 gamma) where bits are ±1; it is
    e**h of two that differ in h. That 2**(n-1) centres are needed is a theorem of Bengio, Delalleau & Le Roux 2005.
    In short: across one bit the sum changes by a sum of Gaussians over the other n - 1 bits whose coefficients are (1
    - e) times the differences of those of two strings, and it has the sign of their parity. The inverse of such a
    kernel has entries (-e)**h / (1 - e**2)**(n-1), so that these coefficients are sums of terms of one sign, and none
    of them is zero. That as many are enough: with a centre on each even string the sum is one number on all even
    strings and another on all odd ones, and a bias goes between.

    Raises:
        ArithmeticError: the two bounds do not meet, which would be a fault of this function.

    """
    signs = {(-1) ** h * (-e) ** h / (1 - e**2) ** (n - 1) > 0 for h in range(n)}
    even, odd = (sum(comb(n, h) * e**h for h in range(start, n + 1, 2)) for start in (0, 1))
    if signs != {True} or even <= odd:
        raise ArithmeticError(f"neither bound holds for {n} bits at e = {e}")
    return 1 << (n - 1)
