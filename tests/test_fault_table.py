"""The table of faults is whole: every row has tests that exist, and a mutant that still finds its place."""

import re
from pathlib import Path

import mutants
import pytest

HERE = Path(__file__).parent
ROWS = {
    int(cells[0]): cells
    for line in (HERE / "FAULTS.md").read_text(encoding="utf-8").splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split(" | ")]) == 6 and cells[0].isdigit()
}
APART = {24, 44}
"""Rows of what the suite does not have."""


def test_every_fault_has_its_row() -> None:
    assert sorted(ROWS) == list(range(1, 45))
    assert {number for number, row in ROWS.items() if row[4:] == ["–", "–"]} == APART
    assert all("does not apply: " in ROWS[number][3] for number in APART)


def test_every_test_that_the_table_names_is_there() -> None:
    named = re.findall(r"(test_\w+\.py)::(test_\w+)", (HERE / "FAULTS.md").read_text(encoding="utf-8"))
    texts = {file: (HERE / file).read_text(encoding="utf-8") for file, _ in named}
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in texts[file]] == []
    assert len(named) > 100


def test_every_row_says_how_its_test_turns_red() -> None:
    rows = {mutant.row for mutant in mutants.MUTANTS}
    planted = {number for number, row in ROWS.items() if row[5].startswith("planted by ")}
    assert rows | planted | APART == set(ROWS)
    assert not rows & planted


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: f"{mutant.row}-{Path(mutant.file).stem}")
def test_a_mutant_breaks_one_place_of_what_is_there_and_its_test_is_in_its_row(mutant: mutants.Mutant) -> None:
    assert (HERE.parent / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.test.removeprefix("tests/") in ROWS[mutant.row][4]
    assert f"`{Path(mutant.file).name}`" in ROWS[mutant.row][5].replace("`offline/`", "`sitecustomize.py`")
