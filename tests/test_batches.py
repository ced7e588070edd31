"""Which seeds come next: no more than the next batch of what keeps a direction or a size open."""

from dataclasses import replace

import pytest
from made_up import answering, any_of, check, claim, listed, trials

from suite.batches import wanted
from suite.claims import direction
from suite.questions import less

YES, NO = "y" * 12, "n" * 12


def seeds(asked, **arms):
    """How many seeds each arm needs, given these answers so far."""
    return {arm: n for (_, arm), n in wanted(asked, answering(**arms)).items()}


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", 12),
        ("y" * 11, 12),
        (YES, 12),
        (NO, 12),
        ("yn" * 6, 24),
        ("yn" * 6 + "y" * 11, 24),  # a batch that was interrupted is ended
        ("yn" * 12, 36),
        ("yn" * 18, 48),
        ("yn" * 24, 48),  # split at the cap
        ("yn" * 23 + "yy", 48),  # open at the cap
        ("nnn" + "y" * 21, 24),
        (YES + "n" * 36, 12),  # decided at its first look, whatever came after it
    ],
)
def test_a_direction_has_batches_until_it_is_decided_or_at_its_cap(letters, expected):
    assert seeds(claim(check()), a=letters) == {"a": expected}
    assert seeds(claim(check(kind="size")), a=letters) == {"a": expected}


def test_batches_are_those_declared():
    assert seeds(claim(check(most=24)), a="yn" * 12) == {"a": 24}
    assert seeds(claim(replace(check(most=240), first=24, step=72)), a="") == {"a": 24}
    assert seeds(claim(replace(check(most=240), first=24, step=72)), a="yn" * 12) == {"a": 96}
    assert seeds(claim(check(bar="exact", most=240)), a="") == {"a": 1}
    assert seeds(claim(check(bar="exact", most=240)), a="n") == {"a": 1}


def test_every_arm_of_a_check_has_its_seeds():
    paired = direction("c", "better", "t", less("m", "a", than="b"))
    assert wanted(claim(paired), {}) == {("t", "a"): 12, ("t", "b"): 12}
    ties = {("t", arm): trials([1.0] * 12) for arm in "ab"}
    assert wanted(claim(paired), ties) == {("t", "a"): 24, ("t", "b"): 24}


def test_an_arm_of_two_checks_has_the_seeds_of_the_one_that_needs_more():
    low = direction("low", "is low", "s", less("m", "a", than="b"))
    two = claim(check("high"), low)
    evidence = {**answering(a=YES), ("s", "b"): trials([1.0] * 12)}  # all ties for `low`, decided for `high`
    assert wanted(two, evidence) == {("s", "a"): 24, ("s", "b"): 24}
    assert wanted(replace(two, checks=two.checks[::-1]), evidence) == wanted(two, evidence)


def test_scope_has_its_first_batch_and_asks_for_no_other():
    far = claim(check("one"), check("far", "scope", arm="b", most=240))
    assert seeds(far) == {"a": 12, "b": 12}
    assert seeds(far, a=YES, b="yn" * 6) == {"a": 12, "b": 12}
    assert seeds(far, a="yn" * 6, b="yn" * 6) == {"a": 24, "b": 12}
    shared = claim(check("one"), check("far", "scope"))
    assert seeds(shared, a="yn" * 6) == {"a": 24}, "of seeds that others need it makes use"


@pytest.mark.parametrize(
    ("one", "guard", "expected"),
    [
        (YES, YES, {"a": 12, "b": 12}),
        (YES, "yn" * 6, {"a": 12, "b": 24}),  # the check is decided, and waits for its control
        ("yn" * 6, "yn" * 6, {"a": 24, "b": 24}),
        ("yn" * 6, YES, {"a": 24, "b": 12}),
        (NO, "yn" * 6, {"a": 12, "b": 12}),  # what fails needs no control
        ("yn" * 6, NO, {"a": 12, "b": 12}),  # void: no seed can mend it
        (YES, "yn" * 23 + "yy", {"a": 12, "b": 48}),
        (YES, "", {"a": 12, "b": 12}),
        ("yn" * 6, "", {"a": 24, "b": 12}),
    ],
)
def test_a_control_goes_on_only_while_it_keeps_something_open(one, guard, expected):
    guarded = claim(check("one"), check("guard", "control", arm="b", guards=("one",)))
    assert seeds(guarded, a=one, b=guard) == expected


