"""Each word of a verdict against known answers, what a claim's hash covers, and which checks could be decided."""

import math
import re
from dataclasses import fields, replace
from fractions import Fraction

import pytest

from suite import evidence
from suite.edition_1_claims import Check, Claim, Observation, Published, agrees, decidable, find, judge
from suite.records import canonical_json, sha256

SOLVED = (">=", 0.5)


def check(statistic="median", relation=">=", threshold=0.5, seeds=10, arms=1, **others):
    names = tuple("abcde"[:arms])
    return Check("c", "e", "s", names, "m", statistic, relation, threshold, seeds, **others)


def observe(values, data="synthetic"):
    return [Observation(seed, {"m": value}, value is None, data) for seed, value in enumerate(values)]


def result(wanted, *columns):
    return find(wanted, {("s", arm): observe(values) for arm, values in zip("abcde", columns, strict=False)})


def outcome(wanted, *columns):
    return result(wanted, *columns).outcome


def shares(k, n):
    return [1.0] * k + [0.0] * (n - k)


def lines(slopes):
    return [[slope * x for slope in slopes] for x in (0.0, 1.0, 2.0)]


def claim(*checks, **others):
    known = {"id": "i", "source": "x", "locator": "l", "statement": "s", "dataset": "synthetic", "quick": ()}
    known |= {"prior": "p", "expects": ("reproduced",), "published": Published("1", "confirmed")}
    return Claim(checks=checks, **(known | others))


YES, NO, OPEN = [0.9] * 10, [0.1] * 10, [0.1, 0.9] * 5
PAIR = claim(replace(check(), id="one"), replace(check(), id="two", arms=("b",)))
CONTROL = replace(check(), id="control", arms=("c",), role="control")
GUARDED = replace(PAIR, checks=(*PAIR.checks, CONTROL))


def verdict(wanted, *columns, **others):
    return judge(wanted, {("s", arm): observe(values) for arm, values in zip("abcde", columns, strict=False)}, **others)


@pytest.mark.parametrize(
    ("word", "pairs"),
    [
        ("reproduced", [(YES, YES)]),
        ("partly", [(YES, NO), (NO, YES)]),
        ("not reproduced", [(NO, NO)]),
        ("inconclusive", [(OPEN, OPEN), (YES, OPEN), (OPEN, NO), (NO, OPEN)]),
    ],
)
def test_claim_checks_decide_the_word_and_controls_can_only_take_it_away(word, pairs):
    for pair in pairs:
        assert verdict(PAIR, *pair).word == verdict(GUARDED, *pair, YES).word == word
        spoiled, undecided = verdict(GUARDED, *pair, NO), verdict(GUARDED, *pair, OPEN)
        assert (spoiled.word, spoiled.reason) == ("invalid", "control check control failed")
        assert (undecided.word, undecided.reason) == ("inconclusive", "control check control is undecided")
        held = (word == "reproduced", None, False)
        assert tuple(v.prior_held for v in (verdict(PAIR, *pair), spoiled, undecided)) == held


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (observe(YES)[1:], "s/a: missing seed 0"),
        (observe(YES)[:7], "s/a: missing seed 7 and 2 more"),
        (observe(YES) + observe(YES)[3:4], "s/a: doubled seed 3"),
        (observe([*YES, 0.9]), "s/a: undeclared seed 10"),
        (observe(YES[1:]) + observe(YES, "digits")[9:], "s/a: data set 'digits' where the claim needs synthetic"),
        (observe(YES, ""), "s/a: data set '' where the claim needs synthetic"),
        ([], "s/a: missing seed 0 and 9 more"),
    ],
)
def test_evidence_other_than_declared_is_invalid_even_where_stale(rows, reason):
    evidence = {("s", "a"): rows, ("s", "b"): observe(YES)}
    for stale in ("", "the study changed"):
        found = judge(PAIR, evidence, stale=stale)
        assert (found.word, found.reason, found.prior_held) == ("invalid", reason, None)


def test_generated_data_count_for_every_claim_and_other_data_for_none_but_their_own():
    for wanted in ("mnist", "tiny_shakespeare"):
        for found, word in (("synthetic", "reproduced"), (wanted, "reproduced"), ("digits", "invalid")):
            evidence = {("s", "a"): observe(YES, found), ("s", "b"): observe(YES, wanted)}
            assert judge(replace(PAIR, dataset=wanted), evidence).word == word


def test_treatment_swapped_for_its_control_is_invalid():
    at_chance = replace(check(relation="<="), arms=("b",), role="control", id="chance")
    wanted = claim(check(relation=">=", threshold=0.2, arms=2), at_chance)
    assert verdict(wanted, YES, NO).word == "reproduced"
    assert verdict(wanted, NO, YES).reason == "control check chance failed"


