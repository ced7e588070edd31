"""A record of another checkout comes in as it was recorded there, whole, and takes no trial away."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from edited import ARMS, CLAIM, edit, forge, project, recorded, rows_of, without_hashes
from made_up import provenance, trained

from common.errors import UserError
from common.trials import Trial
from suite import adopting, cli, evidence, formats, manifest, negative_record, recording, registry, verifying
from suite.evidence import PAYLOAD
from suite.negatives import Negative, instead

WITHOUT = Negative(CLAIM.id, "nothing is there", instead(("s/c", "m"), record="trained"))


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The record of another checkout, from before trials had hashes; that of this one, `here`, is empty."""
    folder = recorded(monkeypatch, tmp_path / "other")
    without_hashes(folder / "trials.csv")
    (folder / "judged.json").unlink()
    forge(folder)
    project(monkeypatch, tmp_path / "here")
    return folder


@pytest.fixture
def here(other: Path, tmp_path: Path) -> Path:
    return tmp_path / "here/made_up"


def test_a_record_comes_in_as_its_manifest_lists_it_and_gets_hashes(other: Path, here: Path) -> None:
    for _ in ("anew", "again"):
        assert cli.main(["adopt", str(other.parent), "made_up"]) == 0
        assert verifying.verify() == []
        for file in ("provenance.json", "history.jsonl", manifest.UNFINISHED):
            assert (here / file).read_bytes() == (other / file).read_bytes()
        rows = [{k: v for k, v in row.items() if k != PAYLOAD} for row in rows_of(here / "trials.csv")]
        assert rows == rows_of(other / "trials.csv")


@pytest.mark.parametrize("what", ["a digit", "the last row removed", "a circumstance", "the history"])
def test_an_edited_record_stays_out(other: Path, here: Path, what: str) -> None:
    path = edit(other, what)
    with pytest.raises(UserError, match="it is not the file that was recorded") as refused:
        adopting.adopt(str(other.parent), ["made_up"])
    assert str(path) in str(refused.value)
    assert not list(here.iterdir())


def test_nothing_comes_into_an_edited_record(other: Path, here: Path) -> None:
    recording.record_study("made_up", provenance(CLAIM)["s"], trained(a="y"))
    edit(here, "a digit")
    with pytest.raises(UserError, match=r"line 2 \(s/a, seed 1000\)"):
        adopting.adopt(str(other.parent), ["made_up"])


def test_studies_and_pilots_of_this_record_stay_and_none_loses_a_trial(other: Path, here: Path) -> None:
    pilots = [t.model_copy(update={"tier": "pilot"}) for t in trained(a="yn")]
    own = [t.model_copy(update={"study": "own"}) for t in trained(a="y")]
    recording.record_study("made_up", provenance(CLAIM)["s"], trained(**ARMS, c="y"))
    recording.record_study("made_up", provenance(CLAIM, study="own")["own"], own)
    recording.record_pilots("made_up", "s", pilots)
    before = (here / "trials.csv").read_bytes()
    with pytest.raises(UserError, match=r"has a trial that .* has not, or otherwise: s/c, seed 1000"):
        adopting.adopt(str(other.parent), ["made_up"])
    assert (here / "trials.csv").read_bytes() == before
    recording.record_study("made_up", provenance(CLAIM, code_sha256="of before")["s"], trained(a="y"))
    adopting.adopt(str(other.parent), ["made_up"])
    found = evidence.read_trials(here / "trials.csv")
    assert {(t.study, t.arm) for t in found} == {("s", "a"), ("s", "b"), ("own", "a")}
    assert len(found) == 25
    assert {*evidence.read_provenance("made_up")} == {"s", "own"}
    assert len(evidence.read_trials(here / "pilots.csv")) == 2
    assert verifying.verify() == []


def test_only_another_record_with_trials_can_be_taken(other: Path, here: Path) -> None:
    for folder in (here.parent, other):
        with pytest.raises(UserError, match="is not another record"):
            adopting.adopt(str(folder), ["made_up"])
    with pytest.raises(UserError, match="unknown reproduction 'madeup'; did you mean made_up"):
        adopting.adopt(str(other.parent), ["madeup"])
    (other / "trials.csv").unlink()
    (other / manifest.UNFINISHED).unlink()
    with pytest.raises(UserError, match="has no trials of made_up"):
        adopting.adopt(str(other.parent), ["made_up"])


def named(trials: list[Trial]) -> set[tuple[str, str, int]]:
    return {(t.study, t.arm, t.seed) for t in trials}


def test_unfinished_trials_of_this_record_stay_unless_they_are_in_the_other(other: Path, here: Path) -> None:
    """There seeds 1000 and 1001 of `later` wait, and 1000 to 1011 of both arms of `s` are finished."""
    later = [t.model_copy(update={"study": "later", "curves": {"m": [(0, 0.1)]}}) for t in trained(a="yn" + "y" * 48)]
    own = trained(a="y" * 14)
    unlike = own[3].model_copy(update={"key": "of other code"})
    for study, trials in (("later", later), ("s", [*own[:3], unlike, *own[4:]])):
        recording.keep_unfinished("made_up", study, trials)
    recording.write_index()
    for _ in ("anew", "again"):
        adopting.adopt(str(other.parent), ["made_up"])
        found = evidence.read_unfinished(here / manifest.UNFINISHED)
        assert len(found) == len(named(found)) == 53
        assert named(found) == named([*later, unlike, *own[12:]])
        assert verifying.verify() == []
    (here / manifest.UNFINISHED).unlink()
    recording.keep_unfinished("made_up", "s", own[:3])
    (other / manifest.UNFINISHED).unlink()
    forge(other)
    adopting.adopt(str(other.parent), ["made_up"])
    assert not (here / manifest.UNFINISHED).exists()


