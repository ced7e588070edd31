"""Every bar of a check, of any-of and of lists, against counts worked by hand."""

from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest
from made_up import answering, any_of, check, claim, listed, trials

from suite.claims import direction
from suite.judging import Finding, find, find_all
from suite.questions import less

YES, NO, SPLIT, OPEN = "y" * 12, "n" * 12, "yn" * 24, "yn" * 23 + "yy"
WAY = {"Y": YES, "N": NO, "S": SPLIT, "O": OPEN, "-": ""}  # outcomes: holds, fails, split, undecided, not run


def outcome(wanted, letters, alpha=0.01):
    found = find(wanted, answering(a=letters), alpha=alpha)
    return found.outcome, found.n


# One check.


@pytest.mark.parametrize(
    ("bar", "most", "letters", "expected"),
    [
        ("most", 48, "y" * 12, ("holds", 12)),
        ("most", 48, "n" * 12, ("fails", 12)),
        ("most", 48, "y" * 11, ("not run", 0)),
        ("most", 48, "n" + "y" * 11, ("undecided", 12)),
        ("most", 48, "nnn" + "y" * 21, ("holds", 24)),  # 2^24 / (25 · 2024) is over 100,
        ("most", 48, "nnnn" + "y" * 20, ("undecided", 24)),  # and by 10 626 it is not
        ("most", 48, "yyy" + "n" * 21, ("fails", 24)),
        ("most", 48, "n" * 7 + "y" * 29, ("holds", 36)),
        ("most", 48, "n" * 11 + "y" * 37, ("holds", 48)),
        ("most", 48, "n" * 12 + "y" * 36, ("fails", 12)),
        ("most", 48, "yn" * 12 + "y" * 24, ("undecided", 48)),
        ("most", 48, "yn" * 24, ("split", 48)),
        ("most", 48, "yn" * 23 + "yy", ("undecided", 48)),  # a quarter is out, three quarters are not
        ("most", 48, "yn" * 23 + "nn", ("undecided", 48)),
        ("most", 96, "yn" * 24, ("undecided", 48)),  # only at the cap
        ("most", 96, "yn" * 48, ("split", 96)),
        ("most", 24, "yn" * 12, ("undecided", 24)),
        ("almost every", 96, "y" * 84, ("undecided", 84)),  # (0.01 / 85)^(1/84) = 0.898
        ("almost every", 96, "y" * 96, ("holds", 96)),  # (0.01 / 97)^(1/96) = 0.909
        ("almost every", 96, "n" + "y" * 95, ("undecided", 96)),
        ("almost every", 96, "n" * 6 + "y" * 6, ("fails", 12)),
        ("almost every", 96, "n" * 5 + "y" * 7, ("undecided", 12)),
        ("almost every", 96, "yn" * 48, ("fails", 12)),
        ("rarely", 96, "n" * 84, ("undecided", 84)),
        ("rarely", 96, "n" * 96, ("holds", 96)),
        ("rarely", 96, "y" + "n" * 95, ("undecided", 96)),
        ("rarely", 96, "n" * 6 + "y" * 6, ("fails", 12)),
        ("rarely", 96, "n" * 7 + "y" * 5, ("undecided", 12)),
        ("some", 240, "n" * 11 + "y", ("holds", 12)),
        ("some", 240, "n" * 13 + "y" * 11, ("holds", 24)),
        ("some", 240, "n" * 192, ("undecided", 192)),  # 1 - (0.01 / 193)^(1/192) = 0.0501
        ("some", 240, "n" * 204, ("fails", 204)),  # 1 - (0.01 / 205)^(1/204) = 0.0475
        ("never", 240, "n" * 11 + "y", ("fails", 12)),
        ("never", 240, "n" * 192, ("undecided", 192)),
        ("never", 240, "n" * 204, ("holds", 204)),
        ("exact", 48, "y", ("holds", 1)),
        ("exact", 48, "n", ("fails", 1)),
        ("exact", 48, "t", ("fails", 1)),
        ("exact", 48, "f", ("fails", 1)),
        ("exact", 48, "", ("not run", 0)),
    ],
)
def test_each_bar_is_decided_by_the_known_counts(bar, most, letters, expected):
    assert outcome(check(bar=bar, most=most), letters) == expected


def excludes(p, yes, n, errors=100):
    """Whether the ratio of the mixture to p reaches one in alpha, in whole numbers."""
    return Fraction(1, (n + 1) * comb(n, yes)) >= errors * p**yes * (1 - p) ** (n - yes)


