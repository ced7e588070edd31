"""A negative control is clear, or it says what is wrong with it; where one is reproduced its claim is invalid."""

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from common.errors import UserError
from common.trials import Trial
from suite import cli, evidence, negative_controls, negative_record, provenance, recording, registry, verifying
from suite.claims import Claim, direction, size
from suite.judging import judge
from suite.negative_controls import Controlled, Numbers
from suite.negatives import Given, Negative, Training, alike, difference, instead, one_is_less, planted, ratio, shuffled
from suite.questions import less, passes
from tests import edited, made_up

ERRS_LESS = made_up.claim(direction("errs-less", "it errs less", "s", less("error", "new", than="old"), most=48))
GAINS = made_up.claim(direction("gains", "it gains", "s", passes("a", "gain", ">", 0)))
LEARNS = made_up.claim(direction("learns", "it learns", "s", passes("a", "accuracy", ">=", 0.9)))
OLD, NEW = ("s/old", "error"), ("s/new", "error")


def noise(place: int) -> float:
    """Between 0 and 1, without order."""
    return 0.754877666 * place % 1


def numbers(record: str = "pilots", **columns: Iterable[float]) -> Numbers:
    """A number for each seed, by `arm__metric` of study `s`."""
    found = {}
    for name, values in columns.items():
        arm, metric = name.split("__")
        found[record, f"s/{arm}", metric] = dict(enumerate(values, start=10_000))
    return found


def controlled(claim: Claim, given: Given, known: Numbers) -> Controlled:
    return negative_controls.judge(claim, Negative(claim.id, "nothing differs", given), known)


EFFECT = numbers(old__error=[5 + noise(n) for n in range(50)], new__error=[3 + noise(n) for n in range(50)])


def test_the_control_arm_on_two_sets_of_seeds_shows_nothing_where_the_effect_itself_would() -> None:
    true = controlled(ERRS_LESS, instead(NEW, OLD), EFFECT)
    assert (true.state, true.word) == ("reproduced", "reproduced"), "so many seeds are enough to find an effect"
    found = controlled(ERRS_LESS, alike(*OLD), EFFECT)
    assert (found.state, found.word, found.turned) == ("clear", "undecided", "undecided")
    [test] = found.tested
    assert (test.rows, test.asked, test.needed, test.distinct, test.ties) == (25, 24, 21, 25, 0)
    assert 4 <= test.finding.yes <= 20


def test_the_sets_of_seeds_are_disjoint_and_always_the_same() -> None:
    [check] = ERRS_LESS.each()
    known = numbers(old__error=[float(n) for n in range(50)])
    dealt = negative_controls.rows(check, alike(*OLD), known, "c")
    assert sorted(value for row in dealt for value in row) == [float(n) for n in range(50)]
    assert dealt == negative_controls.rows(check, alike(*OLD), known, "c")
    assert dealt != negative_controls.rows(check, alike(*OLD), known, "another claim")
    assert negative_controls.rows(check, alike(*OLD), known, "c", turned=True) == [row[::-1] for row in dealt]


def test_sides_that_are_exchanged_still_hold_the_effect() -> None:
    found = controlled(ERRS_LESS, instead(OLD, NEW), EFFECT)
    assert (found.state, found.word, found.turned) == ("reproduced", "not reproduced", "reproduced")
    assert "sides exchanged" in found.reason


@pytest.mark.parametrize("given", [difference("s/a", "error"), ratio("s/a", "error"), one_is_less("s/a", "error")])
def test_a_difference_of_one_number_and_itself_leans_neither_way(given: Given) -> None:
    bound = 1.0 if given.how == "ratio" else 0.5 if given.how == "less" else 0.0
    claim = made_up.claim(direction("gains", "it gains", "s", passes("a", "gain", ">", bound)))
    known = numbers(a__error=[1 + noise(n) for n in range(50)])
    found = controlled(claim, given, known)
    assert (found.state, found.word, found.turned) == ("clear", "undecided", "undecided")
    yes = {turned: _counted(claim, given, known, turned=turned) for turned in (False, True)}
    assert yes[False] + yes[True] == 25, "turned round, the others say yes"


def _counted(claim: Claim, given: Given, known: Numbers, *, turned: bool) -> int:
    [check] = claim.each()
    bound = check.asks.bound  # type: ignore[attr-defined]
    return sum(row[0] > bound for row in negative_controls.rows(check, given, known, claim.id, turned=turned))


def test_arms_whose_names_are_drawn_by_lot_show_nothing() -> None:
    found = controlled(ERRS_LESS, shuffled(NEW, OLD), EFFECT)
    assert (found.state, found.word) == ("clear", "undecided")
    assert found.tested[0].rows == 50, "no seed is lost to a second set"


def test_an_effect_that_is_removed_must_fail_and_a_wrong_number_too() -> None:
    known = numbers(other__accuracy=[0.5 + noise(n) / 10 for n in range(50)])
    assert controlled(LEARNS, instead(("s/other", "accuracy")), known).word == "not reproduced"
    exact = made_up.claim(direction("none", "none is wrong", "s", passes("a", "wrong", "==", 0), "exact"))
    assert controlled(exact, planted(6), {}).state == "clear"
    assert controlled(exact, planted(0), {}).state == "reproduced"


