"""What each question makes of the numbers of one seed, worked by hand."""

import math
from dataclasses import replace

import pytest

from suite.questions import (
    Observation,
    at_chance,
    beats_chance,
    both,
    either,
    falls,
    less,
    more,
    passes,
    rises,
    sooner,
    spelled,
    within,
)  # fmt: skip

DOWN, UP = math.nextafter(0.5, 0), math.nextafter(0.5, 1)


def row(**arms):
    """One seed: the number `m` of each arm, or all its numbers; None is a trial that failed."""
    found = {}
    for arm, numbers in arms.items():
        metrics = numbers if isinstance(numbers, dict) else {"m": numbers}
        found[arm] = Observation(1000, metrics, numbers is None, "synthetic")
    return found


def answers(question, *rows):
    return [question.answer(row(**arms)) for arms in rows]


@pytest.mark.parametrize(
    ("relation", "below", "equal", "above"),
    [
        (">", "no", "tie", "yes"),
        (">=", "no", "yes", "yes"),
        ("<", "yes", "tie", "no"),
        ("<=", "yes", "yes", "no"),
        ("==", "no", "yes", "no"),
    ],
)
def test_passing_a_level_is_exact_and_only_a_strict_one_has_ties(relation, below, equal, above):
    found = answers(passes("a", "m", relation, 0.5), {"a": DOWN}, {"a": 0.5}, {"a": UP})
    assert found == [below, equal, above]


@pytest.mark.parametrize(
    ("question", "treated", "baseline", "answer"),
    [
        (less("m", "a", than="b"), 1.0, 2.0, "yes"),
        (less("m", "a", than="b"), 2.0, 1.0, "no"),
        (less("m", "a", than="b"), 1.0, 1.0, "tie"),
        (more("m", "a", than="b"), 2.0, 1.0, "yes"),
        (more("m", "a", than="b"), 1.0, 2.0, "no"),
        (more("m", "a", than="b"), 1.0, 1.0, "tie"),
        (less("m", "a", than="b", times=0.5), 0.9, 2.0, "yes"),
        (less("m", "a", than="b", times=0.5), 1.0, 2.0, "tie"),
        (less("m", "a", than="b", times=0.5), 1.1, 2.0, "no"),
        (more("m", "a", than="b", times=10.0), 21.0, 2.0, "yes"),
        (more("m", "a", than="b", times=10.0), 20.0, 2.0, "tie"),
        (more("m", "a", than="b", times=10.0), 19.0, 2.0, "no"),
        # A treated arm that failed says nothing; a baseline that failed is as bad as can be.
        (less("m", "a", than="b"), None, 1.0, "failed"),
        (more("m", "a", than="b"), None, 1.0, "failed"),
        (less("m", "a", than="b"), None, None, "failed"),
        (less("m", "a", than="b"), 1.0, None, "yes"),
        (more("m", "a", than="b"), 1.0, None, "no"),
        (more("m", "a", than="b", high_is_good=True), 1.0, None, "yes"),
        (less("m", "a", than="b", high_is_good=True), 1.0, None, "no"),
    ],
)
def test_better_and_worse_compare_two_arms_of_a_seed(question, treated, baseline, answer):
    assert question.answer(row(a=treated, b=baseline)) == answer


