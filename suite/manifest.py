"""`MANIFEST.sha256`: the hash of every other file of a record, and how evidence comes to be listed in it. No Keras."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from suite import intact

NAME = "MANIFEST.sha256"
UNFINISHED = "unfinished.jsonl"
TRIALS = ("trials.csv", "negatives.csv")
"""Files whose trials carry hashes."""
EVIDENCE = frozenset(
    {*TRIALS, "pilots.csv", "withdrawn.csv", UNFINISHED, "curves.csv", "provenance.json", "history.jsonl"}
)
"""What no export can make again. Its hash is listed by the hand that writes it, before it is put in its place, and by
nothing else: whatever is rendered afterwards, an edited file stays unlisted. Stopped in between, or where branches were
merged, a file stands there with two hashes, of which `renewed` keeps the one that it has."""


def digest(path: Path) -> str:
    return hashlib.sha256(intact.content(path)).hexdigest()


def can_hold(name: str) -> bool:
    """Whether a file of this name can be listed: in UTF-8, and on a line."""
    return len(f"{name}.".splitlines()) == 1 and not any("\ud800" <= sign <= "\udfff" for sign in name)


def listed(folder: Path) -> dict[str, list[str]]:
    """Each file with the hashes that the manifest of a record gives it; nothing where there is no manifest."""
    found: dict[str, list[str]] = {}
    for line in intact.text(folder / NAME).splitlines():
        value, _, file = line.partition("  ")
        found.setdefault(file, []).append(value)
    return found


def as_listed(folder: Path, file: str) -> bool:
    """Whether a file of a record is there as its manifest lists it, or neither there nor listed."""
    values, path = listed(folder).get(file, []), folder / file
    return digest(path) in values if path.exists() else not values


def announced(folder: Path, file: str, value: str) -> str:
    """The manifest's text once evidence of this hash may stand in its place, or what is there now."""
    known = listed(folder)
    return _text(known | {file: list(dict.fromkeys([*known.get(file, ()), value]))})


def renewed(folder: Path, files: Iterable[str]) -> str:
    """The manifest's text for a record of these files. Evidence that is missing stays listed, unless it was used up."""
    known, made = listed(folder), dict[str, list[str]]()
    for file in files:
        value = digest(folder / file)
        made[file] = [value] if not _evidence(file) or value in known.get(file, ()) else known.get(file, [])
    gone = {file: known[file] for file in known.keys() - made.keys() if _evidence(file)}
    lost = {file for file in gone if Path(file).name != UNFINISHED and not underway(folder, file)}
    return _text(made | {file: gone[file] for file in lost})


def underway(folder: Path, file: str) -> bool:
    """Whether a run was stopped after a first version of a file was listed and before it was put in its place."""
    path, values = folder / file, listed(folder).get(file, [])
    return not path.exists() and any(digest(left) in values for left in path.parent.glob(f".{path.name}.*.tmp"))


def altered(folder: Path, files: Iterable[str]) -> list[str]:
    """Where a record of these files is not what its manifest lists."""
    known, there = listed(folder), list(files)
    faults = [f"{file}: not in {NAME}" for file in there if file not in known]
    for file, values in known.items():
        if file not in there:  # nor is what lies elsewhere, whatever a manifest calls it
            faults.append(f"{file}: missing")
        elif digest(folder / file) not in values:
            faults.append(f"{file}: altered since it was written")
        elif len(values) > 1:
            faults.append(f"{file}: listed twice in {NAME}; type again what was stopped, or: repro export")
    return faults


def _evidence(file: str) -> bool:
    return Path(file).name in EVIDENCE


def _text(entries: Mapping[str, Iterable[str]]) -> str:
    return "".join(f"{value}  {file}\n" for file in sorted(entries) for value in entries[file])