def test_ties_and_constants_are_red() -> None:
    tied = controlled(ERRS_LESS, alike(*OLD), numbers(old__error=[0.5] * 50))
    assert (tied.state, tied.reason) == ("constant", "of errs-less all rows are alike or tie")
    ties = made_up.claim(direction("d", "d", "s", less("error", "new", than="old", budget=1.0)))
    assert controlled(ties, alike(*OLD), numbers(old__error=[2 + noise(n) for n in range(50)])).state == "constant"
    same = controlled(LEARNS, instead(("s/other", "accuracy")), numbers(other__accuracy=[0.5] * 50))
    assert same.state == "constant", "a number that never moves may be one that is never read"


def test_too_few_seeds_show_nothing() -> None:
    found = controlled(ERRS_LESS, alike(*OLD), numbers(old__error=[noise(n) for n in range(22)]))
    assert (found.tested[0].rows, found.tested[0].needed, found.state) == (11, None, "vacuous")
    found = controlled(ERRS_LESS, alike(*OLD), numbers(old__error=[noise(n) for n in range(24)]))
    assert (found.tested[0].rows, found.tested[0].needed, found.state) == (12, 12, "clear")


def test_a_control_without_numbers_was_not_run() -> None:
    found = controlled(ERRS_LESS, alike(*OLD), {})
    assert (found.state, found.reason) == ("not run", "no numbers for errs-less")


def test_what_speaks_for_a_claim_is_a_no_where_it_says_seldom() -> None:
    """Of a list of problems of which few may hold, and of a check whose seeds must say no."""
    parts = tuple(size(f"p{n}", "p", "s", passes("a", "accuracy", ">=", 0.9)) for n in range(4))
    few = made_up.claim(LEARNS.checks[0], made_up.listed(*parts, kind="size", bar="rarely"))
    known = numbers(other__accuracy=[0.5 + noise(n) for n in range(50)])
    assert controlled(few, instead(("s/other", "accuracy")), known).state == "clear", "not vacuous"
    rare = made_up.claim(direction("r", "r", "s", passes("a", "accuracy", ">=", 0.9), "rarely", most=96))
    assert controlled(rare, instead(("s/other", "accuracy")), known).word != "reproduced"


def test_each_check_is_given_as_many_numbers_as_it_reads() -> None:
    with pytest.raises(ValueError, match=r"check errs-less reads 2 .* gives 1"):
        controlled(ERRS_LESS, instead(OLD), EFFECT)
    with pytest.raises(ValueError, match="gives check errs-less nothing"):
        negative_controls.judge(ERRS_LESS, Negative("made-up", "", {"other": alike(*OLD)}), EFFECT)


