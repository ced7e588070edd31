"""What was edited stays found whatever is run over it: no command judges it anew, though more than one file was made
to match."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edited import CLAIM, JUDGED, edit, forge, on_rows, recorded, rows_of, swapped_arms, without_hashes
from made_up import provenance, trained
from test_tampering import WHOLE, contents

from common.errors import UserError
from suite import (
    adopting,
    cli,
    evidence,
    judgements,
    manifest,
    recording,
    registry,
    tampering,
    verifying,
)
from suite.evidence import PAYLOAD
from suite.negatives import Negative, instead

WITHOUT = Negative(CLAIM.id, "nothing is there", instead(("s/c", "m"), record="trained"))
SETTINGS = {"a": {}, "b": {}}


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two studies on record, unfinished trials of a third, and those of a negative control; without git."""
    monkeypatch.setattr(registry, "negatives", lambda name: {CLAIM.id: WITHOUT})
    folder = recorded(monkeypatch, tmp_path / "record")
    own = [trial.model_copy(update={"study": "t"}) for trial in trained(a="yn")]
    recording.record_study("made_up", provenance(CLAIM, study="t")["t"], own)
    apart = [t.model_copy(update={"seed": t.seed + 6000, "tier": "quick"}) for t in trained(c="nt" * 12, d="n")]
    recording.record_negatives("made_up", [t.model_copy(update={"metrics": t.metrics | {"more": 0.5}}) for t in apart])
    assert verifying.verify() == []
    return folder


