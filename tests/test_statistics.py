"""Each statistic against known answers, and the laws that all of them share."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from scipy import stats

from common import statistics
from common.statistics import Interval

INF, NAN = math.inf, math.nan
LEVELS = strategies.sampled_from([0.8, 0.95, 0.99, 0.999])
COUNTS = strategies.integers(1, 60).flatmap(lambda n: strategies.tuples(strategies.integers(0, n), strategies.just(n)))
SAMPLES = strategies.lists(strategies.integers(-(10**6), 10**6), min_size=1, max_size=30)


def law(*data: strategies.SearchStrategy[Any]) -> Callable[..., Any]:
    return lambda test: settings(deadline=None, derandomize=True)(given(*data)(test))


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def same(interval: Interval, estimate: float, low: float, high: float) -> bool:
    numbers = interval.estimate, *ends(interval)
    return numbers == pytest.approx((estimate, low, high), rel=1e-6, abs=1e-9, nan_ok=True)


def test_proportion_misses_at_most_half_a_percent_on_each_side() -> None:
    rates = np.linspace(0.001, 0.999, 999)  # every outcome of 16 seeds is weighed instead of drawn
    chances = stats.binom.pmf(np.arange(17)[:, None], 16, rates)
    intervals = [statistics.proportion(successes, 16) for successes in range(17)]
    for missed in [rates < i.low for i in intervals], [rates > i.high for i in intervals]:
        assert 0.0045 < np.sum(chances * missed, axis=0).max() <= 0.005


def test_median_lies_between_the_tabled_ranks_with_infinite_values_in_order() -> None:
    ranks = {(8, 0.99): (1, 8), (16, 0.99): (3, 14), (20, 0.95): (6, 15), (8, 1 - 1 / 128): (1, 8)}
    for (n, level), (low, high) in {**ranks, (7, 0.99): (-INF, INF)}.items():
        shuffled = np.random.default_rng(n).permutation(np.arange(1, n + 1))
        assert same(statistics.median(shuffled, level=level), (n + 1) / 2, low, high)
    assert same(statistics.median([1] * 6 + [INF] * 2), 1, 1, INF)
    assert same(statistics.median([-INF, INF] * 4), NAN, -INF, INF)


def test_mean_and_ratio_have_the_ends_worked_by_hand_and_no_width_for_equal_values() -> None:
    half = 9.924843201 / math.sqrt(3)  # the tabled t of 2 degrees at 99.5 %; 0, 1, 2 have sd 1
    assert same(statistics.mean([0, 2, 1]), 1, 1 - half, 1 + half)
    assert same(statistics.ratio(np.exp([0, 2, 1])), math.e, math.exp(1 - half), math.exp(1 + half))
    assert same(statistics.mean([1, INF, 2]), NAN, -INF, INF)
    assert all(same(statistics.ratio([2, bad, 3]), NAN, 0, INF) for bad in (0, -1, INF))
    assert all(statistics.mean([0.1] * n) == Interval(0.1, 0.1, 0.1, n) for n in (2, 3, 10))
    assert all(same(statistics.ratio([0.1] * n), 0.1, 0.1, 0.1) for n in (2, 3, 10))


@law(SAMPLES, LEVELS, strategies.integers(0, 29), strategies.integers(0, 10**6))
def test_raising_values_lowers_no_end(values: list[int], level: float, place: int, amount: int) -> None:
    raised = [value + amount * (index == place % len(values)) for index, value in enumerate(values)]
    before, after = statistics.median(values, level=level), statistics.median(raised, level=level)
    assert np.all(np.greater_equal(ends(after), ends(before)))
    # One raised value also widens the interval of a mean, so that only a common shift must raise both ends.
    before, after = statistics.mean(values, level=level), statistics.mean(np.add(values, amount), level=level)
    assert ends(after) == pytest.approx((before.low + amount, before.high + amount), rel=1e-6, abs=1e-3)


@law(SAMPLES, LEVELS)
def test_means_agree_with_scipy_and_all_mirror(values: list[int], level: float) -> None:
    if np.ptp(values) > 0:
        expected = stats.ttest_1samp(values, 0).confidence_interval(level)
        assert same(statistics.mean(values, level=level), np.mean(values), *expected)
    for interval in statistics.median, statistics.mean:
        found, flipped = interval(values, level=level), interval(np.negative(values), level=level)
        assert flipped == Interval(-found.estimate, -found.high, -found.low, len(values))
    ratios = np.exp(np.array(values) / 1e6)
    found, inverse = statistics.ratio(ratios, level=level), statistics.ratio(1 / ratios, level=level)
    with np.errstate(divide="ignore"):
        assert same(inverse, *(1 / np.array([found.estimate, found.high, found.low])))


def test_slope_r_squared_and_rank_correlation_have_the_values_worked_by_hand() -> None:
    x, y = [1, 2, 3, 4], [1, 3, 2, 5]  # sums of squares 5 and 8.75, of products 5.5
    assert statistics.slope(x, y) == pytest.approx(5.5 / 5)
    assert statistics.r_squared(x, y) == pytest.approx(5.5**2 / (5 * 8.75))
    assert (statistics.slope(x, [0.1] * 4), statistics.r_squared(x, [0.1] * 4)) == (0, 1)
    assert statistics.rank_correlation([1, 2, 3, 4, 5], [50, 40, 30, 10, 20]) == -0.9
    assert statistics.rank_correlation(x, [1, 2, 2, INF]) == pytest.approx(math.sqrt(0.9))
    assert statistics.rank_correlation([1, 2], [4, 4]) == statistics.rank_correlation([4, 4], [1, 2]) == 0


@law(strategies.lists(strategies.integers(1, 20), min_size=1, max_size=30), strategies.integers(2, 22), LEVELS)
def test_survival_median_with_one_budget_ends_at_order_statistics(t: list[int], budget: int, level: float) -> None:
    done = np.less(t, budget)
    expected = statistics.median(np.where(done, t, INF), level=level)
    low = min(max(expected.low, 0), budget)  # a time beyond the budget is only known to be beyond it
    found = statistics.survival_median(np.minimum(t, budget), done, level=level)
    assert ends(found) == (low, expected.high)


def growing_runs(seed: int, budget: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    levels = np.repeat([2.0, 3.0, 4.0], 8)
    times = np.exp(0.7 * levels + 0.5 * np.random.default_rng(seed).standard_normal(24))
    return levels, np.minimum(times, budget), times < budget


REFUSED = {
    "proportion": [(3, 2), (-1, 2), (0, -1)],
    "difference_of_proportions": [(1, 2, 3, 2), (3, 2, 1, 2)],
    "median mean ratio sign_flip_p": [([1, NAN],), ([[1, 2]],)],
    "slope r_squared": [([1, 2], [1, 2, 3]), ([1, 1], [1, 2]), ([1, 2], [1, INF])],
    "rank_correlation": [([1, 2], [1, NAN]), ([1, 2], [1])],
    "page_trend_p": [([[1, 2], [1, 2]],), ([[1, 2, NAN], [1, 2, 3]],)],
    "jonckheere_p": [([[1, 2]],), ([[1], [NAN]],)],
    "kaplan_meier survival_median": [([1], []), ([0], [1]), ([INF], [1]), ([1], [2])],
    "log_rank_p": [([1], [1], [1], [])],
    "growth_per_level": [([1, INF], [1, 2], [1, 1]), ([1], [1, 2], [1, 1])],
    "seeds_to_decide_proportion": [(3, 2, 0.5)],
}


@pytest.mark.parametrize("names", REFUSED)
def test_impossible_data_and_levels_are_refused(names: str) -> None:
    for name, arguments in itertools.product(names.split(), REFUSED[names]):
        with pytest.raises(ValueError):  # noqa: PT011 - every message differs
            getattr(statistics, name)(*arguments)
    sound = {"proportion": (1, 2), "difference_of_proportions": (1, 2, 1, 2), "survival_median": ([], [])}
    sound |= {"median": ([],), "mean": ([],), "ratio": ([],), "growth_per_level": ([], [], [])}
    sound |= {"seeds_to_decide_proportion": (1, 2, 0.5)}
    for (name, arguments), level in itertools.product(sound.items(), [0, 1, -0.5, 99, NAN]):
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            getattr(statistics, name)(*arguments, level=level)
