"""A quick check sets the median of a few seeds beside a bound, or each of them; it agrees or differs, no more."""

from dataclasses import replace

import pytest
from made_up import check, claim, publish, trained, trials, write

from suite import quick
from suite.claims import FIRST_SEED, Quick

AT_LEAST = Quick("q", "s", "a", "m", ">=", 0.5, 4)
AT_MOST = replace(AT_LEAST, relation="<=")
EVERY, NONE_ABOVE = replace(AT_LEAST, every=True), replace(AT_MOST, every=True)
EQUAL = replace(AT_LEAST, relation="==", seeds=2)


def observed(numbers):
    return {("s", "a"): [replace(row, seed=row.seed - FIRST_SEED) for row in trials(numbers)]}


@pytest.mark.parametrize(
    ("asked", "numbers", "value", "met"),
    [
        (AT_LEAST, [0.1, 0.5, 0.5, 0.9], 0.5, True),
        (AT_LEAST, [0.1, 0.1, 0.89, 0.9], 0.495, False),
        (AT_LEAST, [0.9, 0.9, 0.0, 0.0], 0.45, False),
        (AT_MOST, [0.1, 0.5, 0.5, 0.9], 0.5, True),
        (AT_MOST, [0.1, 0.12, 0.9, 0.9], 0.51, False),
        (replace(AT_LEAST, seeds=3), [0.0, 0.6, 0.7], 0.6, True),
        (EVERY, [0.5, 0.6, 0.7, 0.8], 0.5, True),
        (EVERY, [0.49, 0.9, 0.9, 0.9], 0.49, False),
        (NONE_ABOVE, [0.5, 0.4, 0.3, 0.2], 0.5, True),
        (NONE_ABOVE, [0.51, 0.1, 0.1, 0.1], 0.51, False),
        (EQUAL, [0.5, 0.5], 0.5, True),
        (EQUAL, [0.4, 0.6], 0.5, False),
        (EQUAL, [0.5, 0.6], 0.55, False),
        (AT_LEAST, [0.9, 0.9, 0.9, None], None, False),  # a failed seed does not meet a bound
        (AT_MOST, [0.1, 0.1, 0.1, None], None, False),
        (AT_LEAST, [0.9, 0.9, 0.9], None, False),
        (AT_LEAST, [], None, False),
        (AT_LEAST, [0.9, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0], 0.9, True),  # seeds beyond its own are not read
    ],
)
def test_a_bound_is_met_by_the_median_or_by_every_seed(asked, numbers, value, met):
    found = quick.shown(asked, observed(numbers))
    assert (found.check, found.met) == (asked, met)
    assert found.value == (None if value is None else pytest.approx(value))


def test_a_claim_agrees_when_every_quick_check_is_met():
    low = replace(AT_MOST, id="low", metric="m", bound=0.6)
    both = claim(check(), quick=(AT_LEAST, low))
    for numbers, expected in (([0.55] * 4, True), ([0.9] * 4, False), ([0.1] * 4, False)):
        met, found = quick.agrees(both, observed(numbers))
        assert met is expected
        assert [finding.check.id for finding in found] == ["q", "low"]


@pytest.fixture
def judged(monkeypatch, tmp_path):
    """Judges the quick trials of a claim that has no verdict on record."""
    wanted = claim(check(), quick=(AT_LEAST,))
    folder = publish(monkeypatch, tmp_path, wanted)
    write(folder / "verdicts.json", {})

    def judge(letters, dataset="synthetic"):
        rows = [t.model_copy(update={"seed": t.seed - FIRST_SEED, "dataset": dataset}) for t in trained(a=letters)]
        found = quick.judge({"made-up": ("made_up", wanted)}, {("made_up", "s"): rows, ("other", "s"): trained(a="n")})
        return found["made-up"]

    return judge


def test_trials_agree_with_the_finding_or_differ_from_it(judged):
    assert judged("yyyy") == {
        "recorded": "not run", "data": "synthetic", "quick": "agrees", "findings": "q 1 >= 0.5",
    }  # fmt: skip
    assert judged("nnnn")["quick"] == "differs"
    assert judged("yyyf") | {"recorded": ""} == {
        "recorded": "", "data": "synthetic", "quick": "differs", "findings": "q – >= 0.5 (1 of 4 seeds have no m)",
    }  # fmt: skip


def test_a_claim_whose_trials_are_not_there_has_failed(judged):
    assert (judged("yyy")["quick"], judged("yyy")["findings"]) == ("failed", "s/a: 3 of 4 trials")
    assert judged("")["quick"] == "failed"


def test_the_table_has_a_line_a_claim_and_names_data_that_stood_in(judged):
    lines = quick.table({"made-up": judged("yyyy")})
    assert lines[0].split() == ["claim", "recorded", "verdict", "quick", "data", "estimates,", "never", "citable"]
    assert lines[1].split() == ["made-up", "not", "run", "agrees", "synthetic", "q", "1", ">=", "0.5"]
    assert len(lines) == 2
    assert "repro data fetch" in quick.table({"made-up": judged("yyyy", "digits")})[-1]
