"""Verify says where it did not look: nothing is called sound that nobody looked at."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, project
from made_up import provenance, trained

from suite import cli, pages, recording, registry, verifying

HOLDS = "results/ holds: every verdict follows from its trials.\n"


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project whose record lies beside the code."""
    project(monkeypatch, tmp_path / "results")
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    monkeypatch.setattr(registry, "FOLDER", tmp_path / "reproductions")
    monkeypatch.setattr(verifying, "_edition_1", lambda: ())
    for folder in (tmp_path, tmp_path / "reproductions/made_up"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text(pages.START + pages.END)
    recording.record_study("made_up", provenance(CLAIM)["s"], trained(**ARMS))
    return tmp_path


def test_a_folder_that_is_not_there_is_no_record_that_holds(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for place in ("nowhere", "empty"):
        (root / "empty").mkdir(exist_ok=True)
        monkeypatch.setenv("REPRO_RESULTS", str(root / place))
        assert cli.main(["verify"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert (
            said.err
            == f"repro: {root / place} holds no record, so that there is nothing to verify; see REPRO_RESULTS\n"
        )


def test_the_pages_and_edition_1_are_said_not_to_be_looked_at_beside_another_record(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    assert cli.main(["verify"]) == 0
    assert "edition 1" not in capsys.readouterr().out
    shutil.copytree(root / "results", root / "copy")
    monkeypatch.setenv("REPRO_RESULTS", str(root / "copy"))
    assert cli.main(["verify"]) == 0
    told = "The pages and edition 1 were not looked at: they go with the record in results/, and this is another.\n"
    said = capsys.readouterr().out
    assert said.startswith(told)
    assert said.endswith(HOLDS)
