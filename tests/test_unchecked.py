"""Verify says where it did not look: nothing is called sound that nobody looked at."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from edited import beside_the_code

from suite import cli, pages

HOLDS = "results/ holds: every verdict follows from its trials.\n"


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return beside_the_code(monkeypatch, tmp_path, pages.START + pages.END)


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
