"""What git says of the record: whether the commits it names are of this history, and what stood there. No Keras."""

import csv
import io
from collections.abc import Iterator
from functools import cache

from suite import evidence, intact, provenance, registry
from suite.records import Provenance

_FORECASTS = "reproductions/forecasts.csv"
_Forecasts = dict[str, set[tuple[str, ...]]]
"""Claim id to its rows."""


def faults() -> list[str]:
    """Commits on record that are not in this history, and forecasts that are not those of the commit that trained.

    Nothing is said where git cannot tell, as `unchecked` does.
    """
    known = provenance.ancestors()
    if known is None:
        return []
    path, found = registry.FOLDER / "forecasts.csv", list[str]()
    now = _rows(intact.text(path))
    for name in registry.names():
        made = evidence.read_provenance(name)
        for study, fact in made.items():
            lost = [commit for commit in _named(fact) if commit not in known]
            if lost and not provenance.shallow():
                found.append(f"{name}/provenance.json: study {study} names commit {lost[0][:12]}, not in this history")
        for claim in registry.claims(name):
            first = {(made[s].earlier or [made[s].commit])[0] for s in claim.studies() if s in made}
            stood = [_forecast(commit) for commit in first if commit in known]
            if any(rows.get(claim.id) != now.get(claim.id) for rows in stood):
                found.append(f"{_FORECASTS}: what is forecast of {claim.id} is not what was before its trials")
    return found


def unchecked() -> str:
    """Why the commits on record could not be looked for, all or some of them; empty when they could."""
    if provenance.ancestors() is None:
        return "The commits on record were not looked for: this is no git checkout of the project, or git is missing."
    if not provenance.shallow():
        return ""
    return "Commits on record may lie before the history of this shallow clone; to look for them: git fetch --unshallow"


def _named(fact: Provenance) -> Iterator[str]:
    """The commits that a study's record names; one that was made without git names none."""
    named = (*fact.earlier, fact.commit, fact.judged_commit, *fact.fixed.values())
    return (commit for commit in dict.fromkeys(named) if commit not in ("", "none"))


@cache
def _forecast(commit: str) -> _Forecasts:
    return _rows(provenance.shown(commit, _FORECASTS) or "")


def _rows(text: str) -> _Forecasts:
    rows: _Forecasts = {}
    for row in csv.DictReader(io.StringIO(text)):
        said = tuple(row.get(column) or "" for column in ("forecaster", "check", "probability"))
        rows.setdefault(row.get("claim") or "", set()).add(said)
    return rows
