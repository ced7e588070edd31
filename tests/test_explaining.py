"""What a stranger is told of a claim: each question, its bar, what came out and what never decides, and none cut."""

import time
from dataclasses import replace

import pytest
from made_up import any_of, check, claim, listed

from suite import answers, explaining, forecasts, registry, tables
from suite.history import told

OUTCOME = {"kind": "direction", "outcome": "holds", "yes": 11, "n": 12, "ties": 0}


@pytest.fixture(autouse=True)
def nothing_on_record(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "edition_1", lambda: tmp_path)
    monkeypatch.setattr(registry, "results", lambda: tmp_path)


def explained(wanted, **record):
    return "\n".join(explaining.lines("made_up", wanted, {**tables.NOT_RUN, **record}))


def test_every_question_is_told_with_its_bar_its_cap_and_its_outcome():
    text = explained(
        claim(check("one"), check("guard", "control", arm="b", guards=("one",), most=96)),
        verdict="reproduced",
        answer="So it is.",
        checks=[OUTCOME | {"id": "one"}],
    )
    assert "verdict: reproduced\nanswer: So it is.\n" in text
    assert "  one [direction]: one shows → holds, 11 of 12 seeds\n" in text
    assert "    m of a > 0.5, in more than half of random seeds; cap 48 seeds\n" in text
    assert "  guard: guard shows: m of b > 0.5, in more than half of random seeds; cap 96 seeds; guards one" in text
    assert "; guards one → not run\n" in text


def test_scope_asked_anew_is_told_before_the_first_run():
    text = explained(claim(check("one"), check("far", "scope", arm="b", bar="never", most=240)))
    assert "scope, how far it extends, which never changes the verdict: 0 of 1 hold, 1 not run\n" in text
    assert "  far: far shows [never] → not run\n" in text


def test_what_is_recorded_of_scope_is_told_and_not_told_twice():
    recorded = [{"id": "far", "edition": 2, "outcome": "holds"}, {"id": "old", "edition": 1, "outcome": "fails"}]
    text = explained(claim(check("one"), check("far", "scope", arm="b")), scope=recorded)
    assert "1 of 2 hold\n" in text
    assert "  far: far shows → holds\n" in text
    assert "  of edition 1, by its rules: old fails\n" in text


def test_members_are_told_with_the_level_or_the_count_that_they_are_judged_by():
    members = [check("p", arm="a"), check("q", arm="b")]
    assert "one of these 2 suffices, each judged at 99.5 %:\n    p: m of a > 0.5" in explained(claim(any_of(*members)))
    text = explained(claim(listed(*members, bar="almost every", kind="size"), check("one", arm="c")))
    assert "more than 0.9 of the 2 problems, each decided for itself:\n    p: m of a > 0.5" in text


def test_claims_of_one_place_or_of_one_study_point_at_each_other(monkeypatch):
    def of(identity, place, study):
        asked = replace(check(), study=study)
        return claim(asked, replace(check("far", "scope"), study="shared"), id=identity, locator=place)

    one, beside, again, apart = (
        of("one", "p. 1", "s"),
        of("beside", "p. 1", "t"),
        of("again", "p. 2", "s"),
        of("apart", "p. 3", "u"),
    )
    monkeypatch.setattr(registry, "claims", lambda name: (one, beside, again, apart))
    line = "see also, of the same place or decided by the same nets: "
    assert f"\n{line}beside, again\n" in explained(one)
    assert f"\n{line}one\n" in explained(beside)
    assert f"\n{line}one\n" in explained(again)
    assert "see also" not in explained(apart), "scope that is shared makes two claims no kin"


def test_what_is_the_same_is_told_with_what_it_is_the_same_as(monkeypatch):
    declared = {
        "clean": "wrong labels of 100, per cent",
        "noisy": "the same with noise, per cent",
        "m": "the same, cut",
    }
    monkeypatch.setattr(registry, "metrics", lambda *_: declared)
    assert "where:\n  m: the same, cut (as clean, wrong labels of 100, per cent)\n" in explained(claim(check("one")))


def told_whole(name, wanted, text):
    """Asserts that every question stands in the text with its bar, whatever is told around it and wherever it wraps."""
    flat = " ".join(text.split())
    for one in wanted.each():
        if one.kind != "scope":
            cap = "computed once" if one.bar == "exact" else f"in {answers.BARS[one.bar]}; cap {one.most} seeds"
            assert f"{one.asks.words()}, {cap}" in flat, one.id
        if one.kind == "control":
            assert f" {one.id}: {one.what}: " in flat
            assert f"; guards {', '.join(one.guards)}" in flat
    for node in wanted.checks:
        if node.kind in ("direction", "size"):
            assert f" {node.id} [{node.kind}]: {node.what} → " in flat
        elif node.kind == "scope":
            assert f" {node.id}: {node.what}" in flat
    assert all(f"{one.check} {one.probability:.2f} ({one.forecaster})" in flat for one in forecasts.of_claim(wanted.id))
    assert all(f" {old} " in flat for old in wanted.carried)
    if wanted.id in registry.recorded_negatives(name):
        assert "negative control: " in flat
    assert "…" not in flat.replace("…”", "").replace("“…", "")


def test_no_line_is_left_out_however_long_the_claim_and_none_is_wider_than_118_characters():
    many = [check(f"p{n}", arm="a" * 30) for n in range(60)]
    scope = [check(f"s{n}", "scope", arm=f"arm {n}") for n in range(60)]
    guards = [check(f"g{n}", "control", guards=("list",)) for n in range(20)]
    for wanted in (claim(listed(*many)), claim(listed(*many), *scope, *guards), claim(*many)):
        text = explained(wanted)
        told_whole("made_up", wanted, text)
        lines = text.splitlines()
        assert len(lines) > 60
        assert max(map(len, lines)) <= 118
        assert lines[-1] == "all of it: repro run made-up --tier full"


@pytest.mark.parametrize("claim_id", list(registry.all_claims()))
def test_every_claim_is_told_whole_within_a_second(claim_id, monkeypatch):
    monkeypatch.undo()
    name, wanted = registry.all_claims()[claim_id]
    begun = time.process_time()
    text = "\n".join(explaining.lines(name, wanted, registry.recorded_verdicts(name).get(claim_id, tables.NOT_RUN)))
    assert time.process_time() - begun < 1
    told_whole(name, wanted, text)


def test_a_claim_without_a_verdict_of_today_has_a_history_that_says_so():
    assert told("made_up", "made-up") == ["edition 2 (seeds from 1000): not run yet"]