def test_what_the_other_has_on_record_waits_no_longer_though_it_is_there_twice(other: Path, here: Path) -> None:
    own = evidence.read_trials(other / "trials.csv")
    waiting = evidence.read_unfinished(other / manifest.UNFINISHED)
    text = "".join(f"{trial.model_dump_json()}\n" for trial in [*waiting, *own[:3]])
    (other / manifest.UNFINISHED).write_text(text)
    forge(other)
    adopting.adopt(str(other.parent), ["made_up"])
    assert named(evidence.read_unfinished(here / manifest.UNFINISHED)) == named(waiting)


def test_curves_of_either_record_come_together(other: Path, here: Path) -> None:
    """Those of the other record are points, as format 1 had them; both lack some of one trial or another."""
    points = "study,arm,seed,metric,step,value\ns,a,1000,m,0,0.5\ns,a,1000,m,1,0.25\n"
    (other / "curves.csv").write_text(points)
    forge(other)
    drawn = [t.model_copy(update={"curves": {"m": [(0, 0.1)]}}) for t in trained(a="yy")]
    recording.record_study("made_up", provenance(CLAIM)["s"], drawn)
    adopting.adopt(str(other.parent), ["made_up"])
    curves = {("s", "a", "m"): {1000: [(0, 0.5), (1, 0.25)], 1001: [(0, 0.1)]}}
    assert evidence.read_curves(here / "curves.csv") == curves
    assert verifying.verify() == []


def test_what_negative_controls_trained_comes_in_with_the_code_that_trained_it(
    other: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their trials get hashes; those of arms that only this record has stay."""
    apart = [t.model_copy(update={"seed": t.seed + 6000, "tier": "quick"}) for t in trained(c="nt" * 12, d="n")]
    monkeypatch.setattr(registry, "negatives", lambda name: {CLAIM.id: WITHOUT})
    with monkeypatch.context() as patch:
        patch.setenv("REPRO_RESULTS", str(other.parent))
        patch.setattr(registry, "study_sha256", lambda name, question: "of its time")
        recording.record_negatives("made_up", apart[:-1])
    without_hashes(other / "negatives.csv")
    forge(other)
    recording.keep(here / "negatives.csv", lambda path: evidence.write_trials(path, apart[-1:]))
    recording.write_index()
    adopting.adopt(str(other.parent), ["made_up"])
    assert {(t.arm, t.seed) for t in negative_record.trained("made_up")} == {(t.arm, t.seed) for t in apart}
    assert all(PAYLOAD in row for row in rows_of(here / "negatives.csv"))
    assert registry.recorded_negatives("made_up")[CLAIM.id]["code_sha256"] == {"s": "of its time"}
    assert verifying.verify() == []
    (other / "negatives.json").write_text("{}")
    with pytest.raises(UserError, match=r"negatives\.json: it is not the file that was recorded"):
        adopting.adopt(str(other.parent), ["made_up"])


def not_utf_8(other: Path) -> str:
    (other / "history.jsonl").write_bytes(b"\xff\n")
    return f"{other}/history.jsonl: 'utf-8' codec can't decode"


def no_history(other: Path) -> str:
    (other / "history.jsonl").write_text("{}\n")
    return f"{other}/history.jsonl, line 1: it has no 'claim'"


def no_curve(other: Path) -> str:
    (other / "curves.csv").write_text("study,arm,seed,metric,steps,values\ns,a,1000,m,0 1,0.5\n")
    return f"{other}/curves.csv, line 2: 2 steps and 1 values"


def newer(other: Path) -> str:
    (other.parent / formats.FILE).write_text(f"{formats.FORMAT + 1}\n")
    formats.check.cache_clear()
    return f"{other.parent} has format {formats.FORMAT + 1}, newer than {formats.FORMAT}"


@pytest.mark.parametrize("spoil", [not_utf_8, no_history, no_curve, newer], ids=lambda spoil: spoil.__name__)
def test_a_listed_file_that_cannot_be_read_stays_out(
    other: Path, here: Path, spoil: Callable[[Path], str], capsys: pytest.CaptureFixture[str]
) -> None:
    told = spoil(other)
    forge(other)
    assert cli.main(["adopt", str(other.parent), "made_up"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"repro: {told}")
    assert error.count("\n") == 1
    assert not list(here.iterdir())


def test_a_line_of_history_is_one_whatever_signs_are_in_it(other: Path, here: Path) -> None:
    """A line separator of Unicode, in an answer, ends no line."""
    path = other / "history.jsonl"
    line = json.loads(path.read_text())
    for said in ("a", "b"):
        more = json.dumps(line | {"answer": f"so\u2028{said}"}, ensure_ascii=False)
        path.write_text(f"{more}\n{path.read_text()}" if said == "a" else f"{path.read_text()}{more}\n")
        forge(other)
        adopting.adopt(str(other.parent), ["made_up"])
        assert (here / "history.jsonl").read_bytes() == path.read_bytes()
