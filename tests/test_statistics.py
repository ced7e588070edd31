"""Each statistic against known answers, and the laws that all of them share."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from scipy import optimize, stats

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
    published = {(56, 70, 48, 80): (0.0524, 0.3339), (9, 10, 3, 10): (0.1705, 0.8090)}
    for counts, expected in {**published, (5, 56, 0, 29): (-0.0381, 0.1926)}.items():  # Newcombe 1998, table II
        found = statistics.difference_of_proportions(*counts, level=0.95)
        assert (*ends(found), found.n) == pytest.approx((*expected, min(counts[1::2])), abs=5e-5)
    assert statistics.difference_of_proportions(16, 16, 0, 16).low > 0.5
    assert statistics.difference_of_proportions(10, 10, 0, 10).low < 0.5


@law(COUNTS, COUNTS, LEVELS)
def test_proportions_agree_with_scipy_mirror_and_never_fall_with_a_success(
    a: tuple[int, int], b: tuple[int, int], level: float
) -> None:
    more, failed_a, failed_b = (min(a[0] + 1, a[1]), a[1]), (a[1] - a[0], a[1]), (b[1] - b[0], b[1])
    found, better = (statistics.proportion(*counts, level=level) for counts in (a, more))
    expected = stats.binomtest(*a).proportion_ci(level, method="exact")
    assert same(found, a[0] / a[1], *expected)
    assert same(statistics.proportion(*failed_a, level=level), 1 - found.estimate, 1 - found.high, 1 - found.low)
    assert np.all(np.subtract(ends(better), ends(found)) >= -1e-12)
    found, better = (statistics.difference_of_proportions(*counts, *b, level=level) for counts in (a, more))
    for arms in (*b, *a), (*failed_a, *failed_b):
        flipped = statistics.difference_of_proportions(*arms, level=level)
        assert same(flipped, -found.estimate, -found.high, -found.low)
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


def test_sign_flip_counts_all_flips_up_to_16_and_repeatably_samples_more() -> None:
    assert statistics.sign_flip_p([1, 2, 3]) == 2 / 8
    assert statistics.sign_flip_p([3, -1, 1]) == statistics.sign_flip_p([-3, 1, -1]) == 6 / 8
    assert statistics.sign_flip_p(range(1, 17)) == 2 / 2**16
    differences = np.random.default_rng(2).normal(0.5, 1, 18)
    signs = 1 - 2 * ((np.arange(2**18)[:, None] >> np.arange(18)) & 1)
    exact = np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12)
    assert 0.005 < exact < 0.3
    assert statistics.sign_flip_p(differences) == pytest.approx(exact, abs=0.003)
    assert statistics.sign_flip_p(differences) == statistics.sign_flip_p(-differences)


def test_slope_r_squared_and_rank_correlation_have_the_values_worked_by_hand() -> None:
    x, y = [1, 2, 3, 4], [1, 3, 2, 5]  # sums of squares 5 and 8.75, of products 5.5
    assert statistics.slope(x, y) == pytest.approx(5.5 / 5)
    assert statistics.r_squared(x, y) == pytest.approx(5.5**2 / (5 * 8.75))
    assert (statistics.slope(x, [0.1] * 4), statistics.r_squared(x, [0.1] * 4)) == (0, 1)
    assert statistics.rank_correlation([1, 2, 3, 4, 5], [50, 40, 30, 10, 20]) == -0.9
    assert statistics.rank_correlation(x, [1, 2, 2, INF]) == pytest.approx(math.sqrt(0.9))
    assert statistics.rank_correlation([1, 2], [4, 4]) == statistics.rank_correlation([4, 4], [1, 2]) == 0


def test_page_and_jonckheere_have_the_values_worked_by_hand_and_published() -> None:
    assert statistics.page_trend_p([[1, 2, 3], [4, 5, 6]]) == pytest.approx(1 / 36)
    assert statistics.page_trend_p([[3, 2, 1], [6, 5, 4]]) == pytest.approx(1)
    ratings = [[int(digit) for digit in str(row)] for row in (343, 224, 335, 132, 232, 245, 124, 344, 245, 134)]
    assert statistics.page_trend_p(ratings) == pytest.approx(0.0018191161948127822)  # SciPy's example
    # All 12 pairs are in order where 6 are expected, with variance (6·5·17 - 3·2·1·9) / 72.
    expected = stats.norm.sf(6 / math.sqrt(456 / 72))
    assert statistics.jonckheere_p([[1, 2], [3, 4], [5, 6]]) == pytest.approx(expected)


def test_jonckheere_corrects_ties_as_all_permutations_do() -> None:
    places, orders = np.array([0, 0, 0, 1, 1, 2]), np.array([*itertools.permutations([1, 2, 2, 3, 2, 3])])
    signs = np.sign(orders[:, None, :] - orders[:, :, None])
    scores = np.sum(signs * (places[:, None] < places), axis=(1, 2))
    found = statistics.jonckheere_p([[1, 2, 2], [3, 2], [3]])
    assert found == pytest.approx(stats.norm.sf(scores[0] / np.std(scores)))


def test_kaplan_meier_and_log_rank_have_the_values_worked_by_hand() -> None:
    times, survival = statistics.kaplan_meier([4, 1, 2, 3, 5, 4], [1, 1, 0, 1, 0, 1])
    assert times.tolist() == [1, 2, 3, 4, 5]
    assert survival == pytest.approx([5 / 6, 5 / 6, 5 / 8, 5 / 24, 5 / 24])
    medians = [statistics.survival_median(range(1, n + 1), [1] * (n - 1) + [0]).estimate for n in range(2, 40)]
    assert medians == [(n + 1) // 2 for n in range(2, 40)]
    assert statistics.survival_median([9] * 10, [1] * 4 + [0] * 6).estimate == INF
    # Arm a expects 1/2 + 1/3 of its 2 events, variance 1/4 + 2/9; the rest happens after arm a is over.
    expected = 2 * stats.norm.sf((2 - 5 / 6) / math.sqrt(17 / 36))
    assert statistics.log_rank_p([1, 2], [1, 1], [3, 4], [1, 0]) == pytest.approx(expected)
    assert statistics.log_rank_p([3, 4], [1, 0], [1, 2], [1, 1]) == pytest.approx(expected)
    for solved in [0, 0], [1, 1]:
        assert statistics.log_rank_p([5, 5], solved, [5, 5], solved) == 1


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


def test_growth_without_censoring_is_the_t_interval_of_the_regression() -> None:
    levels, times, done = growing_runs(5, INF)
    line = stats.linregress(levels, np.log(times))
    half = stats.t.ppf(0.995, 22) * line.stderr
    low, estimate, high = np.exp([line.slope - half, line.slope, line.slope + half])
    assert same(statistics.growth_per_level(levels, times, done), estimate, low, high)
    assert same(statistics.growth_per_level(-levels, 1000 * times, done), 1 / estimate, 1 / high, 1 / low)


def test_growth_with_censoring_follows_the_likelihood_written_out() -> None:
    levels, times, done = growing_runs(5, 9.0)

    def loss(line: np.ndarray, b: float) -> float:
        noise = stats.norm(line[0] + b * levels, math.exp(line[1]))
        return -float(np.where(done, noise.logpdf(np.log(times)), noise.logsf(np.log(times))).sum())

    found = statistics.growth_per_level(levels, times, done)
    factors = [found.estimate, 0.99 * found.estimate, 1.01 * found.estimate, found.low, found.high]
    fits = [optimize.minimize(loss, (0, 0), (math.log(b),), "Nelder-Mead", options={"fatol": 1e-7}) for b in factors]
    best, *nearby, low, high = (fit.fun for fit in fits)
    solved = int(done.sum())
    allowed = solved / 2 * math.log1p(stats.t.ppf(0.995, solved - 2) ** 2 / (solved - 2))
    assert 8 <= solved <= 16
    assert best < min(nearby)
    assert (low - best, high - best) == pytest.approx((allowed, allowed), abs=1e-4)


def test_intervals_cover_at_their_level() -> None:
    draws = np.random.default_rng(4)
    values, limits = draws.exponential(1, (2000, 30)), draws.exponential(2, (700, 16))
    censored = zip(np.minimum(values[:700, :16], limits), values[:700, :16] <= limits, strict=True)
    growing = [growing_runs(seed, 9.0) for seed in range(120)]
    for interval, samples, truth in (
        (statistics.median, [(sample,) for sample in values], math.log(2)),
        (statistics.survival_median, [*censored], math.log(2)),
        (statistics.growth_per_level, growing, math.exp(0.7)),
    ):
        allowed = 0.01 * len(samples) + 1
        for level, least, most in (0.99, 0, allowed), (0.95, allowed, 6 * allowed):
            found = [interval(*sample, level=level) for sample in samples]
            assert least <= sum(not i.low <= truth <= i.high for i in found) <= most


def test_growth_has_one_end_when_only_one_level_is_solved() -> None:
    levels, times = np.repeat([1, 2], 8), np.array([4, 5, 6, 5, 4, 6, 5, 5] + [100] * 8)
    found = statistics.growth_per_level(levels, times, levels == 1)
    assert found.estimate == found.high == INF
    assert 10 < found.low < 100 / 5
    assert same(statistics.growth_per_level(-levels, times, levels == 1), 0, 0, 1 / found.low)
    assert ends(statistics.growth_per_level(levels, 3.0 * levels, [1] * 16)) == pytest.approx((2, 2), abs=1e-4)
    assert same(statistics.growth_per_level(levels, times, [1, 1] + [0] * 14), NAN, 0, INF)


@law(COUNTS, strategies.sampled_from([0.125, 0.5, 0.75, 0.875]), LEVELS)
def test_seeds_to_decide_are_the_first_that_exclude(counts: tuple[int, int], threshold: float, level: float) -> None:
    (successes, n), above = counts, counts[0] / counts[1] > threshold
    needed = statistics.seeds_to_decide_proportion(*counts, threshold, level=level)
    for seeds in {n, *range(max(n, needed - 5), needed + 1)}:
        doubled = 2 * successes * seeds  # rounded in whole numbers, halves towards the threshold
        count = -((n - doubled) // (2 * n)) if above else (doubled + n) // (2 * n)
        found = statistics.proportion(count, seeds, level=level)
        assert (not found.low <= threshold <= found.high) == (seeds == needed) or needed == 10_000
    assert statistics.seeds_to_decide_proportion(n - successes, n, 1 - threshold, level=level) == needed


def test_seeds_to_decide_have_the_known_numbers() -> None:
    assert statistics.seeds_to_decide_proportion(3, 3, 0.5) == 8  # 0.005 ** (1 / 8) = 0.516
    assert statistics.seeds_to_decide_proportion(5, 10, 0.5) == 10_000
    interval = statistics.Interval(1.0, -1.0, 5.0, 10)
    for threshold, seeds in ((0.0, 40), (2.0, 160), (-1.0, 10), (-3.0, 10), (5.0, 10), (1.0, 10_000), (1.01, 10_000)):
        assert statistics.seeds_to_decide_interval(interval, threshold) == seeds
    assert statistics.seeds_to_decide_interval(statistics.Interval(1.0, 0.0, INF, 10), 2.0) == 10_000


@pytest.mark.parametrize("values", [[], [1.0], [INF]])
def test_nothing_and_one_value_decide_nothing(values: list[float]) -> None:
    n, times = len(values), [1.0] * len(values)
    assert ends(statistics.median(values)) == ends(statistics.mean(values)) == (-INF, INF)
    assert ends(statistics.ratio(values)) == ends(statistics.growth_per_level(times, times, times)) == (0, INF)
    for solved in [0] * n, [1] * n:
        assert ends(statistics.survival_median(times, solved)) == (0, INF)
        assert len(statistics.kaplan_meier(times, solved)[0]) == n
    assert ends(statistics.difference_of_proportions(0, 0, n, n)) == (-1, 1)
    assert ends(statistics.proportion(0, 0)) == (0, 1)
    assert statistics.sign_flip_p(values) == statistics.page_trend_p(np.ones((n, 3))) == 1
    assert statistics.jonckheere_p([values, values]) == statistics.log_rank_p(times, times, times, times) == 1
    assert statistics.rank_correlation(values, values) == 0
    assert statistics.seeds_to_decide_interval(statistics.mean(values), 0) == 10_000
    assert statistics.seeds_to_decide_proportion(0, 0, 0) == 10_000


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
