"""What is cited, published, counted or listed of a verdict follows from its trials, never from an edit of it."""

from pathlib import Path
from typing import Any

import pytest
from edited import edit, forge, recorded

from suite import cli, commands, costs, grounds, recording, registry, verifying
from suite.page import site


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A record that holds, and commands that need no Keras, no git and no file of sources."""
    made = recorded(monkeypatch, tmp_path / "record")
    monkeypatch.setattr(commands, "prepare", lambda requested: "jax")
    monkeypatch.setattr(costs, "cost", lambda name: costs.Cost())
    monkeypatch.setattr(site, "write", lambda: made)
    return made


COMMANDS: dict[str, list[str]] = {
    "cite": ["cite", "made-up"],
    "costs": ["costs"],
    "page": ["page"],
    "for a paper": ["export", "--latex", "made-up"],
    "as manifests": ["export", "--prml", "prml"],
    "as a crate": ["export", "--rocrate", "out.zip"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["a verdict", "a count", "a digit", "the last row removed", "a row doubled"])
@pytest.mark.parametrize("forged", [False, True])
def test_no_command_tells_others_of_an_edit(
    record: Path, command: str, what: str, forged: bool, capsys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    edit(record, what)
    if forged:
        forge(record)
    if forged and command == "cite" and what == "a count":
        return  # which a light command does not judge again
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert cli.main(COMMANDS[command]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "Nothing was written" in said.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_record_that_holds_is_no_obstacle_nor_is_one_that_only_became_stale(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for again in (False, True):
        grounds.refuse(["made_up"], again=again)
    monkeypatch.setattr(registry, "study_sha256", lambda name, question: "another")
    assert any("stale" in fault for fault in verifying.verify())
    for again in (False, True):
        grounds.refuse(["made_up"], again=again)


@pytest.mark.parametrize("damage", ["partly", "{", ""])
def test_what_is_made_of_all_verdicts_is_made_from_their_trials(record: Path, damage: str) -> None:
    """A run of another reproduction, `controls`, `adopt` and `new claim` end so."""
    path = record / "verdicts.json"
    whole = {file: (record.parent / file).read_bytes() for file in recording.listed_files(record.parent)}
    path.write_text(path.read_text().replace("partly", "reproduced") if damage == "partly" else damage)
    recording.write_index()
    assert verifying.verify() == []
    assert {file: (record.parent / file).read_bytes() for file in recording.listed_files(record.parent)} == whole
