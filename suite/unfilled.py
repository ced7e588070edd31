"""What a scaffold left to be told, marked `FILL:`. A claim with such a mark is refused at the full tier."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError
from suite import registry
from suite.claims import Claim
from suite.records import syntax_tree

MARK = "FILL:"


@dataclass(frozen=True)
class Mark:
    """A place that is still to be filled in, its file relative to the project, and what belongs there."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def of(selected: Mapping[str, tuple[str, Claim]]) -> list[Mark]:
    """The marks of some claims, each place once."""
    return list(dict.fromkeys(mark for name, claim in selected.values() for mark in of_claim(name, claim)))


def of_claim(name: str, claim: Claim) -> list[Mark]:
    """The marks in all that a claim rests on: its lines, its studies, its source, and its reproduction's other files.

    What another claim of the reproduction leaves open does not count.
    """
    folder = registry.FOLDER / name
    others = {line for known in registry.claims(name) if known.id != claim.id for line in _lines(name, known.id)}
    found = [mark for mark in _marks(folder / "claims.py") if mark.line not in others]
    read = {*claim.studies(), *(quick.study for quick in claim.quick)}
    for path in sorted([*folder.rglob("*.py"), folder / "README.md"]):
        if path.name != "claims.py" and (path.parent.name != "studies" or path.stem in read):
            found += _marks(path)
    for table in ("catalogue.csv", "forecasts.csv"):
        found += _marks(registry.FOLDER / table, of=f",{claim.id},")
    entry = _entry(claim.source)
    return found + [mark for mark in _marks(registry.FOLDER / "sources.bib") if mark.line in entry]


def refuse(selected: Mapping[str, tuple[str, Claim]]) -> None:
    """Raises UserError, before anything is trained, when a claim still has a mark."""
    for identity, (name, claim) in selected.items():
        if left := of_claim(name, claim):
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            raise UserError(
                f"{identity} is not filled in: {left[0]}{more}; write it and delete the mark {MARK} "
                f"(all that is left: repro new left {identity})."
            )


def _marks(path: Path, of: str = "") -> list[Mark]:
    """The marks of a file, or of those rows of a table that hold a text."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if MARK not in text:
        return []
    place = path.relative_to(registry.FOLDER.parent)
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if MARK in line]
    if path.suffix == ".md":  # in the table of verdicts stands what `claims.py` says
        lines = [(number, line) for number, line in lines if not line.startswith("|")]
    return [Mark(place, number, _what(line, path.suffix)) for number, line in lines if of in f",{line}"]


def _what(line: str, suffix: str) -> str:
    """The words after the mark, without the quotes, brackets, stars and cells that follow them."""
    words = line.partition(MARK)[2].split("," if suffix == ".csv" else '"')[0]
    return words.rstrip("*}., ").strip()


def _lines(name: str, identity: str) -> range:
    """The lines of one `Claim(…)` of a `claims.py`; none where it is put together otherwise."""
    text = (registry.FOLDER / name / "claims.py").read_text(encoding="utf-8")
    for node in ast.walk(syntax_tree(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Claim":
            for word in node.keywords:
                if word.arg == "id" and isinstance(word.value, ast.Constant) and word.value.value == identity:
                    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


def _entry(key: str) -> range:
    """The lines of an entry of `sources.bib`."""
    path = registry.FOLDER / "sources.bib"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    starts = [number for number, line in enumerate(lines, start=1) if line.startswith("@")]
    start = next((number for number in starts if f"{{{key}," in lines[number - 1]), 0)
    return (
        range(start, min([number for number in starts if number > start], default=len(lines) + 1))
        if start
        else range(0)
    )
