"""The word of a claim: from its checks, after its guards, and never from evidence that was not declared."""

from dataclasses import replace

import pytest
from made_up import answering, any_of, check, claim, listed, trials

from suite.claims import direction
from suite.judging import judge, most_seeds
from suite.questions import less, passes

YES, NO, SPLIT, OPEN = "y" * 12, "n" * 12, "yn" * 24, "yn" * 23 + "yy"
WAY = {"Y": YES, "N": NO, "S": SPLIT, "O": OPEN, "-": ""}  # outcomes: holds, fails, split, undecided, not run


def said(wanted, **arms):
    return judge(wanted, answering(**arms))


def word(wanted, ways):
    """The verdict where the arms a, b, … go these ways."""
    return said(wanted, **{arm: WAY[way] for arm, way in zip("abcdefgh", ways, strict=False) if way != "-"}).word


PAIR = claim(check("one"), check("two", arm="b"))
SIZED = claim(check("one"), check("two", arm="b"), check("how much", "size", arm="c"))


@pytest.mark.parametrize(
    ("expected", "all_ways"),
    [
        ("reproduced", ["YYY"]),
        ("partly", ["YNY", "NYY", "YYN", "YYS", "YSY", "YNN", "YON", "YNO", "NYO", "YN-", "Y-N"]),
        ("not reproduced", ["NNY", "NNN", "NNO", "SSY", "SNN", "NN-"]),
        ("undecided", ["OYY", "YYO", "YOY", "OOO", "NOY", "NON", "ONS", "OOY", "SOY"]),
        ("not run", ["---", "YY-", "Y-Y", "N-N", "O-Y", "--N"]),
    ],
)
def test_the_word_follows_from_directions_and_sizes(expected, all_ways):
    for ways in all_ways:
        assert word(SIZED, ways) == expected, ways


def test_an_open_check_leaves_a_word_open_only_where_it_could_change_it():
    found = judge(SIZED, answering(a=YES, b=OPEN, c=OPEN))
    assert (found.word, found.reason) == ("undecided", "open: two, how much")
    waiting = judge(SIZED, answering(a=YES, b=YES))
    assert (waiting.word, waiting.reason) == ("not run", "how much has not been run")
    many = claim(*(check(f"c{n}", arm=f"a{n}") for n in range(60)))
    arms = {f"a{n}": OPEN for n in range(60)}
    assert said(many, **arms).word == "undecided", "60 open checks, of 2^60 ways to end"


def test_scope_never_changes_the_word():
    wanted = claim(check("one"), check("far", "scope", arm="b"))
    for way in "YNSO-":
        assert word(wanted, "Y" + way) == "reproduced"
        assert word(wanted, "N" + way) == "not reproduced"
    assert [f.outcome for f in said(wanted, a=YES, b=NO).findings] == ["holds", "fails"]


# Guards.


@pytest.mark.parametrize(
    ("expected", "ways"),
    [
        ("reproduced", "YY"), ("undecided", "YO"), ("invalid", "YN"), ("invalid", "YS"), ("undecided", "Y-"),
        ("not reproduced", "NY"), ("not reproduced", "NO"), ("invalid", "NN"), ("undecided", "OY"), ("invalid", "ON"),
    ],
)  # fmt: skip
def test_a_check_cannot_hold_before_its_control_and_is_void_once_that_failed(expected, ways):
    wanted = claim(check("one"), check("guard", "control", arm="b", guards=("one",)))
    assert word(wanted, ways) == expected
    if expected == "invalid":
        arms = {arm: WAY[way] for arm, way in zip("ab", ways, strict=True)}
        assert said(wanted, **arms).reason == "a control that guards one failed"
        assert said(wanted, **arms).findings[0].outcome == "void"


def test_a_control_guards_what_it_names_and_nothing_else():
    guard = check("guard", "control", arm="c", guards=("one",))
    wanted = claim(check("one"), check("two", arm="b"), guard)
    assert [f.outcome for f in said(wanted, a=YES, b=YES, c=OPEN).findings] == ["undecided", "holds", "undecided"]
    two = replace(wanted, checks=(*wanted.checks, check("other", "control", arm="d", guards=("one", "two"))))
    assert said(two, a=YES, b=YES, c=YES, d=OPEN).word == "undecided"
    assert said(two, a=YES, b=YES, c=YES, d=YES).word == "reproduced"
    assert said(two, a=YES, b=YES, c=NO, d=YES).word == "invalid"


