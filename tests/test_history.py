"""Every verdict that a claim ever had stays on record, with what changed before it."""

import json
from dataclasses import replace

import pytest
from made_up import check, claim, described, provenance, publish, write

from suite import history

YES, NO, OPEN = "y" * 12, "n" * 12, "yn" * 6
CLAIM = claim(check("one"))
STRICTER = replace(CLAIM, checks=(replace(CLAIM.checks[0], most=96),))


@pytest.fixture
def keep(monkeypatch, tmp_path):
    """Puts a verdict on record as the project stands now, and gives the lines of history."""

    def recorded(wanted, letters, **facts):
        folder = publish(monkeypatch, tmp_path, wanted)
        made = provenance(wanted, **facts)
        text = history.grown("made_up", {wanted.id: described(wanted, made, a=letters)})
        (folder / "history.jsonl").write_text(text, encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    publish(monkeypatch, tmp_path, CLAIM)
    return recorded


def test_nothing_is_told_of_a_claim_that_never_ran(keep):
    assert history.read("made_up") == []
    assert history.told("made_up", "made-up") == ["edition 2 (seeds from 1000): not run yet"]
    assert keep(CLAIM, "") == []


def test_a_line_is_added_for_each_change_of_the_verdict_and_for_no_other_run(keep):
    assert [line["verdict"] for line in keep(CLAIM, OPEN)] == ["undecided"]
    assert [line["verdict"] for line in keep(CLAIM, OPEN)] == ["undecided"]
    assert [line["verdict"] for line in keep(CLAIM, OPEN + YES)] == ["undecided"], "the same word, by more seeds"
    assert [line["verdict"] for line in keep(CLAIM, OPEN + "y" * 42)] == ["undecided", "invalid"]
    assert [line["verdict"] for line in keep(CLAIM, YES)] == ["undecided", "invalid", "reproduced"]
    (first, *_, last) = keep(CLAIM, NO)
    assert (first["claim"], first["checks"]) == ("made-up", CLAIM.sha256())
    assert (last["verdict"], last["answer"]) == ("not reproduced", "One shows in 0 of 12 seeds; median m: 0 (0 to 0).")
    assert (last["fixed"], last["trained"], last["judged"]) == ("f" * 40, ["c" * 40], "c" * 40)


def test_a_line_is_added_when_the_checks_change_though_the_word_does_not(keep):
    keep(CLAIM, YES)
    lines = keep(STRICTER, YES)
    assert [line["verdict"] for line in lines] == ["reproduced", "reproduced"]
    assert [line["checks"] for line in lines] == [CLAIM.sha256(), STRICTER.sha256()]
    assert len(keep(replace(STRICTER, statement="In other words."), YES)) == 2


def test_a_claim_that_lost_its_trials_has_a_line_too(keep):
    keep(CLAIM, YES)
    assert [line["verdict"] for line in keep(CLAIM, "")] == ["reproduced", "not run"]


def test_a_threshold_that_changed_after_trials_existed_is_named(keep):
    keep(CLAIM, YES)
    keep(STRICTER, YES, first_claims={"made-up": CLAIM.sha256()}, judged_commit="d" * 40)
    first, second = history.told("made_up", "made-up")
    assert "after trials existed" not in first
    assert first == (
        "reproduced: One shows in 12 of 12 seeds; median m: 1 (1 to 1). Made with thresholds of commit ffffffffffff, "
        "trained at cccccccccccc, judged at cccccccccccc"
    )
    assert second.endswith(
        "judged at dddddddddddd; its thresholds changed after trials existed; changed since the line before: the checks"
    )


def test_a_tree_that_was_not_clean_is_named(keep):
    keep(CLAIM, YES, clean=False)
    assert history.told("made_up", "made-up")[0].endswith("judged at cccccccccccc; the work tree was not clean")


def test_what_changed_between_two_lines_is_said(keep):
    keep(CLAIM, OPEN)
    keep(CLAIM, YES, commit="d" * 40, earlier=["c" * 40])
    keep(CLAIM, NO, commit="d" * 40, earlier=["c" * 40])
    keep(STRICTER, YES, commit="e" * 40, fixed={})
    _, second, third, last = history.told("made_up", "made-up")
    assert "trained at cccccccccccc, dddddddddddd, judged at" in second
    assert second.endswith("changed since the line before: the trials")
    assert third.endswith("changed since the line before: seeds or study")
    assert "thresholds of commit unknown" in last
    assert last.endswith("changed since the line before: the checks, the trials")


def test_edition_1_is_the_first_of_it_and_other_claims_are_no_part(keep, tmp_path):
    write(tmp_path / "edition-1/made_up/verdicts.json", {"made-up": {"verdict": "partly"}})
    other = claim(check("one"), id="other")
    keep(other, NO)
    keep(CLAIM, YES)
    lines = history.told("made_up", "made-up")
    assert lines[0] == "edition 1 (seeds from 0, other checks): partly"
    assert len(lines) == 2
    assert len(history.told("made_up", "other")) == 1


def test_a_record_whose_history_does_not_end_in_its_verdict_is_found_out(keep):
    keep(CLAIM, YES)
    record = {"made-up": {"verdict": "reproduced"}, "unrun": {"verdict": "not run"}}
    assert history.behind("made_up", record) == []
    assert history.behind("made_up", {"made-up": {"verdict": "partly"}}) == ["made-up"]
    assert history.behind("made_up", {"unseen": {"verdict": "partly"}}) == ["unseen"]
