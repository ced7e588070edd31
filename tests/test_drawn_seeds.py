"""Each seed by which a check was decided is drawn where the check reads it, and curves of the same seeds beside it."""

from dataclasses import replace

import pytest
from made_up import check, claim, trials
from sited import the, view

from suite.claims import direction
from suite.page import effects, learning
from suite.questions import at_chance, both, less, passes, rises, sooner, within


def test_a_dot_names_its_seed_and_what_it_said(published):
    wanted = claim(check())
    published(wanted, reason="nan at step 3", a="y" * 10 + "nt" + "y" * 11 + "f")
    drawn = view(wanted)
    (strip,) = drawn.strips
    titles = [dot.title for line in strip.lines for dot in line.dots]
    assert len(titles) == 23, "a seed without a number has no dot"
    assert {"seed 1000: 1, yes", "seed 1010: 0, no", "seed 1011: 0.5, tie"} <= set(titles)
    assert dict(drawn.seeds)["failed"] == "1023 (diverged: nan at step 3)"
    assert [tick.text for tick in strip.references] == ["> 0.5"]


def test_only_the_seeds_by_which_a_check_was_decided_are_drawn(published):
    wanted = claim(check())
    published(wanted, a="y" * 24)
    (strip,) = view(wanted).strips
    assert len(strip.lines[0].dots) == 12, "the first look decided; later seeds are not asked"
    assert view(wanted).came == "12 of 12 seeds"


def seeds_of(asks, **arms):
    """The strip of a check with this question whose arms show these numbers."""
    wanted = claim(direction("c", "it shows", "s", asks))
    made = {("s", arm): trials(numbers) for arm, numbers in arms.items()}
    known = replace(the(), observed=made, claims=(wanted,))
    return effects.strips(known, wanted.checks[0], {"n": len(next(iter(arms.values()))), "effects": []})


def test_a_paired_difference_is_drawn_against_none(published):
    published(claim(check()))
    (strip,) = seeds_of(less("m", "a", than="b"), a=[1.0, 2.0, 3.0], b=[2.0, 4.0, 3.0])
    assert [dot.title for dot in strip.lines[0].dots] == [
        "seed 1000: −1, yes",
        "seed 1001: −2, yes",
        "seed 1002: 0, tie",
    ]
    assert [tick.text for tick in strip.references] == ["no difference"]
    assert strip.lines[0].dots[2].x == strip.references[0].x


def test_a_factor_is_drawn_as_a_ratio_and_a_time_beside_its_cut(published):
    published(claim(check()))
    (strip,) = seeds_of(less("m", "a", than="b", times=0.1), a=[1.0, 2.0], b=[20.0, 10.0])
    assert [dot.title for dot in strip.lines[0].dots] == ["seed 1000: 0.05, yes", "seed 1001: 0.2, no"]
    (strip,) = seeds_of(sooner("m", "a", than="b", budget=100.0), a=[10.0, 100.0], b=[100.0, 100.0])
    assert [line.label for line in strip.lines] == ["a", "b"]
    assert strip.references[0].text == "cut off at 100"
    assert strip.lines[1].dots[0].x == strip.references[0].x
    (strip,) = seeds_of(sooner("m", "a", than="b", budget=1e9), a=[10.0, 100.0], b=[100.0, 100.0])
    assert strip.references == (), "what no seed came near would only press them together"


def test_every_question_has_an_axis(published):
    published(claim(check()))
    numbers = {arm: [0.2, 0.4, 0.9] for arm in "abcd"}
    for asks, n in (
        (rises("m", "a", "b", "c"), 1), (within("m", "a", of="b", yardstick=0.1), 1),
        (within("m", "a", of="b", yardstick=("c", "d")), 1), (at_chance("a", "m", samples=100, constant=0.5), 1),
        (both(passes("a", "m", ">", 0.5), less("m", "a", than="b")), 2), (passes("a", "m", "==", 0.2), 1),
    ):  # fmt: skip
        strips = seeds_of(asks, **{arm: numbers[arm] for arm in dict.fromkeys(arm for arm, _ in asks.reads())})
        assert len(strips) == n
        assert all(len(line.dots) == 3 for strip in strips for line in strip.lines)


@pytest.mark.parametrize(
    ("asks", "order"), [(passes("a", "m", ">", 0.5), (1, 0, 2)), (passes("a", "m", "<", 0.5), (2, 0, 1))]
)
def test_worst_median_and_best_are_by_the_side_that_is_asked_for(published, asks, order):
    wanted = claim(direction("c", "it shows", "s", asks))
    published(wanted)
    seen = {("s", "a"): trials([0.4, 0.1, 0.9])}
    kept = {("s", "a", "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert drawn.names == tuple(
        (rank, f"{rank}: seed {1000 + seed}") for rank, seed in zip(learning.RANKS, order, strict=True)
    )
    assert len(drawn.paths) == 3


def test_two_arms_show_the_curves_of_the_same_seeds(published):
    wanted = claim(direction("c", "it shows", "s", less("m", "a", than="b")))
    published(wanted)
    seen = {("s", "a"): trials([0.4, 0.1, 0.9]), ("s", "b"): trials([0.5, 0.5, 0.5])}
    kept = {("s", arm, "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)} for arm in "ab"}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert [name for _, name in drawn.names] == ["worst: seed 1002", "median: seed 1000", "best: seed 1001"]
    ranked = zip(learning.RANKS, (1002, 1000, 1001), strict=True)
    told = [f"{rank}: seed {seed}" for rank, seed in ranked]
    assert [path.title for path in drawn.paths] == [f"{arm}, {line}" for arm in "ab" for line in told]


def test_seeds_without_an_order_are_told_apart(published):
    wanted = claim(direction("c", "it shows", "s", rises("m", "a", "b")))
    published(wanted)
    seen = {("s", arm): trials([0.4, 0.1, 0.9]) for arm in "ab"}
    kept = {("s", "a", "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert [name for _, name in drawn.names] == ["seed 1000", "seed 1001", "seed 1002"]
    assert len({path.style for path in drawn.paths}) == 3


def test_curves_of_different_metrics_do_not_share_an_axis(published):
    wanted = claim(direction("c", "it shows", "s", less("m", "a", than="b")))
    published(wanted)
    seen = {("s", arm): trials([0.4, 0.1, 0.9]) for arm in "ab"}
    line = {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}
    kept = {("s", "a", "m"): line, ("s", "b", "train_loss"): line}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert (drawn.arms, len(drawn.paths)) == (("a",), 3)