def test_a_claim_whose_negative_control_is_reproduced_is_invalid() -> None:
    seen = {("s", arm): made_up.trials([value] * 12, metric="error") for arm, value in (("new", 1.0), ("old", 2.0))}
    assert judge(ERRS_LESS, seen).word == "reproduced"
    control = controlled(ERRS_LESS, instead(NEW, OLD), EFFECT)
    record = negative_controls.described(ERRS_LESS, control)
    verdict = judge(ERRS_LESS, seen, refuted=negative_controls.refuted(ERRS_LESS, record))
    assert (verdict.word, verdict.reason) == ("invalid", "its negative control is reproduced: nothing differs")
    clear = negative_controls.described(ERRS_LESS, controlled(ERRS_LESS, alike(*OLD), EFFECT))
    for other in (None, clear, record | {"claim_sha256": "of other checks"}):
        assert negative_controls.refuted(ERRS_LESS, other) == ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of one claim, GAINS, with fifty pilots and twelve trials that gain."""
    folder = made_up.publish(monkeypatch, tmp_path, GAINS)
    monkeypatch.setattr(registry, "study_sha256", lambda name, study: f"code of {study}")
    monkeypatch.setattr(provenance, "ancestors", lambda: None)
    known = {"study": "s", "arm": "a", "backend": "jax", "dataset": "synthetic", "data_sha256": "", "key": ""}
    pilots = [
        Trial(seed=10_000 + n, tier="pilot", metrics={"plain": noise(n), "gain": 1 + noise(n)}, **known)
        for n in range(50)
    ]
    trials = [Trial(seed=1000 + n, tier="full", metrics={"gain": 1.0}, **known) for n in range(12)]
    recording.record_pilots("made_up", "s", pilots)
    recording.record_study("made_up", made_up.provenance(GAINS, code_sha256="code of s")["s"], trials)
    return folder


def declare(monkeypatch: pytest.MonkeyPatch, given: Given) -> None:
    monkeypatch.setattr(registry, "negatives", lambda name: {"made-up": Negative("made-up", "both are plain", given)})


def words(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = cli.main(["controls", "made_up"])
    return code, capsys.readouterr().out


def test_the_command_judges_records_and_is_red_where_a_control_is_reproduced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(monkeypatch, difference("s/a", "plain"))
    code, said = words(capsys)
    assert code == 0
    assert "of 24 say yes; 21 of 24 would have shown it" in said
    assert "1 claims: 1 clear." in said
    assert evidence.judge_module("made_up")[0].word == "reproduced"
    assert negative_record.behind("made_up") == ""

    declare(monkeypatch, instead(("s/a", "gain")))
    assert negative_record.behind("made_up").startswith("made_up/negatives.json: differs from what its numbers give")
    code, said = words(capsys)
    assert code == 1
    assert "reproduced: the claim is reproduced without its effect" in said
    assert evidence.judge_module("made_up")[0].word == "invalid"
    assert registry.recorded_verdicts("made_up")["made-up"]["verdict"] == "invalid", "the record follows at once"


def test_nothing_is_judged_on_an_edit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trains = tuple(Training(name, "s", "a", {}) for name in ("one", "other"))
    only = Negative("made-up", "both are plain", difference("s/a", "plain"), trains)
    monkeypatch.setattr(registry, "negatives", lambda name: {"made-up": only})
    more = [made_up.trained(**{name: "yyy"}) for name in ("one", "other")]
    recording.record_negatives("made_up", more[0])
    assert verifying.verify() == []

    edited.on_rows(lambda rows: rows[1].update(m="0.9"))(folder / "negatives.csv")
    told = "negatives.csv: line 3 (s/one, seed 1001): not the trial that was recorded, by its hash"
    refused(folder, told, capsys)
    with pytest.raises(UserError, match=re.escape(told)):
        recording.record_negatives("made_up", more[1])
    assert f"made_up/{told.replace(':', ',', 1)}" in verifying.verify()
    edited.on_rows(lambda rows: rows[1].update(m="1.0"))(folder / "negatives.csv")
    assert verifying.verify() == []

    edited.on_rows(list.pop)(folder / "trials.csv")
    (folder / "history.jsonl").unlink()
    edited.forge(folder)
    refused(folder, "trials.csv: study s was judged by other trials or another provenance", capsys)


def refused(folder: Path, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert cli.main(["controls", "made_up"]) == 2
    assert told in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_pilots_by_which_a_control_is_reproduced_make_the_claim_invalid_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, difference("s/a", "plain"))
    recording.record_negatives("made_up", ())
    assert registry.recorded_verdicts("made_up")["made-up"]["verdict"] == "reproduced"
    pilots = evidence.read_trials(folder / "pilots.csv")
    grown = [t.model_copy(update={"metrics": {**t.metrics, "plain": float(t.seed)}}) for t in pilots]
    declare(monkeypatch, instead(("s/a", "plain")))
    recording.record_pilots("made_up", "s", grown)
    assert registry.recorded_verdicts("made_up")["made-up"]["verdict"] == "invalid"
    assert verifying.verify() == []


def test_a_control_that_is_declared_no_more_leaves_the_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(monkeypatch, difference("s/a", "plain"))
    assert words(capsys)[0] == 0
    monkeypatch.setattr(registry, "negatives", lambda name: {})
    assert negative_record.behind("made_up").startswith("made_up/negatives.json: differs from what its numbers give")
    words(capsys)
    assert not (folder / "negatives.json").exists()
    assert verifying.verify() == []


def test_numbers_that_were_tampered_with_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, difference("s/a", "plain"))
    recording.write_negatives("made_up")
    assert negative_record.behind("made_up") == ""
    path = folder / "negatives.json"
    path.write_text(path.read_text().replace('"clear"', '"reproduced"'))
    assert "negatives.json: differs" in negative_record.behind("made_up")
    path.unlink()
    assert "negatives.json: differs" in negative_record.behind("made_up")


def test_a_control_of_other_code_or_other_checks_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, difference("s/a", "plain"))
    recording.write_negatives("made_up")
    monkeypatch.setattr(registry, "study_sha256", lambda name, study: "later code")
    recording.write_negatives("made_up")
    record = registry.recorded_negatives("made_up")["made-up"]
    assert record["code_sha256"] == {"s": "code of s"}, "writing it again makes no old numbers new"
    assert negative_record.stale("made_up", GAINS, record) == "study s changed since its numbers were made"
    assert negative_record.stale("made_up", LEARNS, record) == "the claim's checks changed since"


def test_a_claim_without_a_control_is_red(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "negatives", lambda name: {})
    code, said = words(capsys)
    assert code == 1
    assert "has no negative control; declare one in reproductions/made_up/negatives.py" in said


def test_a_broken_declaration_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    assert registry.negatives("parity") == {}, "a reproduction need not have any"
    (tmp_path / "parity").mkdir()
    (tmp_path / "parity/negatives.py").touch()
    doubled = type("negatives", (), {"NEGATIVES": (Negative("a", "", planted(1)),) * 2})
    monkeypatch.setattr(importlib, "import_module", lambda name: doubled)
    with pytest.raises(UserError, match="two negative controls of one claim"):
        registry.negatives("parity")
    monkeypatch.setattr(importlib, "import_module", lambda name: object())
    with pytest.raises(UserError, match=r"parity/negatives\.py cannot be read: AttributeError"):
        registry.negatives("parity")