def test_a_control_of_scope_alone_never_goes_on():
    far = claim(check("one"), check("far", "scope", arm="b"), check("g", "control", arm="c", guards=("far",)))
    assert seeds(far, a="yn" * 6, b=YES, c="yn" * 6) == {"a": 24, "b": 12, "c": 12}


@pytest.mark.parametrize(
    ("node", "ways", "expected"),
    [
        (any_of, (YES, "yn" * 6), {"a": 12, "b": 12}),  # one is enough
        (any_of, (NO, "yn" * 6), {"a": 12, "b": 24}),
        (any_of, ("yn" * 6, "yn" * 6), {"a": 24, "b": 24}),
        (listed, (YES, "yn" * 6), {"a": 12, "b": 24}),
        (listed, (NO, "yn" * 6), {"a": 12, "b": 12}),  # more than half is out of reach
    ],
)
def test_members_go_on_until_their_group_is_decided(node, ways, expected):
    asked = claim(node(check("x"), check("y", arm="b")))
    assert seeds(asked, a=ways[0], b=ways[1]) == expected
    scope = claim(check("one", arm="z"), node(check("x", "scope"), check("y", "scope", arm="b"), kind="scope"))
    assert seeds(scope, z=YES, a=ways[0], b=ways[1]) == {"a": 12, "b": 12, "z": 12}


@pytest.mark.parametrize("of", ["x", "any"])
def test_a_control_of_a_group_or_of_its_member_goes_on_with_it(of):
    guard = check("guard", "control", arm="c", guards=(of,))
    asked = claim(any_of(check("x"), check("y", arm="b")), guard)
    assert seeds(asked, a=YES, b=NO, c="yn" * 6) == {"a": 12, "b": 12, "c": 24}
    assert seeds(asked, a=YES, b="yn" * 6, c="yn" * 6) == {"a": 12, "b": 12 if of == "any" else 24, "c": 24}
    assert seeds(asked, a=YES, b=YES, c="yn" * 6) == {"a": 12, "b": 12, "c": 24 if of == "any" else 12}
    assert seeds(asked, a="yn" * 6, b="yn" * 6, c=NO) == {"a": 12, "b": 12 if of == "any" else 24, "c": 12}


def test_a_control_of_a_member_that_fails_is_not_needed_by_the_others():
    guard = check("guard", "control", arm="c", guards=("x",))
    for node in (any_of, lambda *checks: listed(*checks, check("z", arm="d"))):
        asked = claim(node(check("x"), check("y", arm="b")), guard)
        found = seeds(asked, a=NO, b="yn" * 6, c="yn" * 6, d=YES)
        assert (found["a"], found["b"], found["c"]) == (12, 24, 12)


def test_any_of_four_needs_a_second_batch_where_one_check_would_not():
    four = claim(any_of(*(check(arm, arm=arm) for arm in "abcd")))
    assert set(seeds(four, a=YES, b=NO, c=NO, d=NO).values()) == {24}
    assert seeds(four, a=YES * 2, b=NO, c=NO, d=NO) == {"a": 24, "b": 12, "c": 12, "d": 12}


def test_batches_end_and_then_ask_for_nothing_new():
    """Whatever the seeds say, round after round of what is wanted comes to an end, at a cap or before it."""
    asked = claim(
        check("one"),
        any_of(check("x", arm="b"), check("y", arm="c", most=96)),
        check("guard", "control", arm="d", guards=("one", "any")),
        check("far", "scope", arm="e"),
    )
    for pattern in ("y", "n", "yn", "yyn", "t", "f", "yf"):
        arms: dict[str, str] = {}
        for _ in range(20):
            now = seeds(asked, **arms)
            if now == {arm: len(letters) for arm, letters in arms.items()}:
                break
            arms = {arm: (pattern * 240)[:n] for arm, n in now.items()}
        else:
            pytest.fail(f"{pattern}: no end")
        assert max(len(arms[arm]) for arm in "abd") <= 48
        assert len(arms["e"]) == 12
