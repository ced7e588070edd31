"""The list of advisories in SECURITY.md is of the versions that are pinned, and no bound lets in what it calls open."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from test_pins import PROJECT, pins

LIST = (Path(__file__).parent.parent / "SECURITY.md").read_text(encoding="utf-8")
LIST = LIST.partition("## Known advisories")[2].partition("\n## ")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LIST.splitlines() if line.startswith("| ")]
ROWS = [row for row in ROWS if row[0] != "package"]
PINNED = [row for row in ROWS if "not pinned" not in row[0]]
CLEAN = LIST.partition("touches the pinned version:")[2].partition(".\n\n")[0].split(",")
EXTRAS = PROJECT["optional-dependencies"]
ASKED = [Requirement(text) for text in (*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["ray"], *EXTRAS["lessons"])]


def lowest(asked: Requirement) -> Version:
    [bound] = [each for each in asked.specifier if each.operator == ">="]
    return Version(bound.version)


def closed(row: list[str]) -> Version | None:
    """None where no version closes it."""
    return None if row[2] == "no version" else Version(row[2].split(",")[0])


@pytest.mark.parametrize("text", sorted({row[0] for row in PINNED} | {name.strip() for name in CLEAN}))
def test_a_package_of_the_list_stands_there_with_the_version_that_is_pinned(text: str) -> None:
    name, version = text.removesuffix(" (extra)").split()
    assert pins().get(name) == version, "look it up again before its version is changed here"


def test_what_is_said_to_be_unpinned_is() -> None:
    unpinned = {row[0].split()[0] for row in ROWS if row not in PINNED}
    assert unpinned == {"torch"}
    assert not unpinned & set(pins())


def test_the_pinned_version_and_the_oldest_that_is_allowed_are_at_least_the_one_that_closes_it() -> None:
    bounds = {canonicalize_name(asked.name): lowest(asked) for asked in ASKED}
    assert len(PINNED) > 30
    for row in PINNED:
        name, version = row[0].split()[:2]
        if (fix := closed(row)) is not None:
            assert Version(version) >= fix, row
            assert bounds.get(canonicalize_name(name), fix) >= fix, row


def test_every_bound_that_the_list_quotes_is_the_one_of_the_project() -> None:
    asked = {str(Requirement(text)) for texts in (PROJECT["dependencies"], *EXTRAS.values()) for text in texts}
    quoted = set(re.findall(r"`([\w-]+>=[\d.]+)`", LIST))
    assert {"keras>=3.15", "torch>=2.6"} <= quoted
    assert quoted <= asked


def test_whatever_the_project_asks_for_by_name_was_looked_up() -> None:
    found = {text.split()[0] for text in (*(row[0] for row in ROWS), *CLEAN)}
    assert {canonicalize_name(asked.name) for asked in ASKED} <= found


def test_an_advisory_has_the_number_of_one_and_stands_once() -> None:
    numbers = [number for row in ROWS for number in re.findall(r"\w+-\d+-\d+", row[1])]
    assert all(re.fullmatch(r"CVE-20\d\d-\d{4,6}", number) for number in numbers)
    assert len(set(numbers)) == len(numbers) > 60
    assert all("CVE-" in row[1] for row in ROWS)