def test_stale_and_not_run():
    found = verdict(PAIR, YES, YES, stale="the study changed")
    assert (found.word, found.reason, found.prior_held) == ("stale", "the study changed", None)
    assert judge(PAIR, {("s", "z"): observe(YES), ("s", "a"): []}, stale="x").word == "not run"


def test_a_claim_waits_for_all_its_studies_but_a_fault_in_one_that_has_run_is_not_hidden():
    two = claim(check(), replace(check(), study="t", id="later"))
    half = judge(two, {("s", "a"): observe(YES)})
    assert (half.word, half.reason, half.prior_held) == ("not run", "study t has not been run", None)
    faulty = judge(two, {("s", "a"): observe(YES)[1:]})
    assert (faulty.word, faulty.reason) == ("invalid", "s/a: missing seed 0")
    assert judge(two, {("s", "a"): observe(YES), ("t", "a"): observe(YES)}).word == "reproduced"


def complement(wanted, columns):
    """The same question about the seeds that do not succeed."""
    turned = replace(wanted, relation="<=", threshold=1 - wanted.threshold)
    return turned, [[1 - value for value in column] for column in columns]


@pytest.mark.parametrize("turn", [lambda *given: given, complement])
@pytest.mark.parametrize(("k", "slack", "threshold"), [(9, 0.0, 0.5), (3, 0.0, 0.7), (16, 0.2, 0.95), (8, 0.3, 0.95)])
def test_inconclusive_names_the_seeds_that_would_decide(k, slack, threshold, turn):
    seeds = 16 if k > 10 else 10
    wanted, columns = turn(check("proportion", ">=", threshold, seeds, success=SOLVED, slack=slack), [shares(k, seeds)])
    found = verdict(claim(wanted), *columns)
    assert found.word == "inconclusive"
    n = int(re.fullmatch(r"c: about (\d+) seeds would decide it", found.reason)[1])
    decided = []
    for size in range(n - 3, n + 1):
        exact, above = Fraction(k * size, seeds), Fraction(k, seeds) >= Fraction(threshold)
        count = math.ceil(exact - Fraction(1, 2)) if above else math.floor(exact + Fraction(1, 2))
        columns = turn(wanted, [shares(count, size)])[1]
        decided.append(outcome(replace(wanted, seeds=size, looks=2), *columns) != "undecided")
    assert decided == [False] * 3 + [True]


def test_inconclusive_promises_nothing_that_more_seeds_would_not_bring():
    even = check("proportion", success=SOLVED)
    assert verdict(claim(even), shares(5, 10)).reason == "c: open even at 10000 seeds"
    assert verdict(claim(check(seeds=10)), OPEN).reason == "c: open even at 10000 seeds"


def test_inconclusive_cells_are_counted():
    wanted = check("cells", ">=", 0.5, arms=3, success=(">=", 0.0))
    found = verdict(claim(wanted), [1.0] * 10, [-1.0, 1.0] * 5, [1.0, -1.0] * 5)
    assert (found.word, found.reason) == ("inconclusive", "c: 2 of 3 cells are open")


def test_inconclusive_ratio_names_the_seeds_on_logarithms():
    low, high = math.exp(-1), math.exp(0.5)
    wanted, column = check("ratio", ">=", 1.0, arms=2), [low, high] * 5
    found = result(wanted, column, [1.0] * 10)
    n = int(re.search(r"about (\d+) seeds", verdict(claim(wanted), column, [1.0] * 10).reason)[1])
    assert n == math.ceil(10 * ((math.log(found.high) + 0.25) / 0.25) ** 2)


