"""An export looks at everything first: where not all could be written, it says why and writes nothing."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from edited import edit, forge, recorded

from common.errors import UserError
from suite import cli, recording, registry, verifying


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return recorded(monkeypatch, tmp_path / "record")


def refused(record: Path, capsys: Any) -> str:
    """The one line by which an export refuses, having written nothing though the index was waiting for it."""
    edit(record, "the index")
    before = {path: path.read_bytes() for path in record.parent.rglob("*") if path.is_file()}
    assert cli.main(["export"]) == 2
    error = str(capsys.readouterr().err)
    assert error.startswith("repro: ")
    assert error.count("\n") == 1
    assert {path: path.read_bytes() for path in record.parent.rglob("*") if path.is_file()} == before
    return error


def test_claims_that_cannot_be_read_cost_no_verdict(record: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(registry, "claims", lambda name: ())
    monkeypatch.setattr(registry, "broken", lambda: {"made_up": "SyntaxError: invalid syntax, line 3"})
    error = refused(record, capsys)
    assert "reproductions/made_up/claims.py cannot be read: SyntaxError: invalid syntax, line 3; mend it" in error
    before = (record / "verdicts.json").read_bytes()
    with pytest.raises(UserError, match=r"claims\.py cannot be read"):
        recording.render("made_up")
    assert (record / "verdicts.json").read_bytes() == before


@pytest.mark.parametrize("option", ["--rocrate", "--prml", "--latex"])
def test_an_option_without_its_name_does_not_write_the_record_in_its_place(
    record: Path, option: str, capsys: Any
) -> None:
    """As of `--rocrate "$CRATE"`, where no such variable is set."""
    edit(record, "the index")
    before = {path: path.read_bytes() for path in record.parent.rglob("*") if path.is_file()}
    assert cli.main(["export", option, ""]) == 2
    assert "each need a name" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in record.parent.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("kind", "call"), [("figures", "draw"), ("analysis", "sentences")])
def test_a_mistake_of_the_reproductions_own_code_is_one_line(
    record: Path, kind: str, call: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fails(*facts: object) -> None:
        raise KeyError("accuracy")

    monkeypatch.setattr(registry, kind, lambda name: SimpleNamespace(**{call: fails}))
    error = refused(record, capsys)
    assert f"reproductions/made_up/{kind}.py fails on the record: KeyError: 'accuracy'" in error
    assert cli.main(["verify"]) == 1


@pytest.mark.parametrize(
    "file", ["s.svg", "table.md", "verdicts.json", "judged.json", "../INDEX.md", "../badges/made-up.svg"]
)
def test_a_folder_in_place_of_a_file_is_named_before_anything_is_written(record: Path, file: str, capsys: Any) -> None:
    path = (record / file).resolve()
    path.unlink()
    path.mkdir()
    place = path.relative_to(record.parent).as_posix()
    told = f"{place}: a folder, where only files lie; remove it"
    assert told in verifying.verify()
    if file != "../INDEX.md":
        assert told in refused(record, capsys)
    else:
        assert cli.main(["export"]) == 2


@pytest.mark.parametrize("forged", [False, True])
def test_verdicts_that_cannot_be_read_are_made_again(record: Path, forged: bool) -> None:
    whole = (record / "verdicts.json").read_bytes()
    (record / "verdicts.json").write_text("{")
    if forged:
        forge(record)
    assert cli.main(["export"]) == 0
    assert (record / "verdicts.json").read_bytes() == whole
    assert verifying.verify() == []
    assert json.loads(whole)
