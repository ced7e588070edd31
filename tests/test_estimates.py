"""Each statistic of a check against known answers, and the laws that all of them obey."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from suite.edition_1_claims import Check, Observation, decidable, find

SOLVED = (">=", 0.5)
ORDER = ("fails", "undecided", "holds")
HALF = 3.2498355 / 3  # half of Student's interval for the ten values of SPREAD, whose sum of squares is ten
SPREAD = [-1.0, 1.0] * 5


def law(*data):
    return lambda test: settings(deadline=None, derandomize=True, max_examples=30)(given(*data)(test))


def check(statistic="median", relation=">=", threshold=0.5, seeds=10, arms=1, **others):
    names = tuple("abcde"[:arms])
    return Check("c", "e", "s", names, "m", statistic, relation, threshold, seeds, **others)


def result(wanted, *columns, order=lambda rows: rows):
    """What the check finds in one column of numbers for each arm; None is a failed seed."""
    arms = zip(wanted.arms, columns, strict=True)
    rows = {a: [Observation(seed, {"m": x}, x is None, "d") for seed, x in enumerate(column)] for a, column in arms}
    return find(wanted, {("s", arm): order(found) for arm, found in rows.items()})


def outcome(wanted, *columns):
    return result(wanted, *columns).outcome


def shares(k, n):
    return [1.0] * k + [0.0] * (n - k)


def lines(slopes):
    return [[slope * x for slope in slopes] for x in (0.0, 1.0, 2.0)]


# A check that its data meet with room to spare, one for each statistic.
WON = {
    "proportion": (check("proportion", threshold=0.4, seeds=16, success=SOLVED), [shares(16, 16)]),
    "slack": (check("proportion", threshold=0.9, seeds=16, success=SOLVED, slack=0.2), [shares(16, 16)]),
    "difference": (
        check("difference_of_proportions", threshold=0.3, seeds=16, arms=2, success=SOLVED),
        [shares(16, 16), shares(0, 16)],
    ),
    "median": (check(seeds=16), [[1 + seed / 64 for seed in range(16)]]),
    "paired": (check(seeds=16, arms=2), [[float(seed + 1) for seed in range(16)], [float(s) for s in range(16)]]),
    "mean": (check("mean", seeds=16), [[1 + seed / 64 for seed in range(16)]]),
    "ratio": (check("ratio", threshold=1.5, seeds=16, arms=2), [[4.0] * 15 + [8.0], [1.0] * 16]),
    "slope": (check("slope", seeds=16, arms=3, levels=(0.0, 1.0, 2.0)), lines([1 + s / 64 for s in range(16)])),
    "rank": (check("rank_correlation", seeds=16, arms=3, levels=(0.0, 1.0, 2.0)), lines([1.0] * 16)),
    "trend": (check("trend", seeds=16, arms=3), lines([1.0] * 16)),
    "cells": (
        check("cells", threshold=0.7, seeds=16, arms=3, success=(">=", 0.5), levels=(1.0, -1.0, 2.0)),
        [[sign * (1 + seed / 64) for seed in range(16)] for sign in (1, -1, 1)],
    ),
    "exact": (check("exact", seeds=16), [[0.75] * 16]),
}
every_statistic = pytest.mark.parametrize("name", WON)


def mirrored(wanted, columns):
    """The same question asked the other way round."""
    flip, bound = (lambda x: -x), -wanted.threshold
    if wanted.statistic == "ratio":
        flip, bound = (lambda x: 1 / x), 1 / wanted.threshold
    elif "proportion" in wanted.statistic:
        flip, bound = (lambda x: 1 - x), (1 if wanted.statistic == "proportion" else 0) - wanted.threshold
    elif wanted.statistic == "cells":
        flip, bound = (lambda x: x), 1 - wanted.threshold
        wanted = replace(wanted, success=({">=": "<=", "<=": ">="}[wanted.success[0]], wanted.success[1]))
    turned = [[None if value is None else flip(value) for value in column] for column in columns]
    return replace(wanted, relation="<=" if wanted.relation == ">=" else ">=", threshold=bound), turned


@pytest.mark.parametrize(
    ("wanted", "columns", "edge", "beyond"),
    [
        (check("proportion", success=SOLVED), [[0.5] * 10], 0.005**0.1, "undecided"),
        (check("proportion", success=SOLVED, looks=2), [shares(10, 10)], 0.0025**0.1, "undecided"),
        (check("proportion", success=SOLVED, cells=5), [shares(10, 10)], 0.001**0.1, "undecided"),
        (check("proportion", success=("<=", 0.5)), [[0.5] * 10], 0.005**0.1, "undecided"),
        (check("proportion", seeds=16, success=SOLVED, slack=0.2), [shares(16, 16)], 0.2 + 0.005**0.0625, "undecided"),
        (
            check("difference_of_proportions", seeds=16, arms=2, success=SOLVED),
            [shares(16, 16), shares(0, 16)],
            1 - math.sqrt(2) * (1 - 16 / (16 + stats.norm.isf(0.005) ** 2)),  # both ends of Wilson's interval
            "undecided",
        ),
        (check(seeds=16), [[-9.0, -9.0, 0.3, *[0.7] * 13]], 0.3, "undecided"),  # the third smallest of 16
        (check(seeds=16, arms=2), [[1.0, 2.0, 3.25, *[7.5] * 13], [1.0, 2.0, 3.0, *[0.0] * 13]], 0.25, "undecided"),
        (check("mean"), [SPREAD], -HALF, "undecided"),
        (check("mean", arms=2), [[9 + x for x in SPREAD], [9.0] * 10], -HALF, "undecided"),
        (check("mean"), [[0.1] * 10], 0.1, "fails"),  # no variance
        (check("ratio"), [[math.exp(x) for x in SPREAD]], math.exp(-HALF), "undecided"),
        (check("ratio", arms=2), [[3 * math.exp(x) for x in SPREAD], [3.0] * 10], math.exp(-HALF), "undecided"),
        (check("slope", arms=3, levels=(0.0, 1.0, 2.0)), lines(SPREAD), -HALF, "undecided"),
        (check("rank_correlation", arms=3, levels=(3.0, 1.0, 2.0)), [[5.0] * 10, [1.0] * 10, [9.0] * 10], 0.5, "fails"),
        (check("exact"), [[0.5, 0.25, 0.5]], 0.25, "fails"),
        (check("exact", arms=2), [[0.5], [0.25]], 0.25, "fails"),
    ],
)  # fmt: skip
def test_each_statistic_holds_up_to_its_known_bound_and_not_a_hair_further(wanted, columns, edge, beyond):
    hair = 1e-7 * abs(edge)
    assert outcome(replace(wanted, threshold=edge - hair), *columns) == "holds"
    assert outcome(replace(wanted, threshold=edge + hair), *columns) == beyond


def test_trend_holds_from_the_critical_value_of_page_on():
    rows = {14: (1.0, 2.0, 3.0), 13: (1.0, 3.0, 2.0), 11: (3.0, 1.0, 2.0), 10: (3.0, 2.0, 1.0)}
    chances = {0: 1.0}  # of each sum of ranks times place, over the six orders of three arms, in eight seeds
    for _ in range(8):
        longer = {}
        for (total, p), row in itertools.product(chances.items(), (14, 13, 13, 11, 11, 10)):
            longer[total + row] = longer.get(total + row, 0.0) + p / 6
        chances = longer
    critical = min(total for total in chances if sum(p for t, p in chances.items() if t >= total) < 0.005)
    for total, expected in ((critical, "holds"), (critical - 1, "undecided"), (80, "fails")):
        kinds = next(k for k in itertools.combinations_with_replacement(rows, 8) if sum(k) == total)
        columns = [list(column) for column in zip(*(rows[kind] for kind in kinds), strict=True)]
        assert outcome(check("trend", seeds=8, arms=3), *columns) == expected


@pytest.mark.parametrize(
    ("values", "equal", "above", "below"),
    [
        ([0.5] * 3, "holds", "holds", "holds"),
        ([0.5, 0.5, math.nextafter(0.5, 1)], "fails", "holds", "fails"),
        ([0.5, math.nextafter(0.5, 0), 0.5], "fails", "fails", "holds"),
        ([0.5, None, 0.5], "fails", "fails", "fails"),
    ],
)
def test_exact_checks_every_seed_to_the_last_bit(values, equal, above, below):
    found = [outcome(check("exact", relation, seeds=3), values) for relation in ("==", ">=", "<=")]
    assert found == [equal, above, below]


def test_equality_with_an_interval_is_never_more_than_undecided_unless_all_seeds_are_equal():
    equal = check("mean", "==", 1.0)
    assert [outcome(equal, [c + x for x in SPREAD]) for c in (1.0, 0.0, -1.0)] == ["undecided", "undecided", "fails"]
    assert outcome(equal, [1.0] * 10) == "holds"


@every_statistic
def test_a_failed_seed_never_helps_and_is_counted_in_both_directions(name):
    for wanted, columns in (WON[name], mirrored(*WON[name])):
        assert outcome(wanted, *columns) == "holds"
        assert decidable(wanted)
        for arm, lost in itertools.product(range(len(columns)), (1, 3, 9, 16)):
            spoilt = [list(column) for column in columns]
            spoilt[arm][:lost] = [None] * lost
            found = result(wanted, *spoilt)
            assert found.failed == lost
            assert not any(map(math.isnan, (found.value, found.low, found.high)))
            if lost > 8:
                assert found.outcome != "holds"
        assert outcome(wanted, *[[None] * 16 for _ in columns]) == "fails"
        other = replace(wanted, relation={">=": "<=", "<=": ">="}[wanted.relation], slack=0.0)
        lost = "undecided" if name == "slack" else "fails"  # "at most 0.9" is no failure as long as it may be so
        assert outcome(other, *columns) == lost
        for arm in range(len(columns)):
            spoilt = [[None, *column[1:]] if place == arm else column for place, column in enumerate(columns)]
            assert outcome(other, *spoilt) == lost, "the failed seed spoke for the check"


def test_a_failed_seed_keeps_its_place_in_the_denominator():
    wanted = check("proportion", threshold=0.4, success=SOLVED)
    assert result(wanted, [1.0] * 9 + [None]).value == 0.9
    assert result(replace(wanted, relation="<="), [0.0] * 9 + [None]).value == 0.1
    assert result(check(), [*[0.4] * 5, *[1.0] * 4, None]).value == 0.4, "the median of ten, not of nine"
    apart = replace(wanted, statistic="difference_of_proportions", arms=("a", "b"))
    assert result(apart, [1.0] * 9 + [None], [0.0] * 9 + [None]).value == pytest.approx(0.8)


def test_cells_are_decided_one_by_one_and_the_undecided_widen_the_interval():
    up, down, open_, edge = ([c + s * x for x in SPREAD] for c, s in ((2, 1), (-2, 1), (0.3, 1), (HALF, 1)))
    wanted = check("cells", threshold=0.5, arms=4, success=(">=", 0.0))
    for found in (result(wanted, up, up, down, open_), result(wanted, up, open_, down, up)):
        assert (found.value, found.low, found.high, found.outcome) == (0.75, 0.5, 0.75, "holds")
    assert result(wanted, up, up, [x + 1e-6 for x in edge], down).low == 0.75
    assert result(wanted, up, up, [x - 1e-6 for x in edge], down).low == 0.5
    assert outcome(wanted, up, down, open_, down) == "undecided"
    assert outcome(wanted, up, down, down, down) == "fails"
    turned = replace(wanted, levels=(1.0, -1.0, 1.0, -1.0))
    assert result(turned, up, down, up, down).value == 1
    worse = replace(wanted, relation="<=", success=("<=", 0.0), threshold=0.2)
    assert [outcome(worse, up, up, up, cell) for cell in (up, open_, down)] == ["holds", "undecided", "fails"]


@every_statistic
@law(st.data())
def test_turning_the_question_round_turns_nothing_else(name, data):
    wanted, columns = WON[name]
    n = data.draw(st.integers(1, 16))
    number = st.integers(-3, 3).map(lambda x: 2.0**x if name == "ratio" else x / 2)
    number = st.booleans().map(float) if wanted.success else st.one_of(number, st.none())
    columns = [data.draw(st.lists(number, min_size=n, max_size=n)) for _ in columns]
    threshold = data.draw(st.integers(-4, 4).map(lambda x: 1.1 * 2.0**x if name == "ratio" else x / 2))
    wanted = replace(wanted, threshold=threshold)
    turned, other = mirrored(wanted, columns)
    assert outcome(turned, *other) == outcome(wanted, *columns)


@pytest.mark.parametrize("name", sorted(set(WON) - {"rank", "trend"}))
@law(st.data())
def test_better_data_never_make_a_worse_outcome(name, data):
    wanted, columns = WON[name]
    values = data.draw(st.lists(st.integers(-8, 8).map(lambda x: x / 8), min_size=16, max_size=16))
    step = st.integers(0, 8).map(lambda x: x / 8)
    one_by_one = wanted.success or wanted.statistic in ("median", "exact")  # a mean's interval widens with the spread
    steps = data.draw(st.lists(step, min_size=16, max_size=16) if one_by_one else step.map(lambda x: [x] * 16))
    before = [[x * place for x in values] for place in range(1, len(columns) + 1)]
    after = [[x + gain for x, gain in zip(before[0], steps, strict=True)], *before[1:]]
    if name == "slope":
        after = [[x + gain * place for x, gain in zip(c, steps, strict=True)] for place, c in enumerate(before)]
    if name == "ratio":
        before, after = ([[math.exp(x) for x in column] for column in table] for table in (before, after))
    assert ORDER.index(outcome(wanted, *after)) >= ORDER.index(outcome(wanted, *before))


@every_statistic
def test_the_order_of_rows_is_without_meaning(name):
    wanted, columns = WON[name]
    for order in (lambda rows: rows[::-1], lambda rows: [*rows[5:], *rows[:5]]):
        assert result(wanted, *columns, order=order) == result(wanted, *columns)


@every_statistic
def test_no_seed_and_one_seed_decide_nothing_and_raise_nothing(name):
    wanted, columns = WON[name]
    assert outcome(wanted, *[[] for _ in columns]) == "undecided"
    for value in (0.0, 1.0, None):
        found = outcome(wanted, *[[value] for _ in columns])
        assert found == "undecided" or name == "exact" or value is None


@every_statistic
def test_seeds_without_variance_are_decided_or_not_but_never_an_error(name):
    wanted, columns = WON[name]
    for value in (0.0, 1.0, -2.5, 1e300):
        found = result(wanted, *[[value] * 16 for _ in columns])
        assert found.low <= found.high
