"""Gradient descent, SGD, SAG and SVRG for a `convex.Problem`, written out: they yield their weights as they go. NumPy.

Each starts from zero. What is yielded is the array that the next step changes, so copy what is to be kept.
"""

from collections.abc import Callable, Iterator

import numpy as np

from reproductions.minibatches.convex import Counted

Rate = Callable[[int], float]


def sgd(oracle: Counted, seed: int, rate: Rate) -> Iterator[np.ndarray]:
    """One example a step, drawn with replacement; `rate(t)` is that of step t = 0, 1, …"""
    problem, w = oracle.problem, np.zeros(oracle.problem.x.shape[1])
    for t, i in enumerate(_drawn(seed, len(problem.y))):
        step = rate(t)
        slope = oracle.slope(w, i)
        w *= 1 - step * problem.strength
        w -= (step * slope) * problem.x[i]
        yield w


def sag(oracle: Counted, seed: int, rate: float) -> Iterator[np.ndarray]:
    """The stochastic average gradient: a step along the mean of the last slope that each example was seen to have.

    One gradient a step and one number of memory an example; the penalty's gradient is exact, and until all examples
    have been seen the mean is over those that have (Schmidt, Le Roux & Bach 2017, algorithm 1 and section 4).
    """
    problem, n = oracle.problem, len(oracle.problem.y)
    w, total, table = np.zeros(problem.x.shape[1]), np.zeros(problem.x.shape[1]), oracle.table()
    seen, count = np.zeros(n, dtype=bool), 0
    for i in _drawn(seed, n):
        count += not seen[i]
        seen[i] = True
        slope = oracle.slope(w, i)
        total += (slope - table[i]) * problem.x[i]
        table[i] = slope
        w *= 1 - rate * problem.strength
        w -= (rate / count) * total
        yield w


def svrg(oracle: Counted, seed: int, rate: float, inner: int) -> Iterator[np.ndarray]:
    """Variance reduction by a full gradient every `inner` steps, at the weights there (Johnson & Zhang 2013, option I).

    Two gradients a step, as none is kept, and n at each snapshot.
    """
    problem, w = oracle.problem, np.zeros(oracle.problem.x.shape[1])
    for t, i in enumerate(_drawn(seed, len(problem.y))):
        if t % inner == 0:
            snapshot, full = w.copy(), oracle.mean(w)
        change = oracle.slope(w, i) - oracle.slope(snapshot, i)
        w *= 1 - rate * problem.strength
        w -= rate * (change * problem.x[i] + full)
        yield w


def minibatches(oracle: Counted, seed: int, rate: Rate, size: Callable[[int], int]) -> Iterator[np.ndarray]:
    """Batches without replacement, `size(p)` examples where p passes have been made; n of them is gradient descent.

    Examples come in an order that is shuffled anew whenever it does not hold a whole batch any more.
    """
    problem, n = oracle.problem, len(oracle.problem.y)
    generator, w = np.random.default_rng([seed, 1]), np.zeros(problem.x.shape[1])
    order, start, t = generator.permutation(n), 0, 0
    while True:
        count = min(n, size(oracle.asked // n))
        if start + count > n:
            order, start = generator.permutation(n), 0
        step = rate(t)
        gradient = oracle.mean(w, order[start : start + count] if count < n else slice(None))
        w = (1 - step * problem.strength) * w - step * gradient
        start, t = start + count, t + 1
        yield w


def _drawn(seed: int, n: int) -> Iterator[int]:
    """Numbers below n with replacement, without end."""
    generator = np.random.default_rng([seed, 1])
    while True:
        yield from generator.integers(n, size=n).tolist()