@pytest.mark.parametrize(
    ("can", "wanted"),
    [
        (False, check(seeds=7)),
        (True, check(seeds=8)),
        (False, check(seeds=8, looks=2)),
        (True, check(seeds=8, relation="<=", arms=2)),
        (False, check("proportion", threshold=0.95, seeds=103, success=SOLVED)),  # 0.95 ** 103 > 0.005
        (True, check("proportion", threshold=0.95, seeds=104, success=SOLVED)),
        (False, check("proportion", threshold=0.95, seeds=104, success=SOLVED, looks=2)),
        (False, check("proportion", threshold=0.95, seeds=16, success=SOLVED, slack=0.2)),
        (True, check("proportion", threshold=0.95, seeds=24, success=SOLVED, slack=0.2)),
        (True, check("proportion", threshold=0.5, seeds=10, success=("<=", 1e30))),
        (True, check("proportion", "<=", 0.5, seeds=10, success=("<=", 1e30))),
        (False, check("proportion", "<=", 0.5, seeds=10, success=SOLVED, cells=100)),
        (False, check("proportion", threshold=0.1, seeds=7, success=SOLVED)),
        (True, check("difference_of_proportions", threshold=0.58, seeds=16, arms=2, success=SOLVED)),
        (False, check("difference_of_proportions", threshold=0.59, seeds=16, arms=2, success=SOLVED)),
        (True, check("difference_of_proportions", "<=", -0.58, seeds=16, arms=2, success=("<=", 0.0))),
        (False, check("mean", seeds=9)),
        (True, check("mean", "<=", 1e9)),
        (False, check("mean", "==", 0.0)),
        (True, check("ratio", threshold=1e7, arms=2)),
        (True, check("ratio", "<=", 1e-7)),
        (False, check("ratio", "<=", 0.0)),
        (True, check("slope", threshold=1e9, arms=3, levels=(2.0, 1.0, 0.0))),
        (True, check("rank_correlation", "<=", -0.9, arms=3, levels=(-2.0, -1.0, 0.0))),
        (False, check("rank_correlation", threshold=1.01, arms=3, levels=(0.0, 1.0, 2.0))),
        (True, check("trend", arms=3, seeds=8, levels=(2.0, 1.0, 0.0))),
        (True, check("trend", "<=", -0.5, arms=4, seeds=8)),
        (False, check("trend", threshold=1.5, arms=4, seeds=8)),
        (True, check("cells", threshold=0.8, arms=2, seeds=8, success=("<=", 3.0), levels=(1.0, -1.0))),
        (True, check("cells", "<=", 0.2, arms=2, seeds=8, success=(">=", 0.0))),
        (False, check("cells", threshold=0.8, arms=2, seeds=7, success=(">=", 0.0))),
        (False, check("cells", threshold=1.1, arms=2, seeds=8, success=(">=", 0.0))),
        (True, check("exact", "==", 0.0, seeds=1)),
        (True, check("exact", "<=", -3.0, seeds=1)),
        (False, check("exact", seeds=0)),
    ],
)
def test_a_check_is_decidable_if_the_best_data_at_its_own_n_decide_it(can, wanted):
    assert decidable(wanted) is can


@pytest.mark.parametrize(
    "wanted",
    [
        check("proportion"),  # when does a seed count?
        check("proportion", arms=2, success=SOLVED),
        check("difference_of_proportions", seeds=16, success=SOLVED),
        check("median", arms=3),
        check("slope", arms=3),  # over which levels?
        check("trend", arms=2),
        check("cells"),  # when does a cell count?
        check("ratio", censored_at=8.0),  # of one arm
        check("median", censored_at=8.0),
        check("mean", arms=2, censored_at=8.0),
    ],
)
def test_a_check_that_cannot_be_computed_is_an_error_not_a_number(wanted):
    with pytest.raises(ValueError, match=r"success|unpack|too many, or levels|three or more|two arms"):
        decidable(wanted)


def test_the_hash_of_a_claim_covers_all_that_decides_and_no_wording():
    changed = {"id": "d", "entry": "f", "study": "t", "arms": ("b",), "metric": "n", "statistic": "mean"}
    changed |= {"relation": "<=", "threshold": 0.5000001, "seeds": 11, "role": "control", "success": SOLVED}
    changed |= {"slack": 0.1, "levels": (0.0,), "looks": 2, "cells": 2, "censored_at": 1.0}
    assert set(changed) == {field.name for field in fields(Check)}
    hashes = [claim(replace(check(), **{name: value})).sha256() for name, value in changed.items()]
    hashes += [claim(check()).sha256(), claim(check(), check()).sha256(), claim(check(), dataset="mnist").sha256()]
    assert len(set(hashes)) == len(hashes)
    wording = {"statement": "t", "prior": "q", "quotation": "u", "source": "y", "locator": "m", "expects": ("partly",)}
    wording |= {"published": Published("2", "from memory"), "dropped": {"a": "b"}, "quick": (check(),)}
    assert claim(check(), **wording).sha256() == claim(check()).sha256()


