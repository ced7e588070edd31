"""What is still to be told of a claim, and which pilots it waits for.

A scaffold marks what it leaves open with `FILL:`, and a claim with such a mark is refused at the full tier.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError
from common.study import TIERS
from suite import forecasts, intact, margins, recorded, registry
from suite.claims import Check, Claim
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


def waiting(selected: Mapping[str, tuple[str, Claim]]) -> Iterator[str]:
    """What some claims still wait for before their verdict seeds are trained, each with how to record it."""
    yield from _unforetold(selected)
    yield from _unpiloted(selected)


def _unforetold(selected: Mapping[str, tuple[str, Claim]]) -> Iterator[str]:
    """The claims to whose answer nobody gave a probability; once it is known that is past."""
    for identity, (name, claim) in selected.items():
        deciding = {node.id for node in claim.deciding()}
        deciding |= {c.id for node in claim.deciding() for c in (() if isinstance(node, Check) else node.of)}
        if identity not in registry.recorded_verdicts(name) and not any(
            forecast.check in deciding for forecast in forecasts.of_claim(identity)
        ):
            yield f"{identity} waits for a forecast: write how probable it is into reproductions/forecasts.csv"


def _unpiloted(selected: Mapping[str, tuple[str, Claim]]) -> Iterator[str]:
    """The claims whose quick bounds or rates wait for pilots.

    A rate is chosen among arms that only the pilot tier has; once verdict seeds are trained that is past. Asks the
    studies for their arms.
    """
    pilots = {name: recorded.on_record(name, pilots=True) for name in {name for name, _ in selected.values()}}
    for identity, (name, claim) in selected.items():
        lacks = []
        for margin in margins.margins(claim, pilots[name]):
            arm, count = f"{name}/{margin.check.study}/{margin.check.arm}", len(margin.numbers)
            if margin.lost:  # more pilots would be lost likewise
                yield (
                    f"{identity} waits for pilots: {margin.lost} of {margin.lost + count} of {arm} have no number of "
                    f"{margin.check.metric}, so that {margin.check.id} has no bound; mend the arm, or ask for another"
                )
            elif not margin.enough:
                lacks.append(f"{arm} has {count} of {margins.PILOTED} pilots, for the bound of {margin.check.id}")
        tried = {(trial.study, trial.arm) for trial in pilots[name]}
        for question in claim.studies():
            among = _among(name, question)
            untried = [arm for arm in among if (question, arm) not in tried]
            if untried and all(trial.study != question for trial in recorded.on_record(name)):
                lacks.append(f"{name}/{question} has no pilot of {len(untried)} of {len(among)} arms, for its rates")
        if lacks:
            record = f"record them with: repro run {identity} --tier pilot"
            yield f"{identity} waits for pilots: {'; '.join(lacks)}; {record}"


def _among(name: str, question: str) -> list[str]:
    """The arms of a study that only pilots train."""
    known = {arm.name for tier in TIERS if tier != "pilot" for arm in registry.arms(name, question, tier)}
    return [arm.name for arm in registry.arms(name, question, "pilot") if arm.name not in known]


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
    text = intact.text(path)
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
    text = intact.text(registry.FOLDER / name / "claims.py")
    for node in ast.walk(syntax_tree(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Claim":
            for word in node.keywords:
                if word.arg == "id" and isinstance(word.value, ast.Constant) and word.value.value == identity:
                    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


def _entry(key: str) -> range:
    """The lines of an entry of `sources.bib`."""
    path = registry.FOLDER / "sources.bib"
    lines = intact.text(path).splitlines()
    starts = [number for number, line in enumerate(lines, start=1) if line.startswith("@")]
    start = next((number for number in starts if f"{{{key}," in lines[number - 1]), 0)
    return (
        range(start, min([number for number in starts if number > start], default=len(lines) + 1))
        if start
        else range(0)
    )
