"""All that the pages of a reproduction are made of, read once. No ML library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from common.trials import Trial
from suite import evidence, history, intact, reading, registry, tables
from suite.claims import Claim
from suite.judging import Evidence, complete_rows
from suite.questions import Row
from suite.records import Provenance

Curves = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[int, float]]]]
"""(study, arm, metric) to seed to its (step, value) points."""


@dataclass(frozen=True)
class Record:
    """The record of a reproduction: `verdicts` are today's, stale ones said to be so, `before` those of edition 1."""

    name: str
    claims: tuple[Claim, ...]
    verdicts: Mapping[str, Mapping[str, Any]]
    before: Mapping[str, Mapping[str, Any]]
    trials: Mapping[tuple[str, str, int], Trial]
    observed: Evidence
    curves: Curves
    provenance: Mapping[str, Provenance]
    negatives: Mapping[str, Mapping[str, Any]]
    history: Sequence[Mapping[str, Any]]

    def verdict(self, claim: str) -> Mapping[str, Any]:
        return self.verdicts.get(claim, tables.NOT_RUN)

    def rows(self, check: Any, n: int) -> list[Row]:
        """Arm to its trial, of the first `n` seeds: those that the check was judged by."""
        return [row for row, _ in zip(complete_rows(check, self.observed), range(n), strict=False)]


def read(name: str) -> Record:
    """The record of a reproduction, before its first run as well."""
    folder, claims = registry.results() / name, registry.claims(name)
    trials = evidence.read_trials(folder / "trials.csv")
    return Record(
        name,
        claims,
        reading.recorded({claim.id: (name, claim) for claim in claims}),
        registry.recorded_verdicts(name, folder=registry.edition_1()),
        {(trial.study, trial.arm, trial.seed): trial for trial in trials},
        evidence.gather(trials),
        evidence.read_curves(folder / "curves.csv"),
        evidence.read_provenance(name),
        registry.recorded_negatives(name),
        history.read(name),
    )


def metric(name: str, study: str, metric: str) -> tuple[str, str]:
    """What a metric is, and its unit; the metric's name and no unit where the study does not say."""
    said = _metrics(name, study).get(metric, metric)
    what, _, unit = said.rpartition(", ")
    return (what, unit) if what else (said, "")


@cache
def _metrics(name: str, study: str) -> Mapping[str, str]:
    try:
        return registry.metrics(name, study)
    except Exception:  # a page is no place to mend a study; `repro plan` says what is wrong with it
        return {}


@cache
def asked(claim: str) -> Mapping[str, str]:
    """The id of each check that the catalogue names, and what it asks; those carried over have no other words."""
    rows = intact.table(registry.FOLDER / "catalogue.csv", ("claim", "check", "what the check asks"))
    return {row["check"]: row["what the check asks"] for row in rows if row["claim"] == claim}
