"""Every claim that can be answered both ways is found to be, and one that cannot is found out."""

import pytest
from made_up import any_of, check, claim, listed

from suite.claims import control, direction, scope, size
from suite.judging import judge
from suite.questions import (
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
    within,
)
from suite.reaching import reach

WORDS = ("reproduced", "not reproduced")
QUESTIONS = [
    passes("a", "m", ">", 0.5), passes("a", "m", ">=", 3.0), passes("a", "m", "<", 1e-3), passes("a", "m", "<=", 0.0),
    passes("a", "m", "==", 7.0), less("m", "a", than="b"), more("m", "a", than="b"), less("m", "a", than_metric="n"),
    less("m", "a", than="b", times=0.1), less("m", "a", than="b", times=10.0), more("m", "a", than="b", times=0.1),
    more("m", "a", than="b", times=10.0), more("m", "a", than="b", times=1000.0, high_is_good=True),
    sooner("m", "a", than="b", budget=8000.0), sooner("m", "a", than="b", budget=8.0, times=0.05),
    sooner("m", "a", than="b", budget=8.0, times=20.0), rises("m", "a", "b"), falls("m", "a", "b", "c", "d"),
    at_chance("a", "m", samples=10_000, constant=0.5), beats_chance("a", "m", samples=10_000, constant=0.1135),
    at_chance("a", "m", samples=1000, constant=0.9, percent=True), within("m", "a", of="b", yardstick=0.02),
    beats_chance("a", "m", samples=10_000, constant=0.5, percent=True),
    within("m", "a", of="b", yardstick=("c", "d")), both(passes("a", "m", ">", 0.5), passes("b", "m", "<", 0.1)),
    either(passes("a", "m", ">", 0.5), less("m", "b", than="c")),
    both(rises("m", "a", "b", "c"), either(less("n", "a", than="b"), less("n", "b", than="a"))),
]  # fmt: skip


def reached(wanted, word):
    evidence = reach(wanted, word)
    assert evidence is None or judge(wanted, evidence).word == word
    return evidence is not None


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("asks", QUESTIONS, ids=lambda asks: asks.words()[:60])
def test_some_data_lead_to_either_word_whatever_the_question(asks, word):
    assert reached(claim(direction("c", "it shows", "s", asks)), word)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    ("bar", "most"), [("most", 48), ("almost every", 96), ("rarely", 96), ("some", 240), ("never", 240), ("exact", 48)]
)
def test_some_data_lead_to_either_word_whatever_the_bar(bar, most, word):
    assert reached(claim(check(bar=bar, most=most)), word)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("of", [any_of, listed, lambda *checks: listed(*checks, bar="rarely")])
def test_some_data_lead_to_either_word_of_a_group(of, word):
    members = [check(f"c{n}", arm=f"a{n}") for n in range(12)]
    assert reached(claim(of(*members)), word)
    turned = [check(f"c{n}", arm=f"a{n}", bar="never", most=240) for n in range(3)]
    assert reached(claim(of(*turned)), word)


@pytest.mark.parametrize("word", WORDS)
def test_controls_hold_and_scope_is_not_asked(word):
    wanted = claim(
        check("one"),
        size("much", "by much", "s", less("m", "a", than="b", times=0.5)),
        control("alive", "b learns", "s", passes("b", "m", ">", 0.7), guards=("one", "much")),
        control(
            "never broken", "it breaks", "s", passes("b", "loss", ">", 9.0), bar="never", most=240, guards=("one",)
        ),
        scope("far", "it shows far away", "t", passes("z", "m", ">", 0.5)),
        scope("else", "it shows elsewhere", "s", passes("a", "another", ">", 0.5)),  # a metric that is only its own
    )
    assert reached(wanted, word)


def test_equivalence_in_two_halves_can_never_be_not_reproduced():
    """Less than 0.1 above it and less than 0.1 below it: where one half fails the other holds."""
    low = direction("not above", "", "s", passes("a", "difference", "<", 0.1))
    high = direction("not below", "", "s", passes("a", "difference", ">", -0.1))
    assert reached(claim(low, high), "reproduced")
    assert not reached(claim(low, high), "not reproduced")


def test_what_contradicts_itself_or_its_control_is_never_reproduced():
    up, down = direction("up", "", "s", rises("m", "a", "b")), direction("down", "", "s", falls("m", "a", "b"))
    assert not reached(claim(up, down), "reproduced")
    assert not reached(claim(up, down), "not reproduced"), "one of the two holds wherever either fails"
    guard = control("low", "", "s", passes("a", "m", "<", 0.5), guards=("c",))
    assert not reached(claim(check(), guard), "reproduced")


def test_a_cap_at_which_nothing_can_be_decided_is_found_out():
    for bar, most in (("almost every", 84), ("rarely", 84), ("some", 192), ("never", 192)):
        wanted = claim(check(bar=bar, most=most))
        assert [reached(wanted, word) for word in WORDS].count(False) == 1


def test_the_same_claim_is_led_there_by_the_same_data():
    wanted = claim(direction("d", "", "s", QUESTIONS[-1]), check("x", arm="z"))
    found = reach(wanted, "not reproduced")
    assert found
    assert found == reach(wanted, "not reproduced")
