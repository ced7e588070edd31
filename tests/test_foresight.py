"""How many seeds the batches will take: the rule that stops them, on answers drawn from what is known."""

import random
from statistics import fmean
from typing import Any

import pytest
from made_up import answering, any_of, check, claim, listed, trials

from suite import batches, evidence, forecasts, foresight, registry
from suite.claims import direction, scope
from suite.forecasts import Forecast
from suite.foresight import _chances, _end
from suite.judging import Evidence
from suite.questions import Observation, more, passes

GUARDED = claim(
    check("one"),
    any_of(check("x", arm="b"), check("y", arm="c", most=96)),
    listed(check("p", arm="f"), check("q", arm="g"), kind="size"),
    check("guard", "control", arm="d", guards=("one", "any")),
    check("far", "scope", arm="e"),
    scope("pair", "a exceeds e", "s", more("m", "a", than="e")),
)
ARMS = "abcdefg"


def by_the_judge(asked: Any, known: Evidence) -> batches.Seeds:
    """Batch after batch, as a run adds them, where every answer is known."""
    seeds: batches.Seeds = {}
    while True:
        so_far = {key: known[key][:n] for key, n in seeds.items()}
        if (wanted := batches.wanted(asked, so_far)) == seeds:
            return seeds
        seeds = wanted


@pytest.mark.parametrize("number", range(12))
def test_on_the_same_answers_the_batches_end_where_the_judge_ends_them(number: int) -> None:
    generator = random.Random(number)
    shares = {arm: generator.betavariate(0.5, 0.5) for arm in ARMS}
    letters = {a: "".join(generator.choices("ynt", (p, 1 - p, 0.05), k=96)) for a, p in shares.items()}
    known = answering(**letters)
    chances = dict.fromkeys((c.id for c in GUARDED.each()), lambda _: 0.5)
    assert _end(GUARDED, known, chances, generator) == by_the_judge(GUARDED, known)


def test_a_check_that_is_decided_stays_so_though_its_arm_is_given_more_seeds_for_another() -> None:
    two = direction("two", "two shows", "s", passes("a", "k", ">", 0.5), most=24)
    asked = claim(check("one"), two)
    numbers = [("y" * 12 + "n" * 36)[n] == "y" for n in range(48)]
    known = {("s", "a"): [Observation(1000 + n, {"m": float(y), "k": n % 2}, False, "") for n, y in enumerate(numbers)]}
    assert by_the_judge(asked, known) == {("s", "a"): 24}
    assert _end(asked, known, dict.fromkeys(("one", "two"), lambda _: 0.5), random.Random(0)) == {("s", "a"): 24}


def ends(known: Evidence, earlier: Evidence) -> list[int]:
    """The seeds of the one arm of a claim, draw after draw."""
    asked, generator = claim(check()), random.Random(1)
    chances = _chances(asked, known, [earlier])
    return [_end(asked, known, chances, generator)["s", "a"] for _ in range(60)]


def test_what_was_sure_before_needs_a_batch_and_what_was_even_needs_most() -> None:
    sure, even = ends({}, answering(a="y" * 64)), ends({}, answering(a="yn" * 32))
    assert set(sure) <= {12, 24}
    assert fmean(sure) < 15
    assert fmean(even) > 40
    assert set(even) <= {12, 24, 36, 48}


def test_answers_of_the_record_stand_and_outweigh_those_of_before() -> None:
    assert set(ends(answering(a="y" * 12), answering(a="yn" * 32))) == {12}
    assert fmean(ends(answering(a="yn" * 6), answering(a="y" * 64))) > 24


def test_earlier_trials_that_never_showed_the_metric_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "of_claim", lambda _: [Forecast("f", "", "made-up", "c", 1.0)])
    silent = {("s", "a"): trials([0.0] * 64, metric="another")}
    generator = random.Random(0)
    shares = [_chances(claim(check()), {}, [silent])["c"](generator) for _ in range(50)]
    assert min(shares) > 0.5, "what forecasters said decides"
    [heard] = _chances(claim(check()), {}, [answering(a="n" * 64)]).values()
    assert max(heard(generator) for _ in range(50)) < 0.2


@pytest.mark.parametrize(
    ("bar", "most", "bound", "above"),
    [("most", 48, 0.5, True), ("almost every", 96, 0.9, True), ("some", 240, 0.05, True), ("rarely", 96, 0.1, False),
     ("never", 240, 0.05, False)],
)  # fmt: skip
def test_a_forecast_is_a_share_on_its_side_of_the_bar(
    bar: Any, most: int, bound: float, above: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random.Random(0)
    for probability in (0.0, 0.5, 1.0):
        said = [Forecast("f", "", "made-up", "c", probability)]
        monkeypatch.setattr(forecasts, "of_claim", lambda _, said=said: said)
        chance = _chances(claim(check(bar=bar, most=most)), {}, [])["c"]
        held = [(chance(generator) > bound) == above for _ in range(200)]
        assert fmean(held) == pytest.approx(probability, abs=0.12)


def test_draws_are_those_of_every_claim_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(registry, "edition_1", lambda: tmp_path)
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path))
    monkeypatch.setattr(evidence, "read_trials", lambda _: [])
    selected = {"made-up": ("made", claim(check())), "guarded": ("made", GUARDED)}
    found = foresight.draws(selected, {}, 5)
    assert found == foresight.draws(selected, {}, 5)
    assert [set(draw) for draw in found] == [set(selected)] * 5
    assert {key[1] for key in found[0]["guarded"]} == set(ARMS)
