"""A claim that was judged cannot be dropped in silence, and no file comes into the record that nothing makes."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, forge, recorded
from made_up import check, claim, trained

from suite import cli, evidence, owning, pages, recording, registry, schemas, verifying


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(registry, "broken", dict)
    return recorded(monkeypatch, tmp_path / "record")


def found(folder: Path) -> list[str]:
    """What `verify` says once an export has taken all of it into the manifest."""
    assert cli.main(["export"]) == 0
    return verifying.verify()


def test_a_claim_that_was_judged_and_is_gone_is_told_for_ever(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = claim(check("one"), id="another")
    monkeypatch.setattr(registry, "claims", lambda name: (other,))
    faults = found(record)
    assert "made_up: made-up was judged, and is no claim of reproductions/made_up/claims.py; claims stay for ever" in (
        faults
    )
    assert "badges/made-up.svg: nothing in the project makes such a file; remove it" in faults
    monkeypatch.setattr(registry, "claims", lambda name: (CLAIM, other))
    assert found(record) == []


def test_a_claim_of_edition_1_that_is_gone_is_told_beside_the_record_that_it_goes_with(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = registry.edition_1() / "made_up/verdicts.json"
    old.write_text('{"first-one": {"verdict": "partly", "checks": []}}')
    for own in (False, True):
        monkeypatch.setattr(pages, "follow", lambda own=own: own)
        assert any(fault.startswith("made_up: first-one was judged") for fault in owning.faults()) == own


def test_evidence_of_a_reproduction_that_is_gone_is_told(record: Path) -> None:
    shutil.copytree(record, record.parent / "gone")
    forge(record)
    first, second = found(record)
    assert first.startswith("gone: made-up was judged, and is no claim of reproductions/gone/claims.py")
    assert second.startswith("gone/: ")
    assert second.endswith(" files of no reproduction; there is no reproductions/gone/claims.py")


@pytest.mark.parametrize(
    "file", ["notes.md", "badges/zzz.svg", "made_up/notes.md", "made_up/s/table.md", "schemas/x.json", "badges/x/y.svg"]
)
def test_a_file_that_nothing_makes_is_named(record: Path, file: str) -> None:
    (record.parent / file).parent.mkdir(exist_ok=True)
    (record.parent / file).write_text("x")
    recording.write_index()  # which takes it into the manifest
    assert f"{file}: nothing in the project makes such a file; remove it" in verifying.verify()


def test_every_file_that_has_a_schema_has_its_place(record: Path) -> None:
    for pattern in schemas.FILES:
        if not pattern.startswith("edition-1"):
            path = record.parent / pattern.replace("*", "made_up")
            path.touch()
    (record / "table.md").touch()
    assert not any("nothing in the project" in fault for fault in verifying.verify())


def test_withdrawn_trials_are_evidence_that_no_export_takes_in(record: Path, capsys: Any) -> None:
    """The command that counts what they cost would else count what anyone wrote."""
    evidence.write_trials(record / "withdrawn.csv", trained(**ARMS))
    recording.write_index()
    assert verifying.verify() == ["made_up/withdrawn.csv: not in MANIFEST.sha256"]
    assert cli.main(["export"]) == 2
    assert "withdrawn.csv: it is not the file that was recorded" in capsys.readouterr().err
