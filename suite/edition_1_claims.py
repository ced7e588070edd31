"""Claims, their checks, and the verdict as a pure function of the two and the trials. No Keras."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from suite.records import canonical_json, sha256

Relation = Literal[">=", "<=", "=="]
Success = tuple[Literal[">=", "<="], float]
Outcome = Literal["holds", "fails", "undecided"]
Statistic = Literal["proportion", "difference_of_proportions", "median", "mean", "ratio", "slope", "rank_correlation",
                    "trend", "cells", "exact"]  # fmt: skip
Word = Literal["invalid", "stale", "not run", "reproduced", "partly", "not reproduced", "inconclusive"]

SMALLEST_USEFUL_N: Mapping[Statistic, int] = {
    "proportion": 8, "difference_of_proportions": 16, "median": 8, "mean": 10, "ratio": 10, "slope": 10,
    "rank_correlation": 8, "trend": 8, "cells": 8, "exact": 1}  # fmt: skip
"""Under these numbers of seeds no data could decide a check at 99 %, or only by luck of a small sample."""


@dataclass(frozen=True)
class Check:
    """One comparison. The statistic over the declared seeds is held against the threshold by a 99 % interval.

    Attributes:
        id: a word that is unique within the claim.
        entry: the check of the claim's catalogue entry that this one implements.
        study, arms: where the numbers come from. One arm; two (treatment, control), paired by seed, whose difference
            (for `ratio` the quotient) is taken; one a level for slopes, rank correlations, trends; or one a cell.
        metric: the name under which the study recorded the number.
        statistic, relation, threshold: what is compared, and how; `cells`: the share of arms whose mean is a success.
        seeds: n; the verdict needs exactly the seeds 0 … n-1 of every arm.
        role: a `control` must hold or the claim's evidence is invalid; it never makes a claim look better.
        success: for proportions, when a seed counts: a relation and a bound on its metric; for cells, when a cell does.
        slack: for "at least X of the seeds": the estimate must reach X, and the interval may reach down to X - slack.
        levels: the x value of each arm, for slopes and rank correlations; for cells, a factor of each one's metric.
        looks: 1, or 2 after the one declared extension; each look is then made at 99.5 %.
        cells: m for "any of m cells": judged at level 1 - 0.01/m.
        censored_at: for ratios of times, and medians of differences of their logarithms: the budget, as the metric has
            it; a time as long as that was cut off, and is longer than it says.
    """

    id: str
    entry: str
    study: str
    arms: tuple[str, ...]
    metric: str
    statistic: Statistic
    relation: Relation
    threshold: float
    seeds: int
    role: Literal["claim", "control"] = "claim"
    success: Success | None = None
    slack: float = 0.0
    levels: tuple[float, ...] = ()
    looks: int = 1
    cells: int = 1
    censored_at: float | None = None

    @property
    def level(self) -> float:
        return 1 - 0.01 / (self.looks * self.cells)


Fields = dict[str, Any]  # fields of checks or claims, where several share them
CONTROL: Fields = {"role": "control"}


def at_least(threshold: float) -> Fields:
    """Fields of a check that holds from `threshold` upwards."""
    return {"relation": ">=", "threshold": threshold}


def at_most(threshold: float) -> Fields:
    """Fields of a check that holds up to `threshold`."""
    return {"relation": "<=", "threshold": threshold}


def quick(name: str, entry: str, study: str, arm: str, metric: str, bound: Fields, seeds: int = 4) -> Check:
    """A check of the quick tier: the median over a few seeds of one arm against a bound."""
    return Check(name, entry, study, (arm,), metric, "median", seeds=seeds, **bound)


def second_look(*checks: Check) -> tuple[Check, ...]:
    """The one declared extension of checks that their first look left undecided: twice the seeds."""
    return tuple(replace(check, seeds=2 * check.seeds, looks=2) for check in checks)


@dataclass(frozen=True)
class Published:
    """A number to compare with. Only a `confirmed` one may be printed as a fact."""

    value: str
    status: Literal["confirmed", "from memory", "none found"]


@dataclass(frozen=True)
class Claim:
    """One statement of the literature, and what would decide it.

    Attributes:
        id: permanent.
        source, locator: a key of `sources.bib`, and where in that source.
        statement: the claim in our own words.
        quotation: at most 15 words of the source.
        dataset: what the verdict needs. Trials on generated data count for every claim: they cannot be the wrong data.
        checks: decide the verdict at the full tier.
        quick: the recorded finding at a smaller scale; decided by the estimate alone, never citable.
        prior: what was expected before any run; `expects` are the verdicts that would bear it out.
        dropped: checks of the catalogue entry that are not implemented, each with its reason.
    """

    id: str
    source: str
    locator: str
    statement: str
    dataset: Literal["synthetic", "mnist", "tiny_shakespeare"]
    checks: tuple[Check, ...]
    quick: tuple[Check, ...]
    prior: str
    expects: tuple[Word, ...]
    published: Published
    quotation: str = ""
    dropped: Mapping[str, str] = field(default_factory=dict)

    def sha256(self) -> str:
        """Hash of all that the verdict depends on; wording does not count, nor does a censoring that is not there."""
        checks = [asdict(check) for check in self.checks]
        present = [{k: v for k, v in check.items() if (k, v) != ("censored_at", None)} for check in checks]
        return sha256(canonical_json([*present, self.dataset]))

    def studies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check.study for check in self.checks))


@dataclass(frozen=True)
class Observation:
    """What a verdict reads of one trial."""

    seed: int
    metrics: Mapping[str, float | None]
    failed: bool
    dataset: str


Evidence = Mapping[tuple[str, str], Sequence[Observation]]
"""(study, arm) to the observations on record, one for each row, doubled rows included."""


@dataclass(frozen=True)
class Finding:
    """What one check came to. Ends of an interval that are unbounded are infinite here and null in files."""

    check: Check
    value: float
    low: float
    high: float
    outcome: Outcome
    failed: int = 0


@dataclass(frozen=True)
class Verdict:
    claim: Claim
    word: Word
    findings: tuple[Finding, ...]
    reason: str = ""

    @property
    def prior_held(self) -> bool | None:
        return self.word in self.claim.expects if self.word not in ("invalid", "stale", "not run") else None


def judge(claim: Claim, evidence: Evidence, *, stale: str = "") -> Verdict:
    """The verdict of a claim at the full tier: the first that applies, in the order of `Word`.

    Args:
        stale: why the evidence no longer belongs to the claim, the study or the engine; empty when it does.
    """
    run = {check.study for check in claim.checks if any(evidence.get((check.study, arm)) for arm in check.arms)}
    faults = (_fault(check, evidence, claim.dataset) for check in claim.checks if check.study in run)
    if fault := next(filter(None, faults), ""):
        return Verdict(claim, "invalid", (), fault)
    if waiting := [study for study in claim.studies() if study not in run]:
        return Verdict(claim, "not run", (), f"study {waiting[0]} has not been run" if run else "")
    findings = tuple(find(check, evidence) for check in claim.checks)
    broken = [f.check.id for f in findings if f.check.role == "control" and f.outcome == "fails"]
    if broken:
        return Verdict(claim, "invalid", findings, f"control check {broken[0]} failed")
    if stale:
        return Verdict(claim, "stale", findings, stale)
    outcomes = {f.outcome for f in findings if f.check.role == "claim"}
    open_control = next((f.check.id for f in findings if f.check.role == "control" and f.outcome != "holds"), None)
    if open_control:
        return Verdict(claim, "inconclusive", findings, f"control check {open_control} is undecided")
    if outcomes == {"holds"}:
        return Verdict(claim, "reproduced", findings)
    if {"holds", "fails"} <= outcomes:
        return Verdict(claim, "partly", findings)
    if outcomes == {"fails"}:
        return Verdict(claim, "not reproduced", findings)
    from suite.edition_1_estimates import more_seeds  # as in `find`

    return Verdict(claim, "inconclusive", findings, more_seeds(findings))


def _fault(check: Check, evidence: Evidence, dataset: str) -> str:
    """What makes the evidence of a check unusable: seeds that are missing, doubled or undeclared, other data."""
    for arm in check.arms:
        rows = evidence.get((check.study, arm), ())
        seeds = [row.seed for row in rows]
        doubled = sorted({seed for seed in seeds if seeds.count(seed) > 1})
        missing = sorted(set(range(check.seeds)) - set(seeds))
        extra = sorted(set(seeds) - set(range(check.seeds)))
        for what, which in (("missing", missing), ("doubled", doubled), ("undeclared", extra)):
            if which:
                others = f" and {len(which) - 1} more" if len(which) > 1 else ""
                return f"{check.study}/{arm}: {what} seed {which[0]}{others}"
        other = next((row.dataset for row in rows if row.dataset not in ("synthetic", dataset)), None)
        if other is not None:
            return f"{check.study}/{arm}: data set {other!r} where the claim needs {dataset}"
    return ""


def find(check: Check, evidence: Evidence) -> Finding:
    """Value, interval and outcome of one check. Needs every declared seed; a failed seed counts against the check."""
    from suite.edition_1_estimates import (
        estimate,  # scipy takes most of a second to load, and reading a verdict needs none
    )

    table = [{row.seed: row for row in evidence[(check.study, arm)]} for arm in check.arms]
    seeds = sorted(set.intersection(*(set(rows) for rows in table)))
    if not seeds:
        return Finding(check, math.nan, -math.inf, math.inf, "undecided")
    columns = [[rows[seed].metrics.get(check.metric) for seed in seeds] for rows in table]
    failed = sum(any(rows[seed].failed for rows in table) for seed in seeds)
    value, low, high = estimate(check, columns)
    return Finding(check, value, low, high, _outcome(check, value, low, high), failed)


def _outcome(check: Check, value: float, low: float, high: float) -> Outcome:
    if check.relation == "==":
        if low == high == check.threshold:
            return "holds"
        return "undecided" if check.statistic != "exact" and low <= check.threshold <= high else "fails"
    if check.relation == "<=":  # the mirror image, so that no rule is written twice
        mirrored = replace(check, relation=">=", threshold=-check.threshold)
        return _outcome(mirrored, -value, -high, -low)
    if check.statistic == "exact":
        return "holds" if low >= check.threshold else "fails"
    if check.slack and value >= check.threshold and low > check.threshold - check.slack:
        return "holds"
    if not check.slack and low >= check.threshold:
        return "holds"
    return "fails" if high < check.threshold else "undecided"


def agrees(claim: Claim, evidence: Evidence) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the quick trials show the recorded finding: every quick check met by its estimate alone."""
    findings = tuple(find(check, evidence) for check in claim.quick)
    return all(_met(finding) for finding in findings), findings


