"""A record of another checkout comes in as it was recorded there, whole, and takes no trial away."""

from pathlib import Path

import pytest
from edited import ARMS, CLAIM, edit, forge, project, recorded, rows_of, without_hashes
from made_up import provenance, trained

from common.errors import UserError
from suite import adopting, cli, evidence, manifest, recording
from suite.evidence import PAYLOAD


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
        assert recording.verify() == []
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
    assert recording.verify() == []


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
