"""How large an effect is, by numbers worked by hand; of 12 seeds a median lies between the second and the eleventh."""

import math

import pytest
from made_up import check, trials

from suite.claims import direction
from suite.effects import between, effects, trifling
from suite.questions import at_chance, both, falls, less, more, passes, rises, sooner, within

TWELVE = [float(n) for n in range(12)]
MEDIAN, MEAN, RATIO = "median difference of m, a minus b", "mean difference of m, a minus b", "ratio of m, a over b"


def evidence(**arms):
    return {("s", arm): trials(numbers) for arm, numbers in arms.items()}


def found(asks, **arms):
    """Name to (value, low, high, n) of each effect."""
    asked = direction("c", "it shows", "s", asks)
    return {e.name: (e.value, e.low, e.high, e.n) for e in effects(asked, evidence(**arms))}


def test_a_comparison_has_median_and_mean_of_its_paired_differences_and_a_ratio():
    baseline = [10.0 + n for n in TWELVE]
    said = found(less("m", "a", than="b"), a=[2 * x for x in baseline], b=baseline)
    assert list(said) == [MEDIAN, MEAN, RATIO]
    assert said[MEDIAN] == (15.5, 11.0, 20.0, 12)
    half = 3.105807 * math.sqrt(13 / 12)  # Student's t of 11 degrees at 99.5 %; a variance of 13 over 12 seeds
    assert said[MEAN] == pytest.approx((15.5, 15.5 - half, 15.5 + half, 12), rel=1e-6)
    assert said[RATIO] == pytest.approx((2, 2, 2, 12))


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        (less("m", "a", than="b"), " of m, a minus b"),
        (more("m", "a", than="b", times=2), " of m, a minus b"),
        (less("early", "a", than_metric="late"), ", early minus late"),
        (less("early", "a", than="b", than_metric="late"), ", early of a minus late of b"),
    ],
)
def test_a_difference_names_the_side_that_is_taken_first_first(asks, said):
    """A check may speak of the other side: the widest net ends higher where the narrow one ends lower."""
    assert between(asks, "minus") == said


def test_differences_have_no_ratio_where_a_number_is_not_positive():
    assert list(found(more("m", "a", than="b"), a=TWELVE, b=TWELVE[::-1])) == [MEDIAN, MEAN]
    assert RATIO not in found(more("m", "a", than="b"), a=[1.0] * 12, b=TWELVE)


def test_failed_seeds_are_left_out_of_the_size_of_an_effect_and_its_n():
    said = found(less("m", "a", than="b"), a=[None, *[3.0] * 10, 9.0], b=[1.0] * 11 + [None])
    assert said[MEDIAN] == (2, 2, 2, 10)
    assert found(less("m", "a", than="b"), a=[None] * 12, b=[1.0] * 12) == {}
    assert found(passes("a", "m", ">", 0.5), a=[None, *TWELVE[1:]])["median m"][3] == 11
    assert found(passes("a", "m", ">", 0.5), a=[None] * 12) == {}


def test_later_seeds_count_for_the_effect_of_a_check_that_is_decided():
    said = found(passes("a", "m", ">", 0.5), a=[1.0] * 12 + [9.0] * 24)
    assert said["median m"][::3] == (9.0, 36)


def test_an_arm_has_its_median():
    assert found(passes("a", "m", ">", 0.5), a=TWELVE) == {"median m": (5.5, 1, 10, 12)}
    chance = at_chance("a", "m", samples=10, constant=0.5)
    assert found(chance, a=TWELVE[::-1]) == {"median m": (5.5, 1, 10, 12)}
    assert found(passes("a", "m", ">", 0.5), a=[1.0, 2.0])["median m"] == (1.5, -math.inf, math.inf, 2)


def test_a_trend_has_the_median_of_its_rank_correlations():
    columns = {"a": [1.0] * 12, "b": [2.0] * 7 + [9.0] * 5, "c": [3.0] * 12}  # 7 rank correlations of 1, 5 of 1/2
    for asks in (rises("m", "a", "b", "c"), falls("m", "a", "b", "c")):
        assert found(asks, **columns) == {"median rank correlation": (1, 0.5, 1, 12)}
    columns["a"] = [None] * 6 + [1.0] * 6
    assert found(rises("m", "a", "b", "c"), **columns)["median rank correlation"][::3] == (0.5, 6)
    columns["a"] = [None] * 12
    assert found(rises("m", "a", "b", "c"), **columns) == {}


