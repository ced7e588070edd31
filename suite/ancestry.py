"""What git says of the record: whether the commits it names are of this history, and what stood there. No Keras."""

import csv
import io
from collections import Counter
from collections.abc import Container, Iterator
from functools import cache

from common.errors import UserError
from suite import evidence, intact, provenance, registry
from suite.records import Provenance

_FORECASTS = "reproductions/forecasts.csv"
_Forecasts = dict[str, Counter[tuple[tuple[str, str], ...]]]
"""Claim id to its rows, and how often each stands there: all cells that say something, by the names of columns."""


def faults() -> list[str]:
    """Commits on record that are not in this history, and forecasts that are not those of the commit that trained.

    Nothing is said where git cannot tell, as `unchecked` does.
    """
    known = provenance.ancestors()
    if known is None:
        return []
    found = list[str]()
    for name in registry.names():
        for study, fact in evidence.read_provenance(name).items():
            lost = [commit for commit in _named(fact) if commit not in known]
            if lost and not provenance.shallow():
                found.append(f"{name}/provenance.json: study {study} names commit {lost[0][:12]}, not in this history")
    return found + list(_other_forecasts(known))


def refuse_forecasts() -> None:
    """Refuses to tell how right forecasts were that are not those of the commit that trained, as far as git can tell.

    Raises:
        UserError: there are such. Nothing was written.
    """
    for fault in _other_forecasts(provenance.ancestors() or frozenset()):
        raise UserError(
            f"{fault}. Nothing was written. Restore it with: git checkout -- {registry.FOLDER / 'forecasts.csv'}"
        )


def _other_forecasts(known: Container[str]) -> Iterator[str]:
    """Claims of which another thing is forecast than was when their first trial was trained, at a `known` commit."""
    now = _rows(intact.text(registry.FOLDER / "forecasts.csv"))
    for name in registry.names():
        made = evidence.read_provenance(name)
        for claim in registry.claims(name):
            first = {(made[s].earlier or [made[s].commit])[0] for s in claim.studies() if s in made}
            stood = [_forecast(commit) for commit in first if commit in known]
            if any(rows.get(claim.id) != now.get(claim.id) for rows in stood):
                yield f"{_FORECASTS}: what is forecast of {claim.id} is not what was before its trials"


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
        said = tuple(sorted((column, text) for column, text in row.items() if column and text))
        rows.setdefault(row.get("claim") or "", Counter())[said] += 1
    return rows