@pytest.mark.parametrize(
    ("times", "treated", "baseline", "sooner_said", "later_said"),
    [  # a budget of 10, at which a time is at least 10
        (1.0, 3.0, 4.0, "yes", "no"),
        (1.0, 4.0, 3.0, "no", "yes"),
        (1.0, 4.0, 4.0, "tie", "tie"),
        (1.0, 9.0, 10.0, "yes", "no"),
        (1.0, 10.0, 9.0, "no", "yes"),
        (1.0, 10.0, 10.0, "tie", "tie"),
        (0.5, 4.0, 10.0, "yes", "no"),  # half of at least 10 is more than 4
        (0.5, 5.0, 10.0, "tie", "tie"),  # and may be more than 5 or 5 itself
        (0.5, 6.0, 10.0, "tie", "tie"),
        (0.5, 10.0, 9.0, "no", "yes"),
        (2.0, 10.0, 4.0, "no", "yes"),  # twice 4 is less than at least 10
        (2.0, 10.0, 6.0, "tie", "tie"),  # 12 may be more than at least 10, or not
        (2.0, 9.0, 10.0, "yes", "no"),
        (2.0, 10.0, 10.0, "tie", "tie"),
        (1.0, 11.0, 12.0, "tie", "tie"),  # a run may end a little after its budget
        (1.0, 10.0, None, "yes", "no"),
        (1.0, None, 10.0, "failed", "failed"),
    ],
)
def test_a_time_that_the_budget_cut_off_bounds_a_comparison_from_one_side(
    times, treated, baseline, sooner_said, later_said
):
    asked = sooner("m", "a", than="b", budget=10.0, times=times)
    found = row(a=treated, b=baseline)
    assert (asked.answer(found), replace(asked, relation=">").answer(found)) == (sooner_said, later_said)


def test_an_arm_may_be_compared_with_itself_and_metrics_with_each_other():
    found = row(a={"early": 1.0, "late": 2.0}, b={"late": 0.5})
    assert less("early", "a", than_metric="late").answer(found) == "yes"
    assert less("early", "a", than="b", than_metric="late").answer(found) == "no"
    assert less("early", "a", than_metric="late").reads() == (("a", "early"), ("a", "late"))
    assert less("m", "a", than="b").reads() == (("a", "m"), ("b", "m"))


@pytest.mark.parametrize(
    ("numbers", "rising", "falling"),
    [
        ((1.0, 2.0, 3.0), "yes", "no"),
        ((3.0, 2.0, 1.0), "no", "yes"),
        ((1.0, 3.0, 2.0), "yes", "no"),  # a rank correlation of one half
        ((2.0, 2.0, 2.0), "tie", "tie"),
        ((2.0, 2.0, 3.0), "yes", "no"),
        ((1.0, 3.0, 1.0), "tie", "tie"),  # up as much as down
        ((1.0, None, 3.0), "failed", "failed"),
        ((1.0, 1e9, -1e9), "no", "yes"),  # ranks, of which size is no part
    ],
)
def test_rising_and_falling_are_signs_of_the_rank_correlation(numbers, rising, falling):
    found = row(**dict(zip("abc", numbers, strict=True)))
    assert rises("m", "a", "b", "c").answer(found) == rising
    assert falls("m", "a", "b", "c").answer(found) == falling


def test_levels_are_in_the_order_of_the_arms():
    found = row(a=3.0, b=1.0, c=2.0)
    assert rises("m", "b", "c", "a").answer(found) == "yes"
    assert rises("m", "b", "c", "a").reads() == (("b", "m"), ("c", "m"), ("a", "m"))


# Of 100 examples 63 right give an exact 99 % interval from 0.496, 64 from 0.506: tables of Clopper and Pearson.
@pytest.mark.parametrize(("right", "learned"), [(0, "no"), (50, "no"), (63, "no"), (64, "yes"), (100, "yes")])
def test_learning_shows_once_the_lower_end_on_the_test_sample_exceeds_the_best_constant_answer(right, learned):
    turned = {"yes": "no", "no": "yes"}[learned]
    facts = {"samples": 100, "constant": 0.5}
    assert beats_chance("a", "m", **facts).answer(row(a=right / 100)) == learned
    assert at_chance("a", "m", **facts).answer(row(a=right / 100)) == turned
    error = row(a=100.0 - right)
    assert beats_chance("a", "m", percent=True, **facts).answer(error) == learned
    assert at_chance("a", "m", percent=True, **facts).answer(error) == turned


