"""A made-up record, and what someone might edit in it."""

import csv
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from made_up import check, claim, provenance, publish, trained

from suite import forecasts, manifest, recording, registry, verifying
from suite import provenance as circumstances
from suite.evidence import PAYLOAD

CLAIM = claim(check("one"), check("other", arm="b"))
ARMS = {"a": "y" * 12, "b": "n" * 12}
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
Edit = Callable[[Path], object]


def project(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """A project of one claim, two arms and a figure, without git; the folder is its record, with nothing in it."""
    made = publish(patch, folder, CLAIM)
    patch.setattr(registry, "study_sha256", lambda name, question: "")
    patch.setattr(registry, "figures", lambda name: SimpleNamespace(draw=lambda trials, curves: {"s.svg": SVG}))
    patch.setattr(
        registry, "analysis", lambda name: SimpleNamespace(sentences=lambda trials: f"{len(trials)} say so.\n")
    )
    patch.setattr(forecasts, "forecasts", lambda: ())  # which is kept, and is the project's own for other tests
    patch.setattr(circumstances, "ancestors", lambda: None)
    return made


def recorded(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """The same with both arms on record, and two trials of a study that is not complete."""
    contents = _recorded()
    made = project(patch, folder)
    for place, content in contents.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(content)
    return made


@cache
def _recorded() -> Mapping[str, bytes]:
    """The files of that record, which holds: written once a process, as that takes longer than most tests of it."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        project(patch, Path(folder))
        recording.record_study("made_up", provenance(CLAIM)["s"], trained(**ARMS))
        unfinished = [t.model_copy(update={"study": "later", "curves": {"m": [(0, 0.1)]}}) for t in trained(a="yn")]
        recording.keep_unfinished("made_up", "later", unfinished)
        recording.write_index()
        assert verifying.verify() == []
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def forge(folder: Path) -> None:
    """Rewrites the manifest to match what is there."""
    record = folder.parent
    lines = [f"{manifest.digest(record / file)}  {file}\n" for file in recording.listed_files(record)]
    (record / manifest.NAME).write_text("".join(lines))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def on_rows(change: Callable[[list[dict[str, str]]], Any]) -> Edit:
    def edited(path: Path) -> None:
        rows = rows_of(path)
        change(rows)
        write_rows(path, rows)

    return edited


def in_file(old: str, new: str) -> Edit:
    def edited(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edited


def swap(rows: list[dict[str, str]], column: str, first: int, second: int) -> None:
    rows[first][column], rows[second][column] = rows[second][column], rows[first][column]


@on_rows
def swapped_arms(rows: list[dict[str, str]]) -> None:
    for row in rows:
        row["arm"] = {"a": "b", "b": "a"}[row["arm"]]


def without_hashes(path: Path) -> None:
    write_rows(path, [{k: v for k, v in row.items() if k != PAYLOAD} for row in rows_of(path)])


def without_a_hash(path: Path) -> None:
    """Takes it off the last line of unfinished trials."""
    *others, line = path.read_text().splitlines()
    last = json.dumps({name: said for name, said in json.loads(line).items() if name != PAYLOAD})
    path.write_text("".join(f"{one}\n" for one in (*others, last)))


def without_study(path: Path) -> None:
    """As if it had never been run, but for its history."""
    for file in (
        "trials.csv",
        "verdicts.json",
        "provenance.json",
        "judged.json",
        "table.md",
        "table.csv",
        "s.svg",
        "analysis.md",
    ):
        path.with_name(file).unlink()


HASH = "line 2 (s/a, seed 1000): not the trial that was recorded, by its hash"
JUDGED = "study s was judged by other trials or another provenance than are on record"
INVALID = "made-up: recorded partly, the evidence gives invalid (s/a: missing seed 1003)"
EDITS: Mapping[str, tuple[str, Edit, str]] = {
    "a digit": ("trials.csv", on_rows(lambda rows: rows[0].update(m="0.9")), HASH),
    "seconds": ("trials.csv", on_rows(lambda rows: rows[0].update(seconds="2.0")), HASH),
    "another hash": ("trials.csv", on_rows(lambda rows: rows[0].update({PAYLOAD: "0" * 64})), HASH),
    "no hash": ("trials.csv", on_rows(lambda rows: rows[0].update({PAYLOAD: ""})), HASH),
    "no hashes": ("trials.csv", without_hashes, "its trials carry no hashes; add them with: repro export"),
    "the last row removed": ("trials.csv", on_rows(lambda rows: rows.pop()), JUDGED),
    "a row removed": ("trials.csv", on_rows(lambda rows: rows.pop(3)), INVALID),
    "a row doubled": ("trials.csv", on_rows(lambda rows: rows.append(rows[0])), "s/a, seed 1000: there 2 times"),
    "two seeds swapped": ("trials.csv", on_rows(lambda rows: swap(rows, "seed", 0, 11)), HASH.replace("1000", "1011")),
    "two arms swapped": ("trials.csv", swapped_arms, HASH.replace("s/a", "s/b")),
    "an arm removed": ("trials.csv", on_rows(lambda rows: rows.__delitem__(slice(12, 24))), JUDGED),
    "a study removed": ("trials.csv", without_study, "made_up: it has a history, and neither trials nor verdicts"),
    "a verdict": ("verdicts.json", in_file('"partly"', '"reproduced"'), "made-up: recorded reproduced, the evidence"),
    "a count": ("verdicts.json", in_file('"yes": 12', '"yes": 11'), "made-up: recorded checks differs from what"),
    "a table": ("table.md", in_file("| 12 |", "| 11 |"), "made_up/table.md: differs from what"),
    "a table for machines": ("table.csv", in_file(",12,", ",11,"), "made_up/table.csv: differs from what"),
    "a table removed": ("table.md", Path.unlink, "made_up/table.md: differs from what"),
    "a table for machines removed": ("table.csv", Path.unlink, "made_up/table.csv: differs from what"),
    "a sentence": ("analysis.md", in_file("24", "25"), "made_up/analysis.md: differs from what"),
    "all sentences removed": ("analysis.md", Path.unlink, "made_up/analysis.md: differs from what"),
    "a figure": ("s.svg", in_file("/>", "><text>12</text></svg>"), "made_up/s.svg: not the figure that was drawn"),
    "a figure without hash": ("s.svg", in_file("<!--", "<!-- no"), "made_up/s.svg: it carries no hash"),
    "a badge": ("../badges/made-up.svg", in_file("partly", "reproduced"), "badges/made-up.svg: differs"),
    "a badge removed": ("../badges/made-up.svg", Path.unlink, "badges/made-up.svg: differs"),
    "the index": ("../INDEX.md", in_file("partly", "reproduced"), "INDEX.md: differs from what the verdicts give"),
    "the index removed": ("../INDEX.md", Path.unlink, "INDEX.md: differs from what the verdicts give"),
    "claims for machines": ("../claims.json", in_file("made-up", "made-down"), "claims.json: differs from what"),
    "a circumstance": ("provenance.json", in_file('"cpu": ""', '"cpu": "another"'), JUDGED),
    "a clean tree": ("provenance.json", in_file('"clean": true', '"clean": false'), JUDGED),
    "the history": ("history.jsonl", in_file('"partly"', '"reproduced"'), "history.jsonl: made-up does not end in its"),
    "what was judged": ("judged.json", in_file('"s": "', '"s": "0'), JUDGED),
    "an unfinished trial": (
        manifest.UNFINISHED,
        in_file('"m": 1.0', '"m": 0.9'),
        "it is not the trial that was written",
    ),
    "an unfinished trial's hash": (manifest.UNFINISHED, without_a_hash, "line 2: it carries no hash, as others do"),
}
"""What someone edits: the file, the edit, and what `verify` says, whether or not the manifest was made to match."""
EVIDENCE = [name for name, (file, *_) in EDITS.items() if file in manifest.EVIDENCE]


def edit(folder: Path, what: str) -> Path:
    """Makes an edit, and gives the file."""
    file, change, _ = EDITS[what]
    path = (folder / file).resolve()
    change(path)
    return path


def beside_the_code(monkeypatch: pytest.MonkeyPatch, root: Path, page: str) -> Path:
    """A project whose made-up record lies beside the code, so that its pages, each of this text, follow from it."""
    project(monkeypatch, root / "results")
    monkeypatch.setattr(registry, "ROOT", root)
    monkeypatch.setattr(registry, "FOLDER", root / "reproductions")
    monkeypatch.setattr(verifying, "_edition_1", lambda: ())
    for folder in (root, root / "reproductions/made_up"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "README.md").write_text(page)
    recording.record_study("made_up", provenance(CLAIM)["s"], trained(**ARMS))
    return root