def test_times_that_were_cut_off_have_the_medians_of_kaplan_and_meier():
    early, late = [*range(1, 7), *[10] * 6], [*range(1, 6), *[10] * 7]
    said = found(sooner("m", "a", than="b", budget=10), a=map(float, early), b=map(float, late))
    assert list(said) == ["median m of a", "median m of b"]
    assert said["median m of a"] == (6, 2, math.inf, 12), "half of the runs are solved at 6, and no more"
    assert said["median m of b"] == (math.inf, 2, math.inf, 12), "half are never solved"
    solved = found(sooner("m", "a", than="b", budget=99), a=[x + 1 for x in TWELVE], b=[20.0] * 12)
    assert solved["median m of a"] == (6.5, 2, 11, 12), "of twelve the middle of the sixth and seventh"
    over = found(sooner("m", "a", than="b", budget=5), a=[5.0, *[7.0] * 11], b=[1.0] * 12)
    assert over["median m of a"][0] == math.inf, "as long as the budget, or longer, is cut off"


def test_a_time_of_nothing_is_no_time():
    assert found(sooner("m", "a", than="b", budget=10), a=[0.0, *[1.0] * 11], b=[1.0] * 12) == {}


def test_what_has_no_size_has_no_effect():
    paired = within("m", "a", of="b", yardstick=0.5)
    parts = both(passes("a", "m", ">", 0.5), passes("b", "m", ">", 0.5))
    for asks in (paired, parts):
        assert found(asks, a=TWELVE, b=TWELVE) == {}
        assert not trifling(direction("c", "", "s", asks), evidence(a=TWELVE, b=TWELVE))
    assert effects(check(bar="exact"), evidence(a=[1.0])) == ()
    assert effects(check(), {}) == ()


@pytest.mark.parametrize(("difference", "small"), [(3.9, True), (-3.9, True), (0.0, True), (4.0, False), (-4.1, False)])
def test_trifling_is_less_than_two_seeds_of_the_baseline_differ(difference, small):
    # Of 0 … 11 the 66 pairs differ by 1 (11 of them), 2 (10), 3 (9), 4 (8) …: the median of these is 4.
    baseline = TWELVE[::-1]
    asked = direction("c", "it shows", "s", less("m", "a", than="b"))
    assert trifling(asked, evidence(a=[x + difference for x in baseline], b=baseline)) is small
    turned = direction("c", "it shows", "s", less("m", "b", than="a"))
    assert trifling(turned, evidence(a=[100 * x for x in TWELVE], b=[100 * x - 300 for x in TWELVE])) is True


def test_it_is_the_baseline_whose_seeds_are_compared():
    asked = direction("c", "it shows", "s", less("m", "a", than="b"))
    assert trifling(asked, evidence(a=[5.5] * 12, b=TWELVE))
    assert not trifling(asked, evidence(a=TWELVE, b=[5.5] * 12))


def test_nothing_is_trifling_by_one_seed_or_without_a_baseline():
    asked = direction("c", "it shows", "s", less("m", "a", than="b"))
    assert not trifling(asked, evidence(a=[1.0], b=[1.0]))
    assert not trifling(asked, {})
    assert not trifling(check(), evidence(a=TWELVE))
    assert not trifling(asked, evidence(a=[1.0, 2.0, None], b=[1.0, None, 3.0]))


def test_two_metrics_of_one_arm_differ_too():
    asked = direction("c", "it shows", "s", less("early", "a", than_metric="m"))
    rows = [type(row)(row.seed, {"early": 1.0, **row.metrics}, False, row.dataset) for row in trials(TWELVE)]
    names = {effect.name: effect.value for effect in effects(asked, {("s", "a"): rows})}
    assert names == {"median difference, early minus m": -4.5, "mean difference, early minus m": -4.5}
    assert not trifling(asked, {("s", "a"): rows})