def test_chance_counts_whole_examples_and_stays_among_them_and_a_failed_seed_says_neither():
    facts = {"samples": 100, "constant": 0.5}
    assert answers(beats_chance("a", "m", **facts), {"a": 0.6351}, {"a": 0.6349}) == ["yes", "no"]
    assert answers(beats_chance("a", "m", **facts), {"a": 1.01}, {"a": -0.01}) == ["yes", "no"]
    assert answers(at_chance("a", "m", **facts), {"a": None}) == ["failed"]
    assert answers(beats_chance("a", "m", **facts), {"a": None}) == ["failed"]
    assert answers(beats_chance("a", "m", samples=100, constant=0.0), {"a": 0.0}) == ["no"], "as good is not better"
    sure = at_chance("a", "m", samples=1000, constant=1.0)  # every example has the one answer: nothing to learn
    assert sure.answer(row(a=1.0)) == "yes"


@pytest.mark.parametrize(
    ("numbers", "answer"),
    [
        ({"a": 1.0, "b": 1.2}, "yes"),
        ({"a": 1.2, "b": 1.0}, "yes"),
        ({"a": 1.0, "b": 1.5}, "tie"),
        ({"a": 1.0, "b": 1.6}, "no"),
        ({"a": 1.6, "b": 1.0}, "no"),
        ({"a": None, "b": 1.0}, "failed"),
        ({"a": 1.0, "b": None}, "failed"),
    ],
)
def test_two_arms_are_the_same_within_a_number(numbers, answer):
    assert within("m", "a", of="b", yardstick=0.5).answer(row(**numbers)) == answer


@pytest.mark.parametrize(
    ("one", "two", "answer"),
    [
        (5.0, 8.0, "yes"),
        (8.0, 5.0, "yes"),
        (5.0, 6.0, "no"),
        (5.0, 7.0, "tie"),
        (5.0, 5.0, "no"),
        (None, 8.0, "failed"),
    ],
)
def test_two_arms_are_the_same_within_what_two_others_of_the_seed_differ(one, two, answer):
    asked = within("m", "a", of="b", yardstick=("c", "d"))
    assert asked.answer(row(a=1.0, b=3.0, c=one, d=two)) == answer
    assert asked.reads() == (("a", "m"), ("b", "m"), ("c", "m"), ("d", "m"))
    assert within("m", "a", of="b", yardstick=1).reads() == (("a", "m"), ("b", "m"))


HIGH = {letter: passes(letter, "m", ">", 0.5) for letter in "ab"}
PART = {"yes": 1.0, "no": 0.0, "tie": 0.5, "failed": None}


@pytest.mark.parametrize(
    ("one", "two", "all_of_them", "some_of_them"),
    [
        ("yes", "yes", "yes", "yes"),
        ("yes", "no", "no", "yes"),
        ("yes", "tie", "tie", "yes"),
        ("yes", "failed", "failed", "yes"),
        ("no", "no", "no", "no"),
        ("no", "tie", "no", "tie"),
        ("no", "failed", "no", "failed"),
        ("tie", "tie", "tie", "tie"),
        ("tie", "failed", "failed", "tie"),
        ("failed", "failed", "failed", "failed"),
    ],
)
def test_both_and_either_join_the_answers_of_their_parts(one, two, all_of_them, some_of_them):
    for a, b in ((one, two), (two, one)):
        found = row(a=PART[a], b=PART[b])
        assert both(HIGH["a"], HIGH["b"]).answer(found) == all_of_them
        assert either(HIGH["a"], HIGH["b"]).answer(found) == some_of_them
    assert both(HIGH["a"], either(HIGH["b"], HIGH["a"])).reads() == (("a", "m"), ("b", "m"))


