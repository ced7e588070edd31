"""Intervals and p-values over seeds, thin over SciPy; no paper, claim or threshold is known here.

Intervals are central: (1 - level) / 2 lies beyond each end. An end that the data do not bound is that of the
range, an estimate that they do not hold is nan. Sequences are one-dimensional, one entry per seed or run.
ValueError for nan, unequal lengths, impossible counts, and a level outside (0, 1)."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # which loads `scipy.stats`, most of a second, where it is first asked for
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.99
MOST_SEEDS = 10_000  # no study will be run with more
STEEPEST = 50.0  # log of a growth over all levels that no budget could show; beyond it, growth is unbounded
RESOLUTION = 1e-6  # relative precision of a time; keeps the likelihood finite for runs without any spread

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate, nan where there is none, with its interval over n seeds or runs."""

    estimate: float
    low: float
    high: float
    n: int


def proportion(successes: int, n: int, *, level: float = LEVEL) -> Interval:
    """Exact interval in [0, 1] for a rate of success (Clopper & Pearson 1934)."""
    tail = _tail(level)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} are impossible")
    low = float(scipy.special.betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = 1 - float(scipy.special.betaincinv(n - successes, successes + 1, tail)) if successes < n else 1.0
    return Interval(successes / n if n else math.nan, low, high, n)


@lru_cache(maxsize=10_000)
def share(yes: int, n: int, *, ties: int = 0, alpha: float = 0.01) -> Interval:
    """Interval in [0, 1] for the share of yes, to look at after any seed: the whole path errs with at most alpha.

    All p whose beta-binomial mixture ratio B(yes + 1, no + 1) / (p^yes (1 - p)^no) stays under 1 / alpha (Robbins 1970;
    Howard, Ramdas, McAuliffe & Sekhon 2021). A tie counts as no at the lower end and as yes at the upper one."""
    if min(yes, ties) < 0 or yes + ties > n or not 0 < alpha < 1:
        raise ValueError(f"{yes} yes and {ties} ties of {n} at {alpha} are impossible")
    low = _mixture_end(yes, n - yes, alpha)
    return Interval(yes / n if n else math.nan, low, 1 - _mixture_end(n - yes - ties, yes + ties, alpha), n)


def _mixture_end(yes: int, no: int, alpha: float) -> float:
    """The lower end of `share`."""
    if not yes:
        return 0.0
    reach = float(scipy.special.betaln(yes + 1, no + 1)) + math.log(alpha)

    def excess(p: float) -> float:
        return reach - yes * math.log(p) - (no * math.log1p(-p) if no else 0.0)

    return float(scipy.optimize.brentq(excess, 1e-300, yes / (yes + no), xtol=1e-15))


def median(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Distribution-free interval between two order statistics (Thompson 1936); values may be infinite.

    Below n = 8 even the whole range covers with less than 99 %, and the interval is (-inf, inf)."""
    tail = _tail(level)
    (numbers,) = _numbers(values)
    n = len(numbers)
    ordered = [-math.inf, *np.sort(numbers).tolist(), math.inf]
    rank = int(np.sum(scipy.special.bdtr(np.arange(n // 2), n, 0.5) <= tail))
    # Halved first, no sum overflows. Between -inf and inf, and so without any value, the midpoint is nan.
    estimate = ordered[(n + 1) // 2] / 2 + ordered[n // 2 + 1] / 2
    return Interval(estimate, ordered[rank], ordered[n + 1 - rank], n)


def mean(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Interval of Student's t (1908); unbounded for n = 1 or an infinite value, without width for equal ones."""
    tail = _tail(level)
    (numbers,) = _numbers(values)
    n = len(numbers)
    if n == 0 or not np.isfinite(numbers).all():
        return Interval(math.nan, -math.inf, math.inf, n)
    equal = np.ptp(numbers) == 0  # apart, because rounding could move the mean of equal numbers
    centre, spread = (numbers[0], 0.0) if equal else (np.mean(numbers), np.std(numbers, ddof=1))
    half = float(-scipy.special.stdtrit(n - 1, tail) * spread) / math.sqrt(n) if n > 1 else math.inf
    return Interval(float(centre), float(centre) - half, float(centre) + half, n)


def ratio(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Interval in (0, inf) for a geometric mean, `mean` on logarithms; a ratio <= 0 counts as infinite."""
    (numbers,) = _numbers(values)
    logs = mean(np.log(np.where(numbers > 0, numbers, math.inf)), level=level)
    return Interval(_exp(logs.estimate), _exp(logs.low), _exp(logs.high), logs.n)


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Least-squares slope of one seed's finite values; ValueError unless x holds two levels."""
    x, y = _numbers(x, y)
    if len(np.unique(x)) < 2 or not np.isfinite([x, y]).all():
        raise ValueError("a slope needs finite values at two or more different x")
    return float(scipy.stats.linregress(x, y).slope)


def r_squared(x: ArrayLike, y: ArrayLike) -> float:
    """Share in [0, 1] of the variance of y that its line on x explains; 1.0 for constant y, as none is left."""
    forward = slope(x, y)
    return min(1.0, forward * slope(y, x)) if np.ptp(np.asarray(y)) > 0 else 1.0


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's (1904) correlation in [-1, 1] within one seed; values may be infinite.

    0.0 when either is constant: a flat curve speaks for neither direction and must count so among the
    seeds, where a nan could not be ordered. Rounded, so that -0.9 is not below -0.9."""
    x, y = _numbers(x, y)
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return 0.0
    return round(float(np.corrcoef(_ranks(x), _ranks(y))[0, 1]), 12)


def _ranks(numbers: Numbers) -> Numbers:
    """From 1 on, equal ones their mean rank; as of `scipy.stats`, which a worker would load for nothing else."""
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def same_distribution(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """p-value of Kolmogorov's and Smirnov's two-sample test (Smirnov 1939), and the least that such sizes can give.

    Exact for values without ties and too large with them; values may be infinite. 1.0 where a sample is empty."""
    a, b = (numbers[0] for numbers in (_numbers(a), _numbers(b)))
    if not len(a) or not len(b):
        return 1.0, 1.0
    method = "exact" if max(len(a), len(b)) <= 10_000 else "asymp"
    # Ranks instead of values: SciPy refuses infinite ones, and the test knows no more than their order.
    ranks = scipy.stats.rankdata(np.append(a, b), method="dense")
    p = float(scipy.stats.ks_2samp(ranks[: len(a)], ranks[len(a) :], method=method).pvalue)
    return min(p, 1.0), min(1.0, 2 / math.comb(len(a) + len(b), len(a)))


def kaplan_meier(times: ArrayLike, solved: ArrayLike) -> tuple[Numbers, Numbers]:
    """Distinct times in order, and the share of runs still unsolved after each (Kaplan & Meier 1958).

    A time, finite and positive or else ValueError, is when a run was solved, or else given up."""
    curve = scipy.stats.ecdf(_runs(times, solved)[2]).sf
    return curve.quantiles, np.round(curve.probabilities, 12)  # a product of steps can miss one half by a bit


def survival_median(times: ArrayLike, solved: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Time at which half of the runs are solved, inf if never; times as in `kaplan_meier`.

    Where exactly half are from one time to the next, it is the middle of the two, so that without a budget it is the
    median; the earlier where no other is ever solved.

    Holds the times at which survival may be one half (Brookmeyer & Crowley 1982), by the beta product band of
    Fay, Brittain & Proschan 2013. Unlike the log-log band it keeps its level at n = 10: with one budget for
    all it is exact, and its ends are order statistics."""
    tail = _tail(level)
    times, events, _ = _runs(times, solved)
    moments, survival = kaplan_meier(times, events)
    half, more = (np.append(moments[solved_then], math.inf)[0] for solved_then in (survival <= 0.5, survival < 0.5))
    estimate = (half if math.isinf(more) else (half + more) / 2) if len(times) else math.nan
    moments = np.append(0.0, moments)
    at_risk, left = (times >= moments[:, None]).sum(axis=1), (times > moments[:, None]).sum(axis=1)
    kept = at_risk - (events & (times == moments[:, None])).sum(axis=1)
    ahead = np.array([[0], [1]])  # the lower band counts one event more: the curve may be about to drop
    first = np.cumprod((kept + 1) / (at_risk + 1)) * (1 - ahead / (left + 1))
    second = np.cumprod((kept + 1) * (kept + 2) / (at_risk + 1) / (at_risk + 2)) * (1 - 2 * ahead / (left + 2))
    variance = second - first**2
    size = (first - second) / np.where(variance > 0, variance, 1.0)
    upper, lower = np.where(variance > 0, scipy.stats.beta.sf(0.5, first * size, (1 - first) * size), first)
    low, high = moments[lower <= 1 - tail][0], np.append(moments[upper <= tail], math.inf)[0]
    return Interval(float(estimate), float(low), float(high), len(times))


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return (1 - level) / 2


def _numbers(*sequences: ArrayLike) -> list[Numbers]:
    arrays = [np.asarray(sequence, dtype=float) for sequence in sequences]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or arrays[0].ndim != 1 or any(np.isnan(array).any() for array in arrays):
        raise ValueError(f"one number per seed without nan is needed, not shapes {shapes}")
    return arrays


def _runs(times: ArrayLike, solved: ArrayLike) -> tuple[Numbers, NDArray[np.bool_], Any]:
    times, solved = _numbers(times, solved)
    if not (np.isfinite(times) & (times > 0)).all() or not np.isin(solved, (0, 1)).all():
        raise ValueError("times must be finite and positive, and solved true or false")
    return times, solved == 1, scipy.stats.CensoredData.right_censored(times, solved == 0)


def _exp(logarithm: float) -> float:
    return math.inf if logarithm > 709 else math.exp(logarithm)
