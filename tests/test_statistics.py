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


def test_proportions_have_the_known_ends_and_decide_as_specified() -> None:
    assert ends(statistics.proportion(10, 10)) == pytest.approx((0.5887, 1), abs=5e-5)
    assert ends(statistics.proportion(0, 16)) == pytest.approx((0, 1 - 0.7181), abs=5e-5)
    assert statistics.proportion(10, 10).low > 0.5 > statistics.proportion(9, 10).low
    assert statistics.proportion(57, 64).low > 0.75 > statistics.proportion(56, 64).low


@law(COUNTS, LEVELS)
def test_proportions_agree_with_scipy_mirror_and_never_fall_with_a_success(a: tuple[int, int], level: float) -> None:
    more, failed = (min(a[0] + 1, a[1]), a[1]), (a[1] - a[0], a[1])
    found, better = (statistics.proportion(*counts, level=level) for counts in (a, more))
    expected = stats.binomtest(*a).proportion_ci(level, method="exact")
    assert same(found, a[0] / a[1], *expected)
    assert same(statistics.proportion(*failed, level=level), 1 - found.estimate, 1 - found.high, 1 - found.low)
    assert np.all(np.subtract(ends(better), ends(found)) >= -1e-12)


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


@law(strategies.lists(strategies.sampled_from([-INF, -1.5, -0.0, 0.0, 2.0, 7.0, INF]), max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert statistics._ranks(np.array(values)).tolist() == stats.rankdata(values).tolist()


def test_kaplan_meier_has_the_values_worked_by_hand() -> None:
    times, survival = statistics.kaplan_meier([4, 1, 2, 3, 5, 4], [1, 1, 0, 1, 0, 1])
    assert times.tolist() == [1, 2, 3, 4, 5]
    assert survival == pytest.approx([5 / 6, 5 / 6, 5 / 8, 5 / 24, 5 / 24])
    medians = [statistics.survival_median(range(1, n + 1), [1] * (n - 1) + [0]).estimate for n in range(2, 40)]
    assert medians == [1, *((n + 1) / 2 for n in range(3, 40))]  # of two, the other is never solved
    assert statistics.survival_median([9] * 10, [1] * 4 + [0] * 6).estimate == INF


@law(strategies.lists(strategies.integers(1, 20), min_size=1, max_size=30), strategies.integers(2, 22), LEVELS)
def test_survival_median_with_one_budget_ends_at_order_statistics(t: list[int], budget: int, level: float) -> None:
    done = np.less(t, budget)
    expected = statistics.median(np.where(done, t, INF), level=level)
    low = min(max(expected.low, 0), budget)  # a time beyond the budget is only known to be beyond it
    found = statistics.survival_median(np.minimum(t, budget), done, level=level)
    assert ends(found) == (low, expected.high)
    if 2 * sum(done) != len(t):  # else half are solved, and no more
        assert found.estimate == expected.estimate


def test_intervals_cover_at_their_level() -> None:
    draws = np.random.default_rng(4)
    values, limits = draws.exponential(1, (2000, 30)), draws.exponential(2, (700, 16))
    censored = zip(np.minimum(values[:700, :16], limits), values[:700, :16] <= limits, strict=True)
    for interval, samples, truth in (
        (statistics.median, [(sample,) for sample in values], math.log(2)),
        (statistics.survival_median, [*censored], math.log(2)),
    ):
        allowed = 0.01 * len(samples) + 1
        for level, least, most in (0.99, 0, allowed), (0.95, allowed, 6 * allowed):
            found = [interval(*sample, level=level) for sample in samples]
            assert least <= sum(not i.low <= truth <= i.high for i in found) <= most


@pytest.mark.parametrize("values", [[], [1.0], [INF]])
def test_nothing_and_one_value_decide_nothing(values: list[float]) -> None:
    n, times = len(values), [1.0] * len(values)
    assert ends(statistics.median(values)) == ends(statistics.mean(values)) == (-INF, INF)
    assert ends(statistics.ratio(values)) == (0, INF)
    for solved in [0] * n, [1] * n:
        assert ends(statistics.survival_median(times, solved)) == (0, INF)
        assert len(statistics.kaplan_meier(times, solved)[0]) == n
    assert ends(statistics.proportion(0, 0)) == ends(statistics.share(0, 0)) == (0, 1)
    assert statistics.rank_correlation(values, values) == 0


REFUSED = {
    "proportion": [(3, 2), (-1, 2), (0, -1)],
    "share": [(3, 2), (-1, 2), (0, -1)],
    "median mean ratio": [([1, NAN],), ([[1, 2]],)],
    "slope r_squared": [([1, 2], [1, 2, 3]), ([1, 1], [1, 2]), ([1, 2], [1, INF])],
    "rank_correlation": [([1, 2], [1, NAN]), ([1, 2], [1])],
    "kaplan_meier survival_median": [([1], []), ([0], [1]), ([INF], [1]), ([1], [2])],
}


@pytest.mark.parametrize("names", REFUSED)
def test_impossible_data_and_levels_are_refused(names: str) -> None:
    for name, arguments in itertools.product(names.split(), REFUSED[names]):
        with pytest.raises(ValueError):  # noqa: PT011 - every message differs
            getattr(statistics, name)(*arguments)
    sound = {"proportion": (1, 2), "survival_median": ([], []), "median": ([],), "mean": ([],), "ratio": ([],)}
    for (name, arguments), level in itertools.product(sound.items(), [0, 1, -0.5, 99, NAN]):
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            getattr(statistics, name)(*arguments, level=level)


# How a check is decided: the share of yes among random seeds, looked at after every batch.


def test_against_one_half_it_takes_eleven_of_eleven_and_the_counts_that_follow() -> None:
    for yes, n in ((11, 11), (14, 15), (17, 19), (20, 23)):
        assert statistics.share(yes, n).low > 0.5 > statistics.share(yes - 1, n).low
        assert statistics.share(n - yes, n).high < 0.5 < statistics.share(n - yes + 1, n).high
    # All of n say yes: 1 / (n + 1) = p^n / 0.01 at the lower end, so p = (0.01 / (n + 1))^(1/n).
    assert ends(statistics.share(12, 12)) == pytest.approx(((0.01 / 13) ** (1 / 12), 1))
    assert ends(statistics.share(0, 12)) == pytest.approx((0, 1 - (0.01 / 13) ** (1 / 12)))
    assert statistics.share(9, 12) == Interval(0.75, *ends(statistics.share(9, 12)), 12)
    assert math.isnan(statistics.share(0, 0).estimate)


@law(COUNTS, strategies.integers(0, 60), strategies.sampled_from([0.01, 0.005, 0.05]))
def test_share_ends_where_the_mixture_ratio_reaches_one_in_alpha(
    counts: tuple[int, int], ties: int, alpha: float
) -> None:
    yes, n = counts
    ties = min(ties, n - yes)
    found = statistics.share(yes, n, ties=ties, alpha=alpha)
    for end, said in ((found.low, yes), (found.high, yes + ties)):  # a tie is a no below and a yes above
        if 0 < end < 1:
            mixture = stats.betabinom(n, 1, 1).pmf(said)
            assert mixture / stats.binom.pmf(said, n, end) == pytest.approx(1 / alpha, rel=1e-6)
    assert found.low <= found.estimate == yes / n <= found.high
    assert (found.low == 0, found.high == 1) == (yes == 0, yes + ties == n)


@law(COUNTS, strategies.integers(0, 60))
def test_share_mirrors_widens_with_ties_and_with_less_error_and_never_falls_with_a_yes(
    counts: tuple[int, int], ties: int
) -> None:
    yes, n = counts
    found, mirrored = statistics.share(yes, n), statistics.share(n - yes, n)
    assert same(mirrored, 1 - found.estimate, 1 - found.high, 1 - found.low)
    tied = statistics.share(yes, n, ties=min(ties, n - yes))
    assert tied.low == found.low
    assert tied.high == pytest.approx(statistics.share(yes + min(ties, n - yes), n).high)
    stricter = statistics.share(yes, n, alpha=0.002)
    assert stricter.low <= found.low
    assert stricter.high >= found.high
    assert np.all(np.subtract(ends(statistics.share(min(yes + 1, n), n)), ends(found)) >= -1e-12)


@pytest.mark.parametrize("arguments", [{"ties": 2}, {"ties": -1}, {"alpha": 0}, {"alpha": 1}, {"alpha": NAN}])
def test_share_refuses_impossible_ties_and_errors(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="are impossible"):
        statistics.share(9, 10, **arguments)


CAP = 240


@pytest.fixture(scope="module")
def shares() -> tuple[np.ndarray, np.ndarray]:
    """Both ends of `share`, by number of seeds and number of yes."""
    low, high = np.full((2, CAP + 1, CAP + 1), NAN)
    for n in range(CAP + 1):
        for yes in range(n + 1):
            low[n, yes], high[n, yes] = ends(statistics.share(yes, n))
    return low, high


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_at_most_one_path_in_a_hundred_ever_excludes_the_true_share(
    share: float, shares: tuple[np.ndarray, np.ndarray]
) -> None:
    low, high = shares
    yes = np.cumsum(np.random.default_rng(7).random((10_000, CAP)) < share, axis=1)
    seeds = np.arange(1, CAP + 1)
    excluded = (low[seeds, yes] > share) | (high[seeds, yes] < share)
    every_seed, batches = excluded.any(axis=1).mean(), excluded[:, 11::12].any(axis=1).mean()
    assert 0 < batches < every_seed <= 0.01, "bounded, and not by an interval that is everything"


@pytest.mark.parametrize(("share", "cap", "decided"), [(0.8, 48, 0.78), (0.7, 48, 0.21), (0.65, 240, 0.85)])
def test_a_share_beyond_one_half_is_decided_as_often_as_planned(
    share: float, cap: int, decided: float, shares: tuple[np.ndarray, np.ndarray]
) -> None:
    low, high = shares
    going, ended = np.ones(1), 0.0  # the chances of each count of yes among the paths that go on: exact, not drawn
    for n in range(12, cap + 1, 12):
        going = np.convolve(going, stats.binom.pmf(np.arange(13), 12, share))
        out = (low[n, : n + 1] > 0.5) | (high[n, : n + 1] < 0.5)
        ended += going[out].sum()
        going[out] = 0
    assert ended == pytest.approx(decided, abs=0.006)