def test_a_number_that_came_out_infinite_is_a_failure_whatever_the_status_says():
    assert passes("a", "m", "<", 0.5).answer(row(a={"m": None})) == "failed"
    assert passes("a", "m", "<", 0.5).answer(row(a={"other": 0.1})) == "failed"
    crashed = {"a": Observation(1000, {"m": 0.1}, True, "synthetic")}
    assert passes("a", "m", "<", 0.5).answer(crashed) == "failed", "what a failed run left behind is not read"


EVERY = [
    passes("a", "m", ">", 0.5), passes("a", "m", "<", 0.5), passes("a", "m", ">", 0.6), passes("b", "m", ">", 0.5),
    passes("a", "n", ">", 0.5), less("m", "a", than="b"), more("m", "a", than="b"), less("n", "a", than="b"),
    less("m", "a", than="b", times=2.0), less("m", "a", than="b", than_metric="n"), less("m", "b", than="a"),
    less("m", "a", than="b", high_is_good=True), sooner("m", "a", than="b", budget=10.0),
    sooner("m", "a", than="b", budget=11.0), rises("m", "a", "b"), falls("m", "a", "b"), rises("m", "b", "a"),
    at_chance("a", "m", samples=100, constant=0.5), beats_chance("a", "m", samples=100, constant=0.5),
    beats_chance("a", "m", samples=101, constant=0.5), beats_chance("a", "m", samples=100, constant=0.6),
    beats_chance("a", "m", samples=100, constant=0.5, percent=True), within("m", "a", of="b", yardstick=0.5),
    within("m", "a", of="b", yardstick=("a", "b")), within("m", "a", of="b", yardstick=("b", "a")),
    both(HIGH["a"], HIGH["b"]), either(HIGH["a"], HIGH["b"]), both(HIGH["b"], HIGH["a"]),
]  # fmt: skip


def test_questions_that_can_answer_otherwise_are_spelled_otherwise_and_told_otherwise():
    texts = [str(spelled(question)) for question in EVERY]
    assert len(set(texts)) == len(EVERY)
    told = [q for q in EVERY if not getattr(q, "high_is_good", False) and not getattr(q, "percent", False)]
    assert len({question.words() for question in told}) == len(told)


def test_spelling_is_json_and_holds_kind_and_every_field():
    assert spelled(less("m", "a", than="b")) == [
        "Compares",
        {"metric": "m", "arm": "a", "relation": "<", "than": "b", "than_metric": "", "times": 1.0, "budget": None,
         "high_is_good": False},
    ]  # fmt: skip
    assert spelled(both(HIGH["a"]))[1]["parts"] == [spelled(HIGH["a"])]
    assert spelled(both(HIGH["a"]))[0] != spelled(either(HIGH["a"]))[0]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (passes("deep", "error", "<=", 3), "error of deep ≤ 3"),
        (less("error", "deep", than="flat"), "error of deep < that of flat, same seed"),
        (more("error", "deep", times=2, than_metric="first"), "error of deep > 2 times first of deep, same seed"),
        (sooner("step", "a", than="b", budget=9), "step of a < that of b, same seed (a time, cut off at 9)"),
        (passes("a", "strings", "<=", 15_001_600), "strings of a ≤ 15_001_600"),
        (falls("loss", "a", "b"), "loss falls over a, b (rank correlation within the seed)"),
        (within("m", "a", of="b", yardstick=0.5), "m of a and b differ by less than 0.5, same seed"),
        (within("m", "a", of="b", yardstick=("c", "d")), "m of a and b differ by less than c and d differ, same seed"),
        (both(HIGH["a"], HIGH["b"]), "m of a > 0.5; and m of b > 0.5"),
        (either(HIGH["a"], HIGH["b"]), "m of a > 0.5; or m of b > 0.5"),
        (
            at_chance("a", "m", samples=100, constant=0.5),
            "m of a does not beat the best constant answer (0.5), by the lower end of its exact 99 % interval on 100 "
            "examples",
        ),
    ],
)
def test_a_question_is_told_in_words(question, words):
    assert question.words() == words