def test_a_control_of_scope_never_invalidates():
    wanted = claim(
        check("one"),
        check("far", "scope", arm="b"),
        check("guard", "control", arm="c", guards=("far",)),
        check("size", "size", arm="d"),
        check("of size", "control", arm="e", guards=("size",)),
    )
    found = said(wanted, a=YES, b=YES, c=NO, d=YES, e=YES)
    assert (found.word, [f.outcome for f in found.findings]) == (
        "reproduced",
        ["holds", "void", "fails", "holds", "holds"],
    )
    assert said(wanted, a=YES, b=YES, c=YES, d=YES, e=NO).word == "invalid", "a control of a size does"


@pytest.mark.parametrize("node", [any_of, listed])
def test_members_that_are_void_are_left_out_or_open_and_all_of_them_void_the_claim(node):
    members = [check(arm, arm=arm) for arm in "abc"]
    guards = [check(f"of {arm}", "control", arm=other, guards=(arm,)) for arm, other in zip("abc", "def", strict=True)]
    wanted = claim(node(*members), *guards)
    assert word(wanted, "YYYYYY") == "reproduced"
    assert word(wanted, "YYYYYN") == "reproduced"
    assert word(wanted, "YYYNNN") == "invalid"
    assert word(wanted, "NNYYYN") == ("not reproduced")
    assert word(wanted, "NOYYYN") == "undecided"
    assert word(wanted, "YNYOYY") == ("reproduced" if node is any_of else "undecided")
    assert word(wanted, "YNNOYY") == "undecided" if node is any_of else "not reproduced"
    assert [f.outcome for f in said(wanted, a=YES, b=NO, c=YES, d=YES, e=YES, f=NO).findings[0].of] == [
        "holds", "fails", "void",
    ]  # fmt: skip


def test_any_of_that_is_left_is_judged_at_the_error_of_all():
    members = [check(arm, arm=arm) for arm in "abcd"]
    wanted = claim(any_of(*members), check("guard", "control", arm="e", guards=("b", "c", "d")))
    assert word(wanted, "YNNNN") == "undecided", "12 of 12 decides at one third of the error, not at one quarter"


@pytest.mark.parametrize("node", [any_of, listed])
def test_a_group_is_guarded_as_a_whole(node):
    wanted = claim(node(check("a"), check("b", arm="b")), check("guard", "control", arm="c", guards=(node().id,)))
    assert [word(wanted, ways) for ways in ("YYY", "YYO", "YYN", "NNO")] == [
        "reproduced", "undecided", "invalid", "not reproduced",
    ]  # fmt: skip


# Evidence.


def rows(letters="y" * 12, dataset="synthetic"):
    return trials(({"y": 1.0, "f": None}[letter] for letter in letters), dataset)


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (rows()[1:], "s/a: missing seed 1000"),
        (rows("y" * 14)[:11] + rows("y" * 14)[13:], "s/a: missing seed 1011 and 1 more"),
        (rows() + rows()[3:4], "s/a: doubled seed 1003"),
        (rows("y" * 49), "s/a: undeclared seed 1048"),
        ([replace(row, seed=row.seed - 1000) for row in rows()], "s/a: undeclared seed 0 and 11 more"),
        ([*rows(), replace(rows()[0], seed=10_000)], "s/a: undeclared seed 10000"),
        (rows(dataset="digits"), "s/a: data set 'digits' where the claim needs synthetic"),
        (rows("y" * 11) + rows(dataset="")[11:], "s/a: data set '' where the claim needs synthetic"),
        (trials([1.0] * 12, metric="test_acc"), "s/a: no trial has a metric 'm', which check one reads"),
    ],
)
def test_evidence_other_than_declared_is_invalid_even_where_stale(evidence, reason):
    found = {("s", "a"): evidence, ("s", "b"): rows()}
    for stale in ("", "the study changed"):
        verdict = judge(PAIR, found, stale=stale)
        assert (verdict.word, verdict.reason, verdict.findings) == ("invalid", reason, ())