@pytest.mark.parametrize(
    ("bar", "place", "side"),
    [("most", Fraction(1, 2), 1), ("almost every", Fraction(9, 10), 1), ("rarely", Fraction(1, 10), -1)],
)
def test_every_count_is_judged_as_the_mixture_ratio_says(bar, place, side):
    for n in (12, 24, 48, 96):
        one_look = replace(check(bar=bar), first=n, most=n + 12)
        for yes in range(n + 1):
            expected = "undecided"
            if excludes(place, yes, n):
                expected = "holds" if side * (yes - place * n) > 0 else "fails"
            assert outcome(one_look, "y" * yes + "n" * (n - yes)) == (expected, n)


def test_ties_speak_for_neither_side():
    for ties in ("t", "tt"):
        assert outcome(check(), ties + "y" * (12 - len(ties)))[0] == "undecided"
        assert outcome(check(), ties + "n" * (12 - len(ties)))[0] == "undecided"
    assert outcome(check(), "t" * 48) == ("undecided", 48)
    assert outcome(check(), "t" + "y" * 23) == ("holds", 24)
    assert outcome(check(), "t" + "n" * 23) == ("fails", 24)
    assert outcome(check(most=48), "yn" * 23 + "ty") == ("undecided", 48), "no split: the ties may be noes or yeses"
    assert outcome(check(bar="never", most=240), "t" + "n" * 203)[0] == "undecided"
    assert outcome(check(bar="some", most=240), "t" + "n" * 203)[0] == "undecided"
    found = find(check(), answering(a="ttt" + "y" * 9))
    assert (found.yes, found.ties, found.n, found.failed) == (9, 3, 12, 0)


@pytest.mark.parametrize("bar", ["most", "almost every", "rarely", "some", "never", "exact"])
def test_a_failed_seed_never_speaks_for_a_check(bar):
    best = "y" if bar in ("most", "almost every", "some", "exact") else "n"
    wanted = check(bar=bar, most=240)
    enough = outcome(wanted, best * 240)[1]
    assert outcome(wanted, best * enough)[0] == "holds"
    for lost in {1, max(1, enough // 2), enough}:
        if bar != "some" or lost == enough:  # where one success suffices the others may fail
            assert outcome(wanted, "f" * lost + best * (enough - lost))[0] != "holds"
    found = find(wanted, answering(a="f" * enough))
    assert found.failed == found.n
    assert found.outcome in ("fails", "undecided")
    if bar == "most":
        assert outcome(wanted, "f" * 12) == ("fails", 12)


def test_a_failed_baseline_is_as_bad_as_can_be_and_is_counted():
    paired = direction("c", "better", "s", less("m", "a", than="b"))
    lost = find(paired, {("s", "a"): trials([1.0] * 12), ("s", "b"): trials([None] * 12)})
    assert (lost.outcome, lost.failed) == ("holds", 12)
    both = find(paired, {("s", "a"): trials([None] * 12), ("s", "b"): trials([None] * 12)})
    assert (both.outcome, both.failed) == ("fails", 12), "a pair counts once"


def test_the_first_look_that_decides_is_final():
    undone = YES + "n" * 36
    found = find(check(), answering(a=undone))
    assert (found.outcome, found.yes, found.n) == ("holds", 12, 12)
    assert outcome(check(), "n" + YES) == ("undecided", 12), "a batch that is not complete is not looked at"
    assert outcome(check(), "n" + "y" * 22) == ("undecided", 12)
    assert outcome(check(), "n" + "y" * 23) == ("holds", 24)
    assert outcome(replace(check(), first=24, step=24), YES * 2) == ("holds", 24)
    assert outcome(check(bar="some", most=240), "y" + "n" * 239) == ("holds", 12)
    assert outcome(check(bar="never", most=240), "n" * 204 + "y" * 36) == ("holds", 204)


def test_seeds_beyond_the_cap_are_never_asked():
    found = find(check(most=24), answering(a="yn" * 12 + "y" * 24))
    assert (found.outcome, found.n, found.yes) == ("undecided", 24, 12)


def test_only_seeds_that_every_arm_has_are_judged_and_in_their_order():
    paired = direction("c", "better", "s", less("m", "a", than="b"))
    evidence = {("s", "a"): trials([0.0] * 24)[::-1], ("s", "b"): trials([1.0] * 12)}
    assert find(paired, evidence).n == 12
    assert find(paired, {**evidence, ("s", "b"): trials([1.0] * 11)}).outcome == "not run"
    assert find(paired, {("s", "a"): evidence["s", "a"]}).outcome == "not run"
    old = [replace(row, seed=row.seed - 1000) for row in trials([1.0] * 12)]
    assert find(check(), {("s", "a"): old}).outcome == "not run", "verdict seeds begin at 1000"
    mixed = trials([0.0] * 12 + [2.0] * 12)[::-1]
    assert find(paired, {("s", "a"): mixed, ("s", "b"): trials([1.0] * 24)}).yes == 12


def test_a_finding_says_interval_and_level():
    found = find(check(), answering(a=YES))
    assert (found.low, found.high, found.level) == (pytest.approx((0.01 / 13) ** (1 / 12)), 1, 0.99)
    exact = find(check(bar="exact"), answering(a="y"))
    assert exact.low != exact.low
    assert [Finding(check(), o).decided for o in ("holds", "fails", "split")] == [True] * 3
    assert not any(Finding(check(), o).decided for o in ("undecided", "not run", "void"))


# Several checks.


def group(*ways, node):
    arms = "abcdefgh"[: len(ways)]
    wanted = node(*(check(arm, arm=arm) for arm in arms))
    return find_all(claim(wanted), answering(**{a: WAY[w] for a, w in zip(arms, ways, strict=True) if w != "-"}))[0]


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ("YN", "holds"), ("NY", "holds"), ("YO", "holds"), ("Y-", "holds"), ("YS", "holds"), ("NN", "fails"),
        ("NO", "undecided"), ("OO", "undecided"), ("N-", "undecided"), ("O-", "undecided"),
        ("--", "not run"),
    ],
)  # fmt: skip
def test_any_of_holds_when_one_holds_and_fails_when_all_fail(ways, expected):
    assert group(*ways, node=any_of).outcome == expected


