"""How likely a random symmetric matrix is to have positive eigenvalues alone: counted, exact, and by importance.

The Gaussian orthogonal ensemble (GOE): entries on the diagonal N(0, 1), those beside it N(0, 1/2), symmetric. Its
density depends on the Frobenius norm alone, so the probability P(n) is the share of directions that the cone of
positive definite matrices takes up. NumPy and SciPy.
"""

import math
from functools import cache

import numpy as np
from scipy import integrate
from scipy.special import gammaincc, gammaln, multigammaln

from reproductions.landscape.net import Numbers


def matrices(generator: np.random.Generator, count: int, n: int) -> Numbers:
    """Of the GOE, shape (count, n, n)."""
    square = generator.standard_normal((count, n, n)) / 2
    return square + square.transpose(0, 2, 1)  # the diagonal is a number of variance 1/4 twice


def positive(batch: Numbers) -> np.ndarray:
    """Which of the symmetric matrices (count, n, n) are positive definite: all pivots are positive."""
    left, found = batch.copy(), np.ones(len(batch), dtype=bool)
    for k in range(batch.shape[1]):
        pivot = left[:, k, k]
        found &= pivot > 0
        column = left[:, k + 1 :, k]
        safe = np.where(found, pivot, 1.0)
        left[:, k + 1 :, k + 1 :] -= column[:, :, None] * column[:, None, :] / safe[:, None, None]
    return found


def by_importance(generator: np.random.Generator, count: int, n: int) -> tuple[float, float]:
    """Estimate of ln P(n), and its standard error, from `count` positive definite matrices.

    They are Wishart of n + 1 degrees of freedom, of a density on the cone that is that of exp(-tr W / 2). With
    s = n(n+1)/2 coordinates, of which those beside the diagonal count √2, its integral along each ray gives the
    direction U = W / ‖W‖ the density (s - 1)! / ((tr U)^s 2^(n(n-1)/4) Γₙ((n+1)/2)). The GOE's directions are uniform;
    the mean of the quotient is P(n).
    """
    size = n * (n + 1) // 2
    lower = np.tril(generator.standard_normal((count, n, n)), -1)
    degrees = n + 1 - np.arange(n)
    lower[:, range(n), range(n)] = np.sqrt(generator.chisquare(degrees, (count, n)))  # Bartlett 1933
    wishart = lower @ lower.transpose(0, 2, 1)
    trace = np.trace(wishart, axis1=1, axis2=2) / np.linalg.norm(wishart, axis=(1, 2))
    logs = size * np.log(trace) + _log_constant(n)
    top = logs.max()
    weights = np.exp(logs - top)
    mean = float(weights.mean())
    return float(top) + math.log(mean), float(weights.std(ddof=1)) / mean / math.sqrt(count)


def _log_constant(n: int) -> float:
    size = n * (n + 1) / 2
    uniform = gammaln(size / 2) - math.log(2) - size / 2 * math.log(math.pi)
    ray = multigammaln((n + 1) / 2, n) + n * (n - 1) / 4 * math.log(2) - gammaln(size)
    return float(uniform + ray)


def exact(n: int) -> float:
    """P(n), by de Bruijn's formula (1955): a Pfaffian of integrals over the eigenvalues' positive half, over the whole.

    Of the density of eigenvalues, ∏ e^(-λ²/2) ∏ |λᵢ - λⱼ|.
    """
    return abs(_pfaffian(_pairs(n, 0.0)) / _pfaffian(_pairs(n, -math.inf)))


@cache
def _pairs(n: int, least: float) -> tuple[tuple[float, ...], ...]:
    """Antisymmetric matrix ∬ sign(y - x) xʲ yᵏ e^(-(x²+y²)/2) over x, y > least; odd n: a border ∫ xʲ e^(-x²/2)."""

    def below(power: int, y: float) -> float:
        return _moment(power, least) - _moment(power, y)

    size = n + n % 2
    found = np.zeros((size, size))
    for j in range(n):
        for k in range(j + 1, n):

            def integrand(y: float, j: int = j, k: int = k) -> float:
                return float(y**k * math.exp(-y * y / 2) * (2 * below(j, y) - _moment(j, least)))

            found[j, k] = integrate.quad(integrand, max(least, -40.0), 40.0, epsabs=1e-13, epsrel=1e-12, limit=400)[0]
        if n % 2:
            found[j, n] = _moment(j, least)
    return tuple(map(tuple, found - found.T))


def _moment(power: int, least: float) -> float:
    """∫ xʲ e^(-x²/2) over x > least."""
    half = (power + 1) / 2
    whole = 2 ** (half - 1) * math.gamma(half)
    if least == -math.inf:
        return float(2 * whole) if power % 2 == 0 else 0.0
    tail = whole * float(gammaincc(half, least * least / 2))
    if least >= 0:
        return float(tail)
    return float(2 * whole - tail) if power % 2 == 0 else float(tail)


def _pfaffian(rows: tuple[tuple[float, ...], ...]) -> float:
    """Of an antisymmetric matrix: expanded along its first row."""
    if not rows:
        return 1.0
    total = 0.0
    for k in range(1, len(rows)):
        kept = [i for i in range(1, len(rows)) if i != k]
        minor = tuple(tuple(rows[i][j] for j in kept) for i in kept)
        total += (-1) ** (k - 1) * rows[0][k] * _pfaffian(minor)
    return total
