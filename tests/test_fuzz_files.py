"""Any file of a record or a reproduction, damaged in any way: a correct answer, or one line that says what is wrong."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fuzzing import EACH, STEPS, World, answered, damaged, forget, share, world
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UserError
from suite import evidence, forecasts, history, registry, scorecard

LATEX, CSL = ("export", "--latex", "first-one"), ("cite", "first-one", "--format", "csl")
PROJECT: dict[str, tuple[tuple[str, ...], ...]] = {
    "catalogue.csv": (("explain", "first-one"), ("new", "left", "first-one")),
    "sentences.csv": (("verify",), ("export",)),
    "sources.bib": (("cite", "first-one"), CSL, LATEX, ("verify",), ("new", "left", "first-one")),
    "README.md": (("verify",),),
    "CHANGELOG.md": (("page",),),
}
RECORD: dict[str, tuple[tuple[str, ...], ...]] = {
    "trials.csv": (
        ("verify",), ("export",), ("trials", "first-one", "--csv"), ("cite", "first-one"),
        ("compare", "results", "whole"),
    ),
    "pilots.csv": (("pilots", "first-one"), ("pilots", "first-one", "--csv")),
    "curves.csv": (("page",), ("export",)),
    "unfinished.jsonl": (("verify",), ("export",)),
    "provenance.json": (("list",), ("verify",), ("cite", "first-one"), ("explain", "first-one"), ("export",)),
    "verdicts.json": (
        ("list",), ("verdicts",), ("table", "--csv"), ("verify",), ("cite", "first-one"), CSL, LATEX,
        ("explain", "first-one"), ("explain", "second-one"), ("export",), ("compare", "results", "whole"),
    ),
    "history.jsonl": (("history", "first-one"), ("verify",), ("export",)),
    "claims.json": (("verify",),),
    "MANIFEST.sha256": (("verify",),),
    "table.md": (("verify",),),
    "s.svg": (("page",),),
    "predictions.jsonl": (("plan", "--scored"),),
    "edition-1": (("list",), ("verdicts",), ("table",), ("history", "first-one")),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("files")) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        shutil.copytree(made.results, made.root / "whole")
        made.whole = made.files()
        yield made


def place(project: World, name: str) -> Path:
    if name == "edition-1":
        return registry.edition_1() / project.module / "verdicts.json"
    folders = (project.folder, project.record, project.results, project.home, project.code, project.root)
    return next(folder / name for folder in folders if (folder / name).exists())


def spoil(project: World, name: str, steps: Sequence[tuple[int, int, int]]) -> Path:
    project.restore()
    path = place(project, name)
    path.write_bytes(damaged(project.whole[path], path.suffix, steps))
    forget()
    return path


def asked(project: World, path: Path, words: tuple[str, ...]) -> None:
    """One command: an answer or one line, and no file changed by a command that failed or that only reads."""
    before = project.files()
    code, _, err = answered(words)
    assert code in (0, 1, 2), err
    if code == 2 or words[0] not in ("export", "page"):
        assert project.files() == before
    project.restore()


def test_the_project_is_sound(project: World) -> None:
    for words in {words for commands in (PROJECT | RECORD).values() for words in commands}:
        assert answered(words)[0] == 0, words
    project.restore()


@share(4)
@given(data=st.data(), steps=STEPS)
def test_a_damaged_file_of_the_project_is_read_or_named(project: World, data: Any, steps: Any) -> None:
    name, words = data.draw(st.sampled_from([(name, words) for name, all_of in PROJECT.items() for words in all_of]))
    asked(project, spoil(project, name, steps), words)


@share(4)
@given(data=st.data(), steps=STEPS)
def test_a_damaged_file_of_the_record_is_read_or_named(project: World, data: Any, steps: Any) -> None:
    name, words = data.draw(st.sampled_from([(name, words) for name, all_of in RECORD.items() for words in all_of]))
    asked(project, spoil(project, name, steps), words)


def by_hand(path: Path) -> list[dict[str, str]]:
    """The rows of a table by another reader than the suite's."""
    head, *rows = [row for row in csv.reader(io.StringIO(path.read_bytes().decode(), newline="")) if row] or [[]]
    return [dict(zip(head, row, strict=True)) for row in rows]


