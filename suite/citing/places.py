"""Where the evidence of a verdict lies: file and line, and the commit that recorded it. No Keras."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from suite import intact, provenance, registry
from suite.claims import Check, Claim


def verdict(name: str, claim: str, *, edition: int = 2) -> str:
    """The line at which a claim's recorded verdict begins; empty where there is none."""
    folder, shown = (registry.results(), "results") if edition == 2 else (registry.edition_1(), "results/edition-1")
    path = folder / name / "verdicts.json"
    lines = intact.text(path).splitlines()
    found = (number for number, line in enumerate(lines, start=1) if line.startswith(f' "{claim}": {{'))
    return next((f"{shown}/{name}/verdicts.json, line {number}" for number in found), "")


def trials(name: str, claim: Claim) -> Iterator[tuple[str, str]]:
    """Each direction and size check, and the lines of `trials.csv` that hold the seeds of its arms."""
    lines = _lines(registry.results() / name / "trials.csv")
    for node in claim.deciding():
        members = (node,) if isinstance(node, Check) else node.of
        arms = dict.fromkeys((check.study, arm) for check in members for arm in check.arms())
        found = _joined(sorted(lines[arm] for arm in arms if arm in lines))
        if found:
            word = "line" if found.isdigit() else "lines"
            yield node.id, f"results/{name}/trials.csv, {word} {found}"


def recorded(name: str, *, edition: int = 2) -> str:
    """The commit that holds the verdicts of a reproduction as they stand; empty while they are in none."""
    folder = registry.results() if edition == 2 else registry.edition_1()
    return provenance.last_commit(folder / name / "verdicts.json")


def _lines(path: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """(study, arm) to its first and last line: the rows are sorted."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    reader = csv.reader(io.StringIO(intact.text(path, newline=""), newline=""))
    next(reader, None)
    begins = reader.line_num + 1
    for study, arm, *_ in filter(None, reader):
        first, _ = found.get((study, arm), (begins, 0))
        found[study, arm] = first, reader.line_num
        begins = reader.line_num + 1
    return found


def _joined(ranges: list[tuple[int, int]]) -> str:
    """Ranges of lines in words, those that touch as one."""
    merged: list[list[int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(last, merged[-1][1])
        else:
            merged.append([first, last])
    return ", ".join(f"{first} to {last}" if first < last else str(first) for first, last in merged)
