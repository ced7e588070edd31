"""Intervals and p-values over seeds, thin over SciPy; no paper, claim or threshold is known here.

Intervals are central: (1 - level) / 2 lies beyond each end. An end that the data do not bound is that of the
range, an estimate that they do not hold is nan. Sequences are one-dimensional, one entry per seed or run.
ValueError for nan, unequal lengths, impossible counts, and a level outside (0, 1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
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


def difference_of_proportions(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, level: float = LEVEL
) -> Interval:
    """Hybrid score interval in [-1, 1] for rate a minus rate b (Newcombe 1998, method 10); n: the smaller."""
    a = proportion(successes_a, n_a, level=level).estimate
    b = proportion(successes_b, n_b, level=level).estimate
    if math.isnan(a - b):
        return Interval(math.nan, -1.0, 1.0, 0)
    score_a = scipy.stats.binomtest(successes_a, n_a).proportion_ci(level, method="wilson")
    score_b = scipy.stats.binomtest(successes_b, n_b).proportion_ci(level, method="wilson")
    low = a - b - math.hypot(a - score_a.low, score_b.high - b)
    high = a - b + math.hypot(score_a.high - a, b - score_b.low)
    return Interval(a - b, low, high, min(n_a, n_b))


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


def sign_flip_p(differences: ArrayLike) -> float:
    """Two-sided p of the mean when each difference could as well have the other sign (Fisher 1935).

    All 2^n flips up to n = 16, then 99 999 from a fixed key. 1.0 for n < 2 or an infinite difference."""
    (numbers,) = _numbers(differences)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return 1.0
    test = scipy.stats.permutation_test(  # takes all flips where they are fewer than these resamples
        (numbers,), np.mean, permutation_type="samples", n_resamples=99_999, batch=10_000, rng=0
    )
    return float(test.pvalue)


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Least-squares slope of one seed's finite values; ValueError unless x holds two levels."""
    x, y = _numbers(x, y)
    if len(np.unique(x)) < 2 or not np.isfinite([x, y]).all():
        raise ValueError("a slope needs finite values at two or more different x")
    return float(scipy.stats.linregress(x, y).slope)


def r_squared(x: ArrayLike, y: ArrayLike) -> float:
    """Share in [0, 1] of the variance of y that its line on x explains; 1.0 for constant y, as none is left."""
    forward = slope(x, y)
    return min(1.0, forward * slope(y, x)) if np.ptp(y) > 0 else 1.0


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's (1904) correlation in [-1, 1] within one seed; values may be infinite.

    0.0 when either is constant: a flat curve speaks for neither direction and must count so among the
    seeds, where a nan could not be ordered. Rounded, so that -0.9 is not below -0.9."""
    x, y = _numbers(x, y)
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return 0.0
    return round(float(np.corrcoef(scipy.stats.rankdata(x), scipy.stats.rankdata(y))[0, 1]), 12)


def page_trend_p(table: ArrayLike) -> float:
    """One-sided p that columns increase within the rows of (seeds, 3 or more levels) (Page 1963); 1.0 for n < 2."""
    cells = np.asarray(table, dtype=float)
    if cells.ndim != 2 or cells.shape[1] < 3 or np.isnan(cells).any():
        raise ValueError(f"a table of seeds by three or more levels without nan is needed, not {cells.shape}")
    return float(scipy.stats.page_trend_test(cells).pvalue) if len(cells) > 1 else 1.0


def jonckheere_p(groups: Sequence[ArrayLike]) -> float:
    """One-sided p that medians increase over independent groups (Jonckheere 1954), corrected for ties.

    The statistic counts ordered pairs, so it is Kendall's between group and value, and so is its normal
    approximation with ties. 1.0 where it cannot vary; ValueError for fewer than two groups."""
    samples = [_numbers(group)[0] for group in groups]
    if len(samples) < 2:
        raise ValueError(f"a trend needs at least two groups, not {len(samples)}")
    values = np.concatenate(samples)
    places = np.repeat(np.arange(len(samples)), [len(sample) for sample in samples])
    if len(values) < 3 or len(np.unique(values)) < 2 or len(np.unique(places)) < 2:
        return 1.0
    return float(scipy.stats.kendalltau(places, values, method="asymptotic", alternative="greater").pvalue)


def kaplan_meier(times: ArrayLike, solved: ArrayLike) -> tuple[Numbers, Numbers]:
    """Distinct times in order, and the share of runs still unsolved after each (Kaplan & Meier 1958).

    A time, finite and positive or else ValueError, is when a run was solved, or else given up."""
    curve = scipy.stats.ecdf(_runs(times, solved)[2]).sf
    return curve.quantiles, np.round(curve.probabilities, 12)  # a product of steps can miss one half by a bit


def survival_median(times: ArrayLike, solved: ArrayLike, *, level: float = LEVEL) -> Interval:
    """First time at which half of the runs are solved, inf if never; times as in `kaplan_meier`.

    Holds the times at which survival may be one half (Brookmeyer & Crowley 1982), by the beta product band of
    Fay, Brittain & Proschan 2013. Unlike the log-log band it keeps its level at n = 10: with one budget for
    all it is exact, and its ends are order statistics."""
    tail = _tail(level)
    times, events, _ = _runs(times, solved)
    moments, survival = kaplan_meier(times, events)
    estimate = np.append(moments[survival <= 0.5], math.inf)[0] if len(times) else math.nan
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


def log_rank_p(times_a: ArrayLike, solved_a: ArrayLike, times_b: ArrayLike, solved_b: ArrayLike) -> float:
    """Two-sided p that two arms are solved equally fast (Mantel 1966); 1.0 where nothing can be compared."""
    arm_a, arm_b = _runs(times_a, solved_a)[2], _runs(times_b, solved_b)[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        test = scipy.stats.logrank(arm_a, arm_b)
    return float(test.pvalue) if np.isfinite(test.statistic) else 1.0


def growth_per_level(levels: ArrayLike, times: ArrayLike, solved: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Factor in (0, inf) by which the time to solve grows per level; n counts runs, solved or not.

    Maximum likelihood for log(time) = a + b * level + sigma * normal, unsolved runs censored (Aitkin 1981).
    The interval is that of the profile likelihood, its cut-off such that without censoring it is the t interval
    of the regression. Unbounded below three solved runs. Levels and times are finite, times positive."""
    tail = _tail(level)
    times, events, _ = _runs(times, solved)
    positions, logs = _numbers(levels, np.log(times))
    freedom = int(events.sum()) - 2
    if not np.isfinite(positions).all():
        raise ValueError("levels must be finite")
    if freedom < 1 or np.ptp(positions) == 0:
        return Interval(math.nan, 0.0, math.inf, len(times))
    span = np.ptp(positions)
    positions = (positions - positions[events].mean()) / span

    def loss(b: float) -> float:
        return -_censored_log_likelihood(logs - b * positions, events)

    search = scipy.optimize.minimize_scalar(loss, bounds=(-STEEPEST, STEEPEST), options={"xatol": 1e-9})
    slack = (freedom + 2) / 2 * math.log1p(scipy.special.stdtrit(freedom, tail) ** 2 / freedom)

    def end(limit: float) -> float:
        if loss(limit) - search.fun <= slack:
            return math.copysign(math.inf, limit)
        return float(scipy.optimize.brentq(lambda b: loss(b) - search.fun - slack, search.x, limit))

    # With every solved run at one level, ever steeper lines can fit the unsolved ones ever better.
    endless = [limit * math.inf for limit in (-STEEPEST, STEEPEST) if loss(limit) - search.fun < 1e-9]
    bounds = [*endless, search.x][0], end(-STEEPEST), end(STEEPEST)
    estimate, low, high = (_exp(b / span) for b in bounds)
    return Interval(estimate, low, high, len(times))