@EACH
@given(steps=STEPS)
def test_forecasts_are_those_of_the_file_or_it_is_named(project: World, steps: Any) -> None:
    path = spoil(project, "forecasts.csv", steps)
    try:
        found = [(f.forecaster, f.date, f.claim, f.check, f.probability) for f in forecasts.forecasts()]
    except UserError as fault:
        assert str(fault).startswith(str(path))
        return asked(project, path, ("table",))
    told = [row for row in by_hand(path) if row["check"]]
    assert found == [(r["forecaster"], r["date"], r["claim"], r["check"], float(r["probability"])) for r in told]
    assert all(0 <= probability <= 1 for *_, probability in found)
    asked(project, path, ("verdicts",))


@share(4)
@given(name=st.sampled_from(["trials.csv", "pilots.csv", "curves.csv", "sentences.csv"]), steps=STEPS)
def test_numbers_of_a_table_are_those_of_the_file_or_it_is_named(project: World, name: str, steps: Any) -> None:
    path = spoil(project, name, steps)
    try:
        if name == "curves.csv":
            curves = evidence.read_curves(path)
            found = {(*key, seed): points for key, seeds in curves.items() for seed, points in seeds.items()}
            rows = by_hand(path)
            assert len(found) == len(rows)
            for row in rows:
                points = found[
                    row["study"].removeprefix("'"),
                    row["arm"].removeprefix("'"),
                    row["metric"].removeprefix("'"),
                    int(row["seed"]),
                ]
                assert [step for step, _ in points] == [int(step) for step in row["steps"].split()]
                assert [value for _, value in points] == [float(value) for value in row["values"].split()]
        elif name == "sentences.csv":
            assert scorecard.rows() == by_hand(path)
        else:
            for trial, row in zip(evidence.read_trials(path), by_hand(path), strict=True):
                whole = {key: cell.removeprefix("'") for key, cell in row.items()}
                assert (trial.study, trial.arm, str(trial.seed)) == (
                    whole["study"],
                    whole["arm"],
                    str(int(whole["seed"])),
                )
                assert (str(trial.stopped), trial.status) == (whole["stopped"], whole["status"])
                assert trial.metrics == {
                    key: None if cell == "null" else float(cell)
                    for key, cell in whole.items()
                    if key not in evidence.COLUMNS and cell and not key.endswith("_sha256")
                }
    except UserError as fault:
        assert str(path) in str(fault)
        assert "\n" not in str(fault)


@share(4)
@given(name=st.sampled_from(["verdicts.json", "provenance.json", "history.jsonl", "unfinished.jsonl"]), steps=STEPS)
def test_values_of_json_are_those_of_the_file_or_it_is_named(project: World, name: str, steps: Any) -> None:
    path = spoil(project, name, steps)
    try:
        if name == "verdicts.json":
            assert registry.recorded_verdicts(project.module) == json.loads(path.read_bytes())
        elif name == "provenance.json":
            made_by = evidence.read_provenance(project.module)
            said = json.loads(path.read_bytes())
            assert {study: made.commit for study, made in made_by.items()} == {
                s: made["commit"] for s, made in said.items()
            }
        elif name == "history.jsonl":
            read = history.read(project.module)
            lines = [line for line in path.read_bytes().decode().split("\n") if line]
            assert read == [json.loads(line) for line in lines]
        else:
            trials = evidence.read_unfinished(path)
            lines = [line for line in path.read_bytes().decode().split("\n") if line]
            for trial, line in zip(trials, lines, strict=True):
                assert (trial.seed, trial.arm) == (json.loads(line)["seed"], json.loads(line)["arm"])
    except UserError as fault:
        assert str(path) in str(fault)
        assert "\n" not in str(fault)