def test_evidence_of_scope_and_of_controls_must_be_as_declared_too():
    wanted = claim(check("one"), check("far", "scope", arm="b"), check("g", "control", arm="c", guards=("one",)))
    for arm in "bc":
        evidence = {("s", a): rows() for a in "abc"} | {("s", arm): rows()[1:]}
        assert judge(wanted, evidence).reason == f"s/{arm}: missing seed 1000"


def test_seeds_that_another_claim_asks_for_are_declared():
    short, long_ = claim(check("one", most=24)), claim(check("one", most=96), id="longer")
    evidence = {("s", "a"): rows("y" * 25)}
    assert judge(short, evidence).reason == "s/a: undeclared seed 1024"
    assert judge(short, evidence, declared=most_seeds([long_, short])).word == "reproduced"
    assert most_seeds([short, long_]) == {("s", "a"): 96}
    group_ = claim(any_of(check("x", arm="x"), check("y", arm="y", most=240)), check("e", bar="exact", arm="z"))
    assert most_seeds([group_]) == {("s", "x"): 48, ("s", "y"): 240, ("s", "z"): 1}


def test_a_metric_that_came_to_no_number_in_any_seed_is_an_outcome_and_no_fault():
    """As a loss at a rate where all diverge: the other is lower. A name that no trial has is a mistake."""
    wanted = claim(direction("c", "it is less", "s", less("m", "a", than="b")))
    diverged = [replace(row, metrics={"m": None}) for row in rows()]
    assert judge(wanted, {("s", "a"): rows(), ("s", "b"): diverged}).word == "reproduced"
    assert judge(wanted, {("s", "a"): diverged, ("s", "b"): rows()}).word == "not reproduced"
    nameless = [replace(row, metrics={"other": 1.0}) for row in rows()]
    assert judge(wanted, {("s", "a"): rows(), ("s", "b"): nameless}).word == "invalid"


def test_a_metric_that_only_failed_seeds_lack_is_no_fault():
    assert judge(claim(check()), {("s", "a"): rows("f" * 12)}).word == "not reproduced"
    assert judge(claim(check()), {("s", "a"): rows("f" + "y" * 23)}).word == "reproduced"


def test_generated_data_count_for_every_claim_and_other_data_for_none_but_their_own():
    for wanted in ("mnist", "tiny_shakespeare"):
        for found, expected in (("synthetic", "reproduced"), (wanted, "reproduced"), ("digits", "invalid")):
            evidence = {("s", "a"): rows(dataset=found), ("s", "b"): rows(dataset=wanted)}
            assert judge(replace(PAIR, dataset=wanted), evidence).word == expected


def test_a_claim_whose_problems_are_of_two_data_sets_counts_both_and_no_third():
    several = replace(PAIR, dataset="mnist", also=("tiny_shakespeare",))
    for found, expected in (("tiny_shakespeare", "reproduced"), ("mnist", "reproduced"), ("digits", "invalid")):
        evidence = {("s", "a"): rows(dataset=found), ("s", "b"): rows(dataset="mnist")}
        assert judge(several, evidence).word == expected
    assert judge(several, evidence).reason == "s/a: data set 'digits' where the claim needs mnist or tiny_shakespeare"


def test_stale_and_not_run():
    found = judge(PAIR, answering(a=YES, b=YES), stale="the study changed")
    assert (found.word, found.reason) == ("stale", "the study changed")
    assert judge(PAIR, answering(a=OPEN, b=YES), stale="the study changed").word == "stale"
    assert judge(PAIR, answering(z=YES, a=""), stale="the study changed").word == "not run"
    assert judge(PAIR, {}).word == "not run"


def test_a_claim_waits_for_all_its_studies_but_a_fault_in_one_that_has_run_is_not_hidden():
    two = claim(check("one"), direction("later", "it shows", "t", passes("a", "m", ">", 0.5)))
    half = judge(two, {("s", "a"): rows()})
    assert (half.word, half.reason) == ("not run", "later has not been run")
    assert judge(two, {("s", "a"): rows()[1:]}).reason == "s/a: missing seed 1000"
    assert judge(two, {("s", "a"): rows(), ("t", "a"): rows()}).word == "reproduced"
