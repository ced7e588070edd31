"""What git knows of the record: commits that are not of this history, forecasts and hashes that were there before."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, edit, forge, project, without_hashes
from made_up import provenance, trained

from common.errors import UserError
from suite import ancestry, cli, judgements, recording, registry, tampering, verifying
from suite import provenance as circumstances

ANCESTORS = circumstances.ancestors
FORECAST = "ann,2026-12-01,made-up,direction,one,0.9,0.5,1\n"
FORECASTS = f"forecaster,date,claim,kind,check,probability,low80,high80\n{FORECAST}"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.hooksPath=/dev/null")
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def record_at(commit: str) -> None:
    fact = provenance(CLAIM, commit=commit, fixed={"made-up": commit})["s"]
    recording.record_study("made_up", fact, trained(**ARMS))


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The project under git: forecasts were committed, then the record of a run of that commit."""
    project(monkeypatch, tmp_path / "record")
    monkeypatch.setattr(circumstances, "ancestors", ANCESTORS)
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    monkeypatch.setattr(registry, "FOLDER", tmp_path / "reproductions")
    (tmp_path / "reproductions").mkdir()
    (tmp_path / "reproductions/forecasts.csv").write_text(FORECASTS)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "reproductions")
    git(tmp_path, "commit", "-qm", "forecast")
    record_at(git(tmp_path, "rev-parse", "HEAD"))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "record")
    assert verifying.verify() == []
    assert ancestry.unchecked() == ""
    return tmp_path


def test_a_commit_on_record_that_is_not_in_the_history_is_found(root: Path) -> None:
    git(root, "checkout", "-q", "--orphan", "elsewhere")
    git(root, "commit", "-qm", "no ancestor of what follows")
    elsewhere = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "main")
    for commit in ("c" * 40, elsewhere):
        record_at(commit)
        [fault] = verifying.verify()
        assert fault == f"made_up/provenance.json: study s names commit {commit[:12]}, not in this history"


def test_what_git_cannot_tell_is_said_and_is_no_fault(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_at(git(root, "rev-parse", "HEAD~1"))
    git(root, "clone", "-q", "--depth", "1", f"file://{root}", "clone")
    for place, told in (("clone", "this shallow clone"), ("record", "no git checkout of the project")):
        monkeypatch.setattr(registry, "ROOT", root / place)
        assert verifying.verify() == []
        assert told in ancestry.unchecked()
    monkeypatch.setattr(registry, "ROOT", root)
    monkeypatch.setenv("PATH", "")
    assert verifying.verify() == []
    assert "git is missing" in ancestry.unchecked()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.9", "0.1"),
        ("ann", "bob"),
        ("made-up,direction", "other,direction"),
        ("2026-12-01", "2026-11-01"),
        ("0.5,1", "0.9,1"),
        (FORECAST, ""),
        (FORECAST, FORECAST * 2),
    ],
)
def test_a_forecast_that_changed_after_the_trials_is_found_and_nothing_is_told_of_it(
    root: Path, old: str, new: str, capsys: Any
) -> None:
    (root / "reproductions/forecasts.csv").write_text(FORECASTS.replace(old, new))
    fault = "reproductions/forecasts.csv: what is forecast of made-up is not what was before its trials"
    assert verifying.verify() == [fault]
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}
    for command in (["export"], ["export", "--prml", "prml"], ["page"]):
        assert cli.main(command) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"repro: {fault}. Nothing was written. Restore it with: git checkout -- ")
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert after == before


def test_a_forecast_of_a_claim_without_trials_may_change(root: Path) -> None:
    other = FORECAST.replace("made-up", "later")
    (root / "reproductions/forecasts.csv").write_text(FORECASTS + other.replace("0.9", "0.1"))
    assert verifying.verify() == []
    assert cli.main(["export"]) == 0


def test_hashes_that_were_taken_away_do_not_come_again(root: Path, capsys: Any) -> None:
    """Neither by a record without what it was judged by, nor by one that looks as if it had never had hashes."""
    folder = root / "record/made_up"
    edit(folder, "a digit")
    without_hashes(folder / "trials.csv")
    (folder / "judged.json").unlink()
    forge(folder)
    assert cli.main(["export"]) == 2
    assert "judged.json: it is missing" in capsys.readouterr().err
    (folder / "judged.json").write_text(json.dumps(judgements.held(folder).states()))
    forge(folder)
    copy = root / "copy"
    shutil.copytree(folder.parent, copy)
    for command in (["export"], ["adopt", str(copy), "made_up"], ["controls", "made_up"]):
        assert cli.main(command) == 2
        assert "trials.csv: its trials carried hashes, and do not any more" in capsys.readouterr().err
    with pytest.raises(UserError, match="its trials carried hashes, and do not any more"):
        tampering.refuse_run([("made_up", "s", "a"), ("made_up", "s", "b")], {CLAIM.id})
