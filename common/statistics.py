"""Intervals and p-values over seeds; `statistics.md` says which check uses which.

An interval is central: it leaves (1 - level) / 2 on each side, and an end that the data do not bound is
infinite. Sequences are one-dimensional, one entry per seed or run. Every function raises ValueError for nan,
mismatched lengths, counts that no experiment can give, and a level outside (0, 1).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

LEVEL = 0.99
MOST_SEEDS = 10_000  # a study that needs more seeds than this will not be run
RESOLUTION = 1e-6  # relative precision of a time; keeps the likelihood of runs without any spread finite

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval over n seeds; the estimate is nan where none exists, as for n = 0."""

    estimate: float
    low: float
    high: float
    n: int


def proportion(successes: int, n: int, *, level: float = LEVEL) -> Interval:
    """Exact interval in [0, 1] for a rate of success (Clopper & Pearson 1934)."""
    tail = _tail(level)
    _check_counts(successes, n)
    low = float(stats.beta.ppf(tail, successes, n - successes + 1)) if successes else 0.0
    high = 1 - float(stats.beta.ppf(tail, n - successes, successes + 1)) if successes < n else 1.0
    return Interval(successes / n if n else math.nan, low, high, n)


def difference_of_proportions(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, level: float = LEVEL
) -> Interval:
    """Hybrid score interval in [-1, 1] for rate a minus rate b (Newcombe 1998, method 10).

    n of the result is the smaller of the two; with no seeds in either arm the interval is (-1, 1).
    """
    _tail(level)
    _check_counts(successes_a, n_a)
    _check_counts(successes_b, n_b)
    if not (n_a and n_b):
        return Interval(math.nan, -1.0, 1.0, 0)
    a, b = successes_a / n_a, successes_b / n_b
    wilson_a = stats.binomtest(successes_a, n_a).proportion_ci(level, method="wilson")
    wilson_b = stats.binomtest(successes_b, n_b).proportion_ci(level, method="wilson")
    low = a - b - math.hypot(a - wilson_a.low, wilson_b.high - b)
    high = a - b + math.hypot(wilson_a.high - a, b - wilson_b.low)
    return Interval(a - b, low, high, min(n_a, n_b))