@pytest.fixture
def committed(record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in the last commit of the project."""
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "record")
    assert verifying.verify() == []
    return record


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.hooksPath=/dev/null")
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, env=environment)


def hashed_anew(path: Path) -> None:
    """As `docs/record.md` says how."""
    on_rows(lambda rows: [row.update({PAYLOAD: evidence.row_sha256(row)}) for row in rows])(path)


def digit(folder: Path, file: str = "trials.csv", metric: str = "m") -> None:
    on_rows(lambda rows: rows[0].update({metric: "0.9"}))(folder / file)
    hashed_anew(folder / file)


def swapped(folder: Path) -> None:
    on_rows(lambda rows: [rows.remove(row) for row in rows_of(folder / "trials.csv") if row["study"] == "t"])(
        folder / "trials.csv"
    )
    swapped_arms(folder / "trials.csv")
    hashed_anew(folder / "trials.csv")


def last_seeds(folder: Path) -> None:
    on_rows(lambda rows: [rows.remove(row) for row in list(rows) if row["seed"] == "1011"])(folder / "trials.csv")


def another_cpu(folder: Path) -> None:
    edit(folder, "a circumstance")


def no_provenance(folder: Path) -> None:
    (folder / "provenance.json").unlink()


def without_study(folder: Path) -> None:
    """No trial, circumstance or judgement of it is left."""
    on_rows(lambda rows: [rows.remove(row) for row in list(rows) if row["study"] == "t"])(folder / "trials.csv")
    for file in ("provenance.json", judgements.FILE):
        said = json.loads((folder / file).read_text())
        said.pop("t", None)
        (folder / file).write_text(json.dumps(said, indent=1) + "\n")


def never_run(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != judgements.FILE:
            path.unlink()


def emptied(folder: Path) -> None:
    (folder / judgements.FILE).write_text("{}")


TOLD = [digit, swapped, last_seeds, another_cpu, no_provenance]
ONLY_BY_GIT = [without_study, never_run]
Change = Callable[[Path], None]


@pytest.mark.parametrize("hide", [emptied, lambda folder: (folder / judgements.FILE).unlink()], ids=["empty", "gone"])
@pytest.mark.parametrize("change", TOLD, ids=lambda change: change.__name__)
def test_who_takes_away_what_studies_were_judged_by_hides_no_edit(record: Path, change: Change, hide: Change) -> None:
    change(record)
    hide(record)
    refused_everywhere(record)


@pytest.mark.parametrize("change", [*TOLD, *ONLY_BY_GIT], ids=lambda change: change.__name__)
def test_nor_does_who_takes_a_study_away_as_a_whole_where_a_commit_has_it(committed: Path, change: Change) -> None:
    change(committed)
    if change != without_study:
        emptied(committed)
    refused_everywhere(committed)


def refused_everywhere(folder: Path) -> None:
    """With the manifest made to match, and by a run of everything where that was not done."""
    for forged in (False, True):
        if forged:
            forge(folder)
        before = contents(folder.parent)
        assert any(fault.startswith("made_up/judged.json: ") for fault in verifying.verify())
        assert not any("judged.json" in fault and "repro export" in fault for fault in verifying.verify())
        assert cli.main(["export"]) == 2
        with pytest.raises(UserError, match=r"Restore it with: git checkout|restore it with"):
            tampering.refuse_run(EVERY_ARM, {CLAIM.id})
        assert contents(folder.parent) == before


EVERY_ARM = [*WHOLE, ("made_up", "t", "a")]


def test_a_run_of_the_whole_record_takes_no_edited_trial_with_a_hash_of_its_own(committed: Path) -> None:
    """Though rows that were taken away are no obstacle to it, nor rows that are there twice."""
    path = committed / "trials.csv"
    whole = path.read_bytes()
    for lost in ("the last row removed", "a row doubled", "a row removed"):
        edit(committed, lost)
        tampering.refuse_run(EVERY_ARM, {CLAIM.id})
    path.write_bytes(whole)
    for spoil in (digit, lambda folder: (edit(folder, "a row removed"), digit(folder))):
        spoil(committed)
        with pytest.raises(UserError, match=rf"{path}: {JUDGED}"):
            tampering.refuse_run(EVERY_ARM, {CLAIM.id})
        path.write_bytes(whole)


@pytest.mark.parametrize("field", ['"date": "', '"cpu": "', '"commit": "', '"made-up": "'])
def test_a_run_of_the_whole_record_takes_no_edited_circumstance_for_a_lost_row(committed: Path, field: str) -> None:
    path = committed / "provenance.json"
    path.write_text(path.read_text().replace(field, f"{field}1", 1))
    forge(committed)
    for spoil in ("", "\n"):
        (committed / "trials.csv").write_text((committed / "trials.csv").read_text() + spoil)
        with pytest.raises(UserError, match=rf"{path}: {JUDGED}"):
            tampering.refuse_run(EVERY_ARM, {CLAIM.id})
    edit(committed, "the last row removed")
    with pytest.raises(UserError, match=JUDGED):
        tampering.refuse_run(EVERY_ARM, {CLAIM.id})


@pytest.mark.parametrize("what", ["what was judged", "a circumstance", "an arm removed"])
def test_a_refusal_names_the_file_that_the_last_commit_has_otherwise(committed: Path, what: str) -> None:
    path = edit(committed, what)
    forge(committed)
    with pytest.raises(UserError, match=rf"^{path}: {JUDGED}.*git checkout -- {path} "):
        tampering.refuse(["made_up"])
    git(committed, "checkout", "--", str(path), str(committed.parent / manifest.NAME))
    tampering.refuse(["made_up"])


WRITES: dict[str, Callable[[], object]] = {
    "trials.csv": lambda: recording.record_study("made_up", provenance(CLAIM)["s"], trained(c="y")),
    "negatives.csv": lambda: recording.record_negatives("made_up", trained(d="y")),
}


@pytest.mark.parametrize("file", WRITES)
def test_what_was_edited_while_others_were_trained_is_not_written_again(committed: Path, file: str) -> None:
    digit(committed, file)
    forge(committed)
    before = contents(committed.parent)
    with pytest.raises(UserError, match=rf"^{committed / file}: .* than "):
        WRITES[file]()
    assert contents(committed.parent) == before


def test_a_full_run_from_an_empty_home_takes_no_edited_trial_from_the_record(trained: Any) -> None:
    trained.git("add", "-f", "record")
    trained.commit()
    folder, begun = trained.results / "stub", len(trained.log())
    shutil.rmtree(trained.root / "home")
    digit(folder, metric="score")
    before = contents(trained.results)
    done = trained.run("run", "--tier", "full", "--workers", "0")
    assert done.returncode == 2
    assert f"repro: {folder}/trials.csv: study echo was judged by other trials" in done.stderr
    assert contents(trained.results) == before
    assert len(trained.log()) == begun
    on_rows(lambda rows: rows.pop(0))(folder / "trials.csv")
    assert trained.run("run", "--tier", "full", "--workers", "0").returncode == 0, "one was lost, and is trained"
    assert len(trained.log()) == begun + 1


OTHERS = "negatives.csv holds other trials than were judged"
NEGATIVES: list[tuple[str, Change]] = [
    ("a number that is read", lambda folder: digit(folder, "negatives.csv")),
    ("a number that is not read", lambda folder: digit(folder, "negatives.csv", "more")),
    ("the last row removed", lambda folder: on_rows(lambda rows: rows.pop())(folder / "negatives.csv")),
    ("a row doubled", lambda folder: on_rows(lambda rows: rows.append(rows[0]))(folder / "negatives.csv")),
    ("all removed", lambda folder: (folder / "negatives.csv").unlink()),
]


@pytest.mark.parametrize(("what", "change"), NEGATIVES, ids=[what for what, _ in NEGATIVES])
def test_trials_of_negative_controls_are_those_that_were_judged(
    record: Path, what: str, change: Change, capsys: Any
) -> None:
    change(record)
    forge(record)
    before = contents(record.parent)
    assert f"made_up/judged.json: {OTHERS}" in verifying.verify()
    for command in (["export"], ["controls", "made_up"]):
        assert cli.main(command) == 2
        told = "s/c, seed 7000: there 2 times" if what == "a row doubled" else OTHERS
        assert f"{record}/negatives.csv: {told}" in capsys.readouterr().err
    assert contents(record.parent) == before


def test_trials_of_negative_controls_from_before_they_had_an_entry_get_one_by_an_export(record: Path) -> None:
    """Unless the last commit has it."""
    path = record / judgements.FILE
    whole = path.read_bytes()
    said = json.loads(whole)
    del said[judgements.NEGATIVES]
    path.write_text(json.dumps(said))
    forge(record)
    assert verifying.verify() == ["made_up/judged.json: negatives.csv is not judged; write it with: repro export"]
    assert cli.main(["export"]) == 0
    assert path.read_bytes() == whole
    assert verifying.verify() == []


def test_nor_once_the_last_commit_has_the_entry(committed: Path) -> None:
    path = committed / judgements.FILE
    said = json.loads(path.read_text())
    del said[judgements.NEGATIVES]
    path.write_text(json.dumps(said))
    forge(committed)
    assert cli.main(["export"]) == 2


@pytest.fixture
def other(record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the record in another checkout."""
    shutil.copytree(record.parent, tmp_path / "other")
    return tmp_path / "other/made_up"


def old(folder: Path) -> None:
    """As if it were of before trials had hashes."""
    (folder / judgements.FILE).unlink()
    for file in manifest.TRIALS:
        without_hashes(folder / file)


@pytest.mark.parametrize("hide", [emptied, lambda folder: (folder / judgements.FILE).unlink(), old])
def test_no_other_circumstances_come_in_for_the_same_trials(record: Path, other: Path, hide: Change) -> None:
    edit(other, "a circumstance")
    hide(other)
    forge(other)
    before = contents(record.parent)
    told = "provenance.json: of study s it tells otherwise than" if hide == old else r"judged\.json: "
    with pytest.raises(UserError, match=told):
        adopting.adopt(str(other.parent), ["made_up"])
    assert contents(record.parent) == before


def test_of_another_record_the_file_is_named_that_is_otherwise_here(record: Path, other: Path) -> None:
    path = edit(other, "a circumstance")
    forge(other)
    with pytest.raises(UserError, match=f"^{path}: {JUDGED}"):
        adopting.adopt(str(other.parent), ["made_up"])


def test_an_equal_record_that_is_taken_changes_no_file(record: Path, other: Path) -> None:
    """Nor the circumstances of an older format, which told less."""
    for folder in (record, other):
        path = folder / "provenance.json"
        said = json.loads(path.read_text())
        for fact in said.values():
            del fact["settings"], fact["peak_megabytes"]
        path.write_text(recording.circumstances(said))
        (folder / judgements.FILE).write_text(
            judgements.text({e: [h] for e, h in judgements.held(folder).states().items()})
        )
        forge(folder)
    recording.write_index()
    before = contents(record.parent)
    assert adopting.adopt(str(other.parent), ["made_up"]) == 0
    assert contents(record.parent) == before