def test_a_split_does_not_hold_so_that_any_of_fails_by_it():
    wanted = claim(any_of(check("a", most=96), check("b", arm="b", most=96)))
    found = find_all(wanted, answering(a=NO, b="yn" * 48))[0]
    assert (found.outcome, [member.outcome for member in found.of]) == ("fails", ["fails", "split"])


def test_any_of_m_judges_each_at_one_mth_of_the_error():
    for m, decided in ((2, True), (3, True), (4, False)):  # 2^12 / 13 = 315 is over 300, and under 400
        found = group(*"Y" * m, node=any_of)
        assert found.outcome == ("holds" if decided else "undecided")
        assert found.level == pytest.approx(1 - 0.01 / m)
        assert [member.level for member in found.of] == [found.level] * m
        assert all(member.low == pytest.approx((0.01 / m / 13) ** (1 / 12)) for member in found.of)
    assert {member.level for member in group(*"YYYY", node=listed).of} == {0.99}


@pytest.mark.parametrize(
    ("bar", "ways", "expected"),
    [
        ("most", "YYN", "holds"), ("most", "YYO", "holds"), ("most", "YY-", "holds"), ("most", "YNN", "fails"),
        ("most", "YNO", "undecided"), ("most", "YNS", "fails"), ("most", "ONN", "fails"), ("most", "YYNN", "fails"),
        ("most", "YYNO", "undecided"), ("most", "YYYN", "holds"), ("most", "OOO", "undecided"),
        ("most", "---", "not run"), ("most", "Y--", "undecided"), ("almost every", "YYY", "holds"),
        ("almost every", "YYN", "fails"), ("almost every", "YYO", "undecided"), ("rarely", "NNN", "holds"),
        ("rarely", "YNN", "fails"),
        ("rarely", "NNO", "undecided"), ("rarely", "NSN", "holds"), ("rarely", "YOO", "fails"),
    ],
)  # fmt: skip
def test_a_list_counts_its_problems_without_an_interval(bar, ways, expected):
    assert group(*ways, node=lambda *checks: listed(*checks, bar=bar)).outcome == expected


def test_a_rare_list_of_ten_holds_with_none_and_not_with_one():
    ten = [check(f"c{n}", arm=f"a{n}") for n in range(10)]
    for held, expected in ((0, "holds"), (1, "fails"), (2, "fails")):
        arms = {f"a{n}": YES if n < held else NO for n in range(10)}
        assert find_all(claim(listed(*ten, bar="rarely")), answering(**arms))[0].outcome == expected
    arms = {f"a{n}": YES if n else NO for n in range(10)}
    assert find_all(claim(listed(*ten, bar="almost every")), answering(**arms))[0].outcome == "fails", "0.9 is not more"