def median(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Distribution-free interval for the median between two order statistics (Thompson 1936).

    Values may be infinite. Where even the whole range covers with less than `level` (n < 8 at 99 %) the
    interval is (-inf, inf). Halfway between -inf and inf the estimate is nan.
    """
    tail = _tail(level)
    ordered = np.sort(_numbers(values)).tolist()
    n = len(ordered)
    if n == 0:
        return Interval(math.nan, -math.inf, math.inf, 0)
    left, right = ordered[(n - 1) // 2], ordered[n // 2]
    estimate = left if left == right else left / 2 + right / 2
    rank = int(np.sum(stats.binom.cdf(np.arange(n // 2), n, 0.5) <= tail))
    if rank == 0:
        return Interval(estimate, -math.inf, math.inf, n)
    return Interval(estimate, ordered[rank - 1], ordered[n - rank], n)


def mean(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Interval of Student's t for the mean (Student 1908).

    One value bounds nothing; equal values give zero width; an infinite value gives nan in (-inf, inf).
    """
    tail = _tail(level)
    numbers = _numbers(values)
    n = len(numbers)
    if n == 0 or not np.isfinite(numbers).all():
        return Interval(math.nan, -math.inf, math.inf, n)
    centre, spread = _centre_and_spread(numbers)
    half = float(stats.t.isf(tail, n - 1)) * spread / math.sqrt(n) if n > 1 else math.inf
    return Interval(centre, centre - half, centre + half, n)


def ratio(values: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Interval in (0, inf) for the geometric mean of one ratio per seed: t on the logarithms.

    One value bounds nothing; a ratio that is infinite or not positive gives nan in (0, inf).
    """
    _tail(level)
    numbers = _numbers(values)
    n = len(numbers)
    if n == 0 or not (np.isfinite(numbers) & (numbers > 0)).all():
        return Interval(math.nan, 0.0, math.inf, n)
    logs = mean(np.log(numbers), level=level)
    return Interval(_exp(logs.estimate), _exp(logs.low), _exp(logs.high), n)


def sign_flip_p(differences: ArrayLike) -> float:
    """Two-sided p of the mean when each difference could as well have had the other sign (Fisher 1935).

    All 2^n flips up to n = 16, beyond that 99 999 random ones from a fixed key. Fewer than two differences,
    or an infinite one, are evidence of nothing: 1.0.
    """
    numbers = _numbers(differences)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return 1.0
    test = stats.permutation_test(
        (numbers,),
        np.mean,
        permutation_type="samples",
        n_resamples=99_999,  # SciPy turns to all 2^n flips where they are fewer, so up to n = 16
        batch=10_000,
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Least-squares slope of one seed's finite values; ValueError where x holds fewer than two levels."""
    return float(stats.linregress(*_line(x, y)).slope)


def r_squared(x: ArrayLike, y: ArrayLike) -> float:
    """Share in [0, 1] of the variance of y that its least-squares line on x explains.

    A constant y counts as 1.0: the horizontal line leaves no residual, although 0 / 0 has no value.
    ValueError as for `slope`.
    """
    x, y = _line(x, y)
    return 1.0 if np.ptp(y) == 0 else float(stats.linregress(x, y).rvalue ** 2)


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's (1904) correlation in [-1, 1] within one seed; values may be infinite.

    0.0 when x or y is constant: a flat curve speaks for neither direction, and must count so among the
    seeds, where nan could not be ordered. Rounded, so that a rank correlation of -0.9 equals -0.9.
    """
    x, y = _same_length(x, y)
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return 0.0
    return round(float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1]), 12)


def page_trend_p(table: ArrayLike) -> float:
    """One-sided p that values increase along the columns, paired within rows (Page 1963).

    `table` is (seeds, levels) with at least three levels, else ValueError. Fewer than two seeds: 1.0.
    """
    cells = np.asarray(table, dtype=float)
    if cells.ndim != 2 or cells.shape[1] < 3 or np.isnan(cells).any():
        raise ValueError(
            f"a table of seeds by at least three levels without nan is needed, not {cells.shape}"
        )
    return float(stats.page_trend_test(cells).pvalue) if len(cells) > 1 else 1.0


def jonckheere_p(groups: Sequence[ArrayLike]) -> float:
    """One-sided p that medians increase over independent groups (Jonckheere 1954, Terpstra 1952).

    At least two groups, else ValueError. Normal approximation with the variance corrected for ties (Kendall
    1970), no correction for continuity. Where the statistic cannot vary: 1.0.
    """
    if len(groups) < 2:
        raise ValueError(f"a trend needs at least two groups, not {len(groups)}")
    samples = [_numbers(group) for group in groups]
    ordered_pairs = sum(
        float(np.sum(earlier[:, None] < later) - np.sum(earlier[:, None] > later))
        for index, later in enumerate(samples)
        for earlier in samples[:index]
    )
    sizes = np.array([len(sample) for sample in samples], dtype=float)
    ties = np.unique(np.concatenate(samples), return_counts=True)[1].astype(float)
    total = sizes.sum()

    def pairs(counts: Numbers) -> float:
        return float(np.sum(counts * (counts - 1)))

    def triples(counts: Numbers) -> float:
        return float(np.sum(counts * (counts - 1) * (counts - 2)))

    def untied(counts: Numbers) -> float:
        return float(np.sum(counts * (counts - 1) * (2 * counts + 5)))

    if total < 3 or len(ties) < 2 or np.sum(sizes > 0) < 2:
        return 1.0
    variance = (
        (untied(total) - untied(sizes) - untied(ties)) / 18
        + triples(sizes) * triples(ties) / (9 * triples(total))
        + pairs(sizes) * pairs(ties) / (2 * pairs(total))
    )
    return float(stats.norm.sf(ordered_pairs / math.sqrt(variance)))


def kaplan_meier(times: ArrayLike, solved: ArrayLike) -> tuple[Numbers, Numbers]:
    """Distinct times in order, and the share of runs still unsolved after each (Kaplan & Meier 1958).

    `times` are finite and positive, else ValueError: when a run was solved, or when it was given up.
    """
    curve = stats.ecdf(_censored(*_runs(times, solved))).sf
    # Rounded, because the product of the steps misses one half by a rounding error.
    return curve.quantiles, np.round(curve.probabilities, 12)


def survival_median(times: ArrayLike, solved: ArrayLike, *, level: float = LEVEL) -> Interval:
    """Median time to solve: the first time at which half of the runs are solved, inf if never reached.

    The interval holds the times at which survival may be one half (Brookmeyer & Crowley 1982), judged by the
    beta product band of Fay, Brittain & Proschan 2013. Unlike the log-log band it keeps its level at n = 10:
    without censoring, or with one budget for all, the ends are order statistics. ValueError as above.
    """
    tail = _tail(level)
    times, solved = _runs(times, solved)
    n = len(times)
    if n == 0:
        return Interval(math.nan, 0.0, math.inf, 0)
    moments, survival = kaplan_meier(times, solved)
    checkpoints = np.append(0.0, moments)
    at_risk = np.sum(times >= checkpoints[:, None], axis=1)
    still_at_risk = np.sum(times > checkpoints[:, None], axis=1)
    events = np.sum(solved & (times == checkpoints[:, None]), axis=1)
    kept = at_risk - events
    first = np.cumprod((kept + 1) / (at_risk + 1))
    second = np.cumprod((kept + 1) * (kept + 2) / ((at_risk + 1) * (at_risk + 2)))
    # Until its next event the curve may already have dropped: the lower band pays for that with one more factor.
    below = _above_half(
        first * still_at_risk / (still_at_risk + 1), second * still_at_risk / (still_at_risk + 2)
    )
    low = checkpoints[below <= 1 - tail][0]
    high = np.append(checkpoints[_above_half(first, second) <= tail], math.inf)[0]
    estimate = np.append(moments[survival <= 0.5], math.inf)[0]
    return Interval(float(estimate), float(low), float(high), n)


def log_rank_p(times_a: ArrayLike, solved_a: ArrayLike, times_b: ArrayLike, solved_b: ArrayLike) -> float:
    """Two-sided p that two arms are solved at different speeds (Mantel 1966).

    1.0 where the runs leave nothing to compare, as when no run is solved. ValueError as for `kaplan_meier`.
    """
    arms = _censored(*_runs(times_a, solved_a)), _censored(*_runs(times_b, solved_b))
    with np.errstate(divide="ignore", invalid="ignore"):
        test = stats.logrank(*arms)
    return float(test.pvalue) if np.isfinite(test.statistic) else 1.0


def growth_per_level(
    levels: ArrayLike, times: ArrayLike, solved: ArrayLike, *, level: float = LEVEL
) -> Interval:
    """Factor in (0, inf) by which the time to solve grows from one level to the next; n counts runs.

    Maximum likelihood for log(time) = a + b * level + sigma * normal with unsolved runs censored on the right
    (Aitkin 1981), and the profile-likelihood interval of b. Its cut-off is scaled so that without censoring
    it is exactly the t interval of the regression slope; the degrees of freedom count solved runs only. When
    every solved run is at one level, one end stays unbounded. Fewer than three solved runs: nan, (0, inf).
    """
    tail = _tail(level)
    times, solved = _runs(times, solved)
    positions, log_times = _same_length(levels, np.log(times))
    if not np.isfinite(positions).all():
        raise ValueError("levels must be finite")
    n, events = len(times), int(solved.sum())
    if events < 3 or np.ptp(positions) == 0:
        return Interval(math.nan, 0.0, math.inf, n)
    # Measured from the least-squares line of the solved runs, so that runs without spread stay well conditioned.
    spans_levels = np.ptp(positions[solved]) > 0
    origin = slope(positions[solved], log_times[solved]) if spans_levels else 0.0
    positions = positions - positions[solved].mean()
    log_times = log_times - origin * positions
    log_times -= log_times[solved].mean()
    one = np.ones(n)
    if spans_levels or (positions.min() < 0 < positions.max()):
        coefficients, peak = _censored_fit(np.column_stack([log_times, -one, -positions]), solved)
        best = inside = coefficients[2] / coefficients[0]
    else:  # only unsolved runs to one side: any growth that carries them beyond the budget fits equally well
        here = positions == 0
        peak = _censored_fit(np.column_stack([log_times, -one])[here], solved[here])[1]
        best, inside = math.copysign(math.inf, positions.sum()), math.copysign(1.0, positions.sum())
    quantile = float(stats.t.isf(tail, events - 2))
    allowed = events / 2 * math.log1p(quantile**2 / (events - 2))

    def excess(b: float) -> float:
        return peak - allowed - _censored_fit(np.column_stack([log_times - b * positions, -one]), solved)[1]

    while excess(inside) > 0:
        inside *= 2

    def end(direction: float) -> float:
        if best == direction * math.inf:
            return best
        step = direction
        while excess(inside + step) < 0:
            step *= 2
        return float(optimize.brentq(excess, inside, inside + step))

    return Interval(_exp(origin + best), _exp(origin + end(-1.0)), _exp(origin + end(1.0)), n)


def seeds_to_decide_proportion(successes: int, n: int, threshold: float, *, level: float = LEVEL) -> int:
    """Smallest number of seeds >= n at which `proportion` would exclude the threshold at the observed rate.

    Counts are rounded to the nearest, halves towards the threshold. 10 000 if none up to there decides.
    """
    tail = _tail(level)
    _check_counts(successes, n)
    if n == 0:
        return MOST_SEEDS
    seeds = np.arange(n, MOST_SEEDS + 1)
    expected = successes * seeds / n
    above = successes / n > threshold
    counts = np.ceil(expected - 0.5) if above else np.floor(expected + 0.5)
    distribution = stats.binom(seeds, min(max(threshold, 0.0), 1.0))
    tails = distribution.sf(counts - 1) if above else distribution.cdf(counts)
    return int(np.append(seeds[tails < tail], MOST_SEEDS)[0])


def seeds_to_decide_mean(values: ArrayLike, threshold: float, *, level: float = LEVEL) -> int:
    """Smallest number of seeds >= n at which `mean` would exclude the threshold at the observed mean and spread.

    10 000 if none up to there decides, and where fewer than two or infinite values show no spread.
    """
    tail = _tail(level)
    numbers = _numbers(values)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return MOST_SEEDS
    centre, spread = _centre_and_spread(numbers)
    seeds = np.arange(len(numbers), MOST_SEEDS + 1)
    decides = abs(centre - threshold) > stats.t.isf(tail, seeds - 1) * spread / np.sqrt(seeds)
    return int(np.append(seeds[decides], MOST_SEEDS)[0])


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return (1 - level) / 2


def _check_counts(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} are impossible")


def _numbers(values: ArrayLike) -> Numbers:
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim != 1 or np.isnan(numbers).any():
        raise ValueError(f"one number per seed without nan is needed, not shape {numbers.shape}")
    return numbers


def _same_length(x: ArrayLike, y: ArrayLike) -> tuple[Numbers, Numbers]:
    x, y = _numbers(x), _numbers(y)
    if len(x) != len(y):
        raise ValueError(f"lengths differ: {len(x)} and {len(y)}")
    return x, y


def _line(x: ArrayLike, y: ArrayLike) -> tuple[Numbers, Numbers]:
    x, y = _same_length(x, y)
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or len(np.unique(x)) < 2:
        raise ValueError("a line needs finite values at two different x or more")
    return x, y


def _runs(times: ArrayLike, solved: ArrayLike) -> tuple[Numbers, Flags]:
    durations, flags = _same_length(times, solved)
    if not (np.isfinite(durations) & (durations > 0)).all() or not np.isin(flags, (0, 1)).all():
        raise ValueError("times must be finite and positive, and solved true or false")
    return durations, flags.astype(bool)


def _censored(times: Numbers, solved: Flags) -> stats.CensoredData:
    return stats.CensoredData.right_censored(times, ~solved)


def _centre_and_spread(numbers: Numbers) -> tuple[float, float]:
    if np.ptp(numbers) == 0:  # the sum of equal numbers may be off by a rounding error
        return float(numbers[0]), 0.0
    return float(np.mean(numbers)), float(np.std(numbers, ddof=1))


def _exp(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 709 else math.inf


def _above_half(first: Numbers, second: Numbers) -> Numbers:
    """P(X > 1/2) for the beta variable on [0, 1] with these two moments; one without spread is 0 or 1."""
    variance = second - first**2
    size = (first - second) / np.where(variance > 0, variance, 1.0)
    spread_out: Numbers = np.where(variance > 0, stats.beta.sf(0.5, first * size, (1 - first) * size), first)
    return spread_out


def _censored_fit(design: Numbers, solved: Flags) -> tuple[Numbers, float]:
    """Newton's maximum of the log-likelihood of standard normal residuals `design @ coefficients`.

    The first coefficient is 1 / sigma; in this form the problem is concave (Olsen 1978).
    """
    events = int(solved.sum())

    def log_likelihood(coefficients: Numbers) -> float:
        if coefficients[0] <= 0:
            return -math.inf
        residuals = design @ coefficients
        terms = np.where(solved, -(residuals**2) / 2, special.log_ndtr(-residuals))
        precision = coefficients[0]
        return float(terms.sum() + events * (math.log(precision) - (RESOLUTION * precision) ** 2 / 2))

    coefficients = np.zeros(design.shape[1])
    coefficients[0] = 1 / (np.std(design[solved, 0]) or 1.0)
    coefficients[1] = coefficients[0] * np.mean(design[solved, 0])
    value = log_likelihood(coefficients)
    while True:
        residuals = design @ coefficients
        hazards = math.sqrt(2 / math.pi) / special.erfcx(residuals / math.sqrt(2))
        weights = np.where(solved, 1.0, np.clip(hazards * (hazards - residuals), 0, 1))
        gradient = -design.T @ np.where(solved, residuals, hazards)
        curvature = design.T @ (weights[:, None] * design)
        gradient[0] += events * (1 / coefficients[0] - RESOLUTION**2 * coefficients[0])
        curvature[0, 0] += events * (1 / coefficients[0] ** 2 + RESOLUTION**2)
        step = np.linalg.solve(curvature, gradient)
        gain = gradient @ step
        while log_likelihood(coefficients + step) < value:
            step /= 2
        coefficients = coefficients + step
        previous, value = value, log_likelihood(coefficients)
        if gain < 1e-9 or value == previous:
            return coefficients, value