@pytest.mark.parametrize(
    ("wanted", "values", "met"),
    [
        (check(seeds=4), [0.1, 0.5, 0.5, 0.9], True),
        (check(seeds=4), [0.1, 0.1, 0.89, 0.9], False),
        (check("mean", "<=", seeds=2), [0.4, 0.6], True),
        (check("mean", "<=", seeds=2), [0.4, 0.7], False),
        (check("mean", "<=", seeds=2), [0.4, None], False),
        (check("proportion", threshold=0.75, seeds=4, success=SOLVED, slack=0.5), [1.0, 1.0, 1.0, None], True),
        (check("proportion", threshold=0.75, seeds=4, success=SOLVED, slack=0.5), [1.0, 1.0, 0.0, None], False),
        (check("exact", "==", seeds=2), [0.5, 0.5], True),
        (check("exact", "==", seeds=2), [0.5, 0.4], False),
        (check("exact", ">=", seeds=2), [0.5, 0.4], False),
        (check(seeds=0), [], False),
    ],
)
def test_a_quick_finding_is_met_by_its_estimate_alone(wanted, values, met):
    quick = claim(check(), quick=(wanted,))
    found, (finding,) = agrees(quick, {("s", "a"): observe(values)})
    assert (found, finding.check) == (met, wanted)
    both = replace(quick, quick=(wanted, replace(wanted, arms=("b",))))
    assert not agrees(both, {("s", "a"): observe(values), ("s", "b"): observe([None] * len(values))})[0]


def test_the_seeds_of_a_claim_are_those_of_what_it_judges_and_not_of_its_controls():
    few = tuple(replace(one, seeds=8) for one in PAIR.checks)
    judged = judge(replace(PAIR, checks=(*few, CONTROL)), {})
    assert evidence.describe(judged, [])["seeds"] == 8 < CONTROL.seeds


def test_a_claim_without_censoring_keeps_the_hash_it_had_before_there_was_any():
    known = {field.name: getattr(check(), field.name) for field in fields(Check) if field.name != "censored_at"}
    assert claim(check()).sha256() == sha256(canonical_json([known, "synthetic"]))


CENSORED = check("ratio", threshold=1.5, arms=2, censored_at=8.0)
EARLY, LATE = [4.0, 4.4] * 5, [8.0] * 10


@pytest.mark.parametrize(
    ("columns", "with_budget", "without"),
    [
        ((LATE, LATE), "undecided", "fails"),  # two runs that were cut off are no tie
        ((LATE, EARLY), "holds", "holds"),  # slower still than it says
        (([8.0, *EARLY[1:]], EARLY), "undecided", "fails"),
        ((EARLY, LATE), "fails", "fails"),  # faster still than it says
        ((LATE, [8.0, *[1.0] * 9]), "undecided", "holds"),
        ((EARLY, EARLY), "fails", "fails"),  # nothing was cut off
        ((LATE, [None, *EARLY[1:]]), "undecided", "undecided"),
        (([8.0, None, *EARLY[2:]], EARLY), "undecided", "fails"),
    ],
)
def test_a_time_that_the_budget_cut_off_bounds_a_ratio_on_one_side_only(columns, with_budget, without):
    assert outcome(CENSORED, *columns) == with_budget
    assert outcome(replace(CENSORED, censored_at=None), *columns) == without
    mirrored = replace(CENSORED, relation="<=", threshold=1 / 1.5)
    assert outcome(mirrored, *reversed(columns)) == with_budget


LOGS = check("median", threshold=1.0, arms=2, seeds=16, censored_at=3.0)  # log2 of times, 8 the budget


@pytest.mark.parametrize(
    ("treatment", "control", "with_budget", "without"),
    [
        ([3.0] * 16, [1.9] * 16, "holds", "holds"),  # longer still than it says
        ([3.0] * 16, [2.5] * 16, "undecided", "fails"),
        ([3.0] * 16, [3.0] * 16, "undecided", "fails"),  # two runs that were cut off are no tie
        ([1.0] * 16, [3.0] * 16, "fails", "fails"),
        ([3.0] * 16, [3.0, *[1.9] * 15], "holds", "holds"),  # one seed in sixteen leaves a median where it is
        ([2.5] * 16, [3.0, *[2.0] * 15], "fails", "fails"),
        ([3.0, *[2.5] * 15], [2.0] * 16, "fails", "fails"),
        ([3.0] * 6 + [2.5] * 10, [2.0] * 16, "undecided", "undecided"),
        ([None, *[3.0] * 15], [1.9] * 16, "holds", "holds"),
    ],
)
def test_times_that_the_budget_cut_off_bound_the_median_seed_by_seed(treatment, control, with_budget, without):
    assert outcome(LOGS, treatment, control) == with_budget
    assert outcome(replace(LOGS, censored_at=None), treatment, control) == without
    mirrored = replace(LOGS, relation="<=", threshold=-1.0)
    assert outcome(mirrored, control, treatment) == with_budget


def test_a_check_that_censoring_leaves_open_asks_for_no_seeds():
    said = judge(claim(CENSORED), {("s", arm): observe(LATE) for arm in "ab"})
    assert (said.word, said.reason) == ("inconclusive", "c: runs that the budget cut off leave it open")
