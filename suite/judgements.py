"""`judged.json`: by which trials and circumstances each study was judged, and by which it is about to be. No Keras.

An entry is the hash of a study's trials and provenance; that of `negatives.csv` is one of its rows. Before any of them
is written the entry lists, after what was judged, each state that a kill may leave behind. So what stands on record and
is not in its entry, or has none, was put there by no command.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suite import evidence, intact, provenance, registry
from suite.evidence import PAYLOAD
from suite.records import canonical_json, sha256

FILE = "judged.json"
NEGATIVES = "negatives.csv"
"""The entry of the trials that only negative controls use. A record of before there was one gets it by an export."""
Entries = dict[str, list[str]]
"""Each study, and `NEGATIVES`, with the hashes of what may be on record of it: one, unless a run was stopped."""


@dataclass(frozen=True)
class Held:
    """What is on record of a reproduction: of each study its provenance as JSON, and of trials their hashes."""

    made: Mapping[str, Any]
    trials: Mapping[str, Sequence[str]]
    negatives: Sequence[str] = ()

    def states(self) -> dict[str, str]:
        """The hash of each study as it is."""
        found = {study: _state(self.made.get(study), self.trials.get(study, ())) for study in self.studies()}
        return found | ({NEGATIVES: _rows_state(self.negatives)} if self.negatives else {})

    def state(self, entry: str) -> str:
        """The hash of one, also where nothing is there."""
        if entry == NEGATIVES:
            return _rows_state(self.negatives)
        return _state(self.made.get(entry), self.trials.get(entry, ()))

    def studies(self) -> list[str]:
        return sorted({*self.made, *self.trials})


def held(folder: Path) -> Held:
    """What is on record of a reproduction."""
    return told(folder, evidence.rows(folder / "trials.csv"), evidence.rows(folder / NEGATIVES))


def told(folder: Path, trials: Iterable[Mapping[str, str]], negatives: Iterable[Mapping[str, str]]) -> Held:
    """The same by rows that were read already."""
    return Held(_object(folder / "provenance.json"), payloads(trials), every(negatives))


def payloads(rows: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """The hashes of trials by their study."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.get("study", "")].append(_payload(row))
    return dict(found)


def every(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """The hashes of trials of whichever study."""
    return [_payload(row) for row in rows]


def entries(folder: Path) -> Entries:
    """What `judged.json` of a reproduction's record holds; nothing where there is none."""
    said: dict[str, str] = intact.value(folder / FILE, {"*": str}) if (folder / FILE).exists() else {}
    return _split(said)


def announced(folder: Path, after: Held) -> Entries:
    """The entries once the record may be written so that it holds what it does `after`: provenance or trials first."""
    before = held(folder)
    known = entries(folder) if (folder / FILE).exists() else _split(before.states())
    for study in {*before.studies(), *after.studies()}:
        if before.state(study) == after.state(study):
            continue
        first = [] if study in before.studies() else [before.state(study)]
        between = [
            _state(after.made.get(study), before.trials.get(study, ())),
            _state(before.made.get(study), after.trials.get(study, ())),
        ]
        known[study] = list(dict.fromkeys([*known.get(study, first), *between, after.state(study)]))
    if sorted(before.negatives) != sorted(after.negatives):
        said = known.get(NEGATIVES, [before.state(NEGATIVES)])
        known[NEGATIVES] = list(dict.fromkeys([*said, after.state(NEGATIVES)]))
    return known


def settled(folder: Path) -> Entries:
    """The entries once nothing is about to be written: of each only what is there. What is in none stays so, and so
    does an entry that is not of what is there: whatever is rendered, an edit stays found."""
    now = held(folder)
    if not (folder / FILE).exists():
        return _split(now.states())
    known = entries(folder)
    if now.negatives:
        known.setdefault(NEGATIVES, [now.state(NEGATIVES)])
    there, found = now.states(), Entries()
    for entry, hashes in known.items():
        if now.state(entry) not in hashes:
            found[entry] = hashes
        elif entry in there:
            found[entry] = [now.state(entry)]
    return found


def text(known: Entries) -> str:
    """The file."""
    return json.dumps({entry: " ".join(hashes) for entry, hashes in sorted(known.items())}, indent=1) + "\n"


def unlike(folder: Path, now: Held) -> list[str]:
    """Entries that are not of what is there, and studies that have none; nothing where there is no file."""
    if not (folder / FILE).exists():
        return []
    known = entries(folder)
    lacking = {*now.studies()} - known.keys()
    return sorted(lacking | {entry for entry, hashes in known.items() if now.state(entry) not in hashes})


def lost(folder: Path) -> list[str]:
    """Entries that the last commit has and this record has not; nothing where git cannot tell."""
    last = provenance.last(folder / FILE)
    return sorted(_last_entries(last).keys() - entries(folder).keys()) if last else []


def regained(folder: Path, entry: str) -> bool:
    """Whether all that a study lacks are rows that were taken away or doubled, as the last commit has them all.

    Where no commit has trials of the reproduction nothing can tell, and each row has its own hash alone.
    """
    now, hashes, last = held(folder), entries(folder).get(entry), _last(folder)
    if hashes is None or entry == NEGATIVES:
        return False
    if last is None:
        return True
    rows = {*now.trials.get(entry, ()), *last.trials.get(entry, ())}
    return _state(now.made.get(entry), sorted(rows)) in hashes


def culprit(folder: Path, entry: str) -> str:
    """The file to blame for what is unlike its entry, as far as the last commit, or this record of another, tells: else
    that of the trials."""
    now, hashes = held(folder), entries(folder).get(entry, [])
    if entry == NEGATIVES:
        return NEGATIVES
    if not hashes:
        return FILE
    known = _last(folder) or held(registry.results() / folder.name)
    if _state(known.made.get(entry), now.trials.get(entry, ())) in hashes:
        return "provenance.json"
    before = _last_entries(provenance.last(folder / FILE) or "")
    return FILE if now.state(entry) in before.get(entry, []) else "trials.csv"


def _last(folder: Path) -> Held | None:
    """What the last commit has of a reproduction; None where it has no trials of it, and without git."""
    rows = provenance.last(folder / "trials.csv")
    if rows is None:
        return None
    found = [
        {name: cell.removeprefix("'") for name, cell in row.items() if name and isinstance(cell, str)}
        for row in csv.DictReader(io.StringIO(rows))
    ]
    return Held(_parsed(provenance.last(folder / "provenance.json") or ""), payloads(found))


def _last_entries(said: str) -> Entries:
    return _split({entry: hashes for entry, hashes in _parsed(said).items() if isinstance(hashes, str)})


def _parsed(said: str) -> dict[str, Any]:
    """An object of JSON as a commit has it; empty where it is none."""
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _object(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = intact.value(path, {"*": object}) if path.exists() else {}
    return found


def _split(said: Mapping[str, str]) -> Entries:
    return {entry: hashes.split(" ") for entry, hashes in said.items()}


def _payload(row: Mapping[str, str]) -> str:
    return row.get(PAYLOAD) or evidence.row_sha256(row)


def _state(made: object, trials: Iterable[str]) -> str:
    return sha256(canonical_json({"provenance": made, "trials": sorted(trials)}))


def _rows_state(rows: Iterable[str]) -> str:
    return sha256(canonical_json(sorted(rows)))