def _met(finding: Finding) -> bool:
    check, value = finding.check, finding.value
    if check.statistic == "exact":
        return finding.outcome == "holds"
    return _outcome(check, value, value, value) == "holds"


def decidable(check: Check) -> bool:
    """Whether some data, at the check's own n, would decide it: the contract every check must meet."""
    from suite.edition_1_estimates import estimate

    if check.seeds < SMALLEST_USEFUL_N[check.statistic] or (check.relation == "==" and check.statistic != "exact"):
        return False
    sign = -1.0 if check.relation == "<=" else 1.0
    far = (abs(check.threshold) + 1) * 1e6
    if check.statistic in ("proportion", "difference_of_proportions"):
        succeeds = math.inf if check.success and check.success[0] == ">=" else -math.inf
        best = [sign * succeeds, -sign * succeeds]
    elif check.statistic in ("slope", "rank_correlation"):
        best = [sign * far * x for x in check.levels]
    elif check.statistic == "cells":
        toward = far if check.success and check.success[0] == ">=" else -far
        best = [sign * toward / factor for factor in check.levels or (1.0,) * len(check.arms)]
    elif check.statistic == "trend":
        best = [sign * place for place in range(len(check.arms))]
    elif check.statistic == "ratio":
        best = [check.threshold * 1e6**sign, 1.0]
    else:
        best = [check.threshold if check.relation == "==" else check.threshold + sign * far, 0.0]
    if len(best) < len(check.arms):
        raise ValueError(f"check {check.id}: {len(check.arms)} arms are too many, or levels are missing")
    value, low, high = estimate(check, [[number] * check.seeds for number in best[: len(check.arms)]])
    return _outcome(check, value, low, high) == "holds"