def seeds_to_decide_proportion(successes: int, n: int, threshold: float, *, level: float = LEVEL) -> int:
    """Smallest number of seeds >= n at which `proportion` would exclude the threshold at the observed rate.

    Counts are rounded, halves towards the threshold. 10 000 if none up to there decides."""
    above = proportion(successes, n).estimate > threshold
    seeds = np.arange(n, max(n, MOST_SEEDS) + 1)
    expected = successes * seeds / (n or math.nan)
    if above:
        beyond = scipy.stats.binom.sf(np.ceil(expected - 0.5) - 1, seeds, max(threshold, 0.0))
    else:
        beyond = scipy.stats.binom.cdf(np.floor(expected + 0.5), seeds, min(threshold, 1.0))
    return int(np.append(seeds[beyond < _tail(level)], MOST_SEEDS)[0])


def seeds_to_decide_interval(interval: Interval, threshold: float) -> int:
    """About how many seeds would exclude the threshold, the estimate unchanged and ends drawing near as 1 / sqrt(n).

    10 000 if no fewer do, as where the estimate is the threshold or that end is infinite."""
    gap = threshold - interval.estimate
    reach = (interval.high if gap > 0 else interval.low) - interval.estimate
    if not (math.isfinite(reach) and abs(gap) * math.sqrt(MOST_SEEDS) > abs(reach) * math.sqrt(interval.n)):
        return MOST_SEEDS
    return max(interval.n, math.ceil(interval.n * (reach / gap) ** 2))


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


def _censored_log_likelihood(values: Numbers, solved: NDArray[np.bool_]) -> float:
    """Greatest log-likelihood, but for a constant, of normal values of which the unsolved are lower bounds.

    Newton's steps in 1 / sigma and centre / sigma, where it is concave (Olsen 1978), damped so that sigma > 0."""
    events = int(solved.sum())
    design = np.column_stack([values - values[solved].mean(), -np.ones(len(values))])
    parameters = np.array([1 / math.hypot(values.std(), RESOLUTION), 0.0])
    for _ in range(1000):
        residuals = design @ parameters
        hazards = math.sqrt(2 / math.pi) / scipy.special.erfcx(residuals / math.sqrt(2))
        weights = np.where(solved, 1.0, np.clip(hazards * (hazards - residuals), 0.0, 1.0))
        gradient = -design.T @ np.where(solved, residuals, hazards)
        curvature = (design.T * weights) @ design
        gradient[0] += events * (1 / parameters[0] - RESOLUTION**2 * parameters[0])
        curvature[0, 0] += events * (1 / parameters[0] ** 2 + RESOLUTION**2)
        step = np.linalg.solve(curvature, gradient)
        gain = abs(gradient @ step)
        parameters = parameters + step / (1 + math.sqrt(gain))
        if gain < 1e-12:
            break
    terms = np.where(solved, -((design @ parameters) ** 2) / 2, scipy.special.log_ndtr(-design @ parameters))
    precision = math.log(parameters[0]) - (RESOLUTION * parameters[0]) ** 2 / 2
    return float(terms.sum() + events * precision)
