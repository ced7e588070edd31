"""Claims, their checks, and the verdict as a pure function of the two and the trials. No Keras."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np

from common.records import canonical_json, sha256

Relation = Literal[">=", "<=", "=="]
Success = tuple[Literal[">=", "<="], float]
Outcome = Literal["holds", "fails", "undecided"]
Statistic = Literal[
    "proportion",
    "difference_of_proportions",
    "median",
    "mean",
    "ratio",
    "slope",
    "rank_correlation",
    "trend",
    "exact",
]
Word = Literal["invalid", "stale", "not run", "reproduced", "partly", "not reproduced", "inconclusive"]

SMALLEST_USEFUL_N: Mapping[Statistic, int] = {
    "proportion": 8,
    "difference_of_proportions": 16,
    "median": 8,
    "mean": 10,
    "ratio": 10,
    "slope": 10,
    "rank_correlation": 8,
    "trend": 8,
    "exact": 1,
}
"""Under these numbers of seeds no data could decide a check at 99 %, or only by luck of a small sample."""


@dataclass(frozen=True)
class Check:
    """One comparison. The statistic over the declared seeds is held against the threshold by a 99 % interval.

    Attributes:
        id: a word that is unique within the claim.
        entry: the check of the claim's catalogue entry that this one implements.
        study, arms: where the numbers come from. One arm; two (treatment, control), paired by seed, whose difference
            (for `ratio` the quotient) is taken; or one arm a level for slopes, rank correlations and trends.
        metric: the name under which the study recorded the number.
        statistic, relation, threshold: what is compared, and how.
        seeds: n; the verdict needs exactly the seeds 0 … n-1 of every arm.
        role: a `control` must hold or the claim's evidence is invalid; it never makes a claim look better.
        success: for proportions, when a seed counts: a relation and a bound on its metric.
        slack: for "at least X of the seeds": the estimate must reach X, and the interval may reach down to X - slack.
        levels: the x value of each arm, for slopes and rank correlations.
        looks: 1, or 2 after the one declared extension; each look is then made at 99.5 %.
        cells: m for "any of m cells": judged at level 1 - 0.01/m.
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

    @property
    def level(self) -> float:
        return 1 - 0.01 / (self.looks * self.cells)


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
        dataset: what the verdict needs: `synthetic` or `mnist`.
        checks: decide the verdict at the full tier.
        quick: the recorded finding at a smaller scale; decided by the estimate alone, never citable.
        prior: what was expected before any run; `expects` are the verdicts that would bear it out.
        dropped: checks of the catalogue entry that are not implemented, each with its reason.
    """

    id: str
    source: str
    locator: str
    statement: str
    dataset: Literal["synthetic", "mnist"]
    checks: tuple[Check, ...]
    quick: tuple[Check, ...]
    prior: str
    expects: tuple[Word, ...]
    published: Published
    quotation: str = ""
    dropped: Mapping[str, str] = field(default_factory=dict)

    def sha256(self) -> str:
        """Hash of all that the verdict depends on; wording does not count."""
        return sha256(canonical_json([asdict(check) for check in self.checks] + [self.dataset]))

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
    wanted = {(check.study, arm) for check in claim.checks for arm in check.arms}
    if not any(evidence.get(key) for key in wanted):
        return Verdict(claim, "not run", ())
    fault = next(filter(None, (_fault(check, evidence, claim.dataset) for check in claim.checks)), "")
    if fault:
        return Verdict(claim, "invalid", (), fault)
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
    return Verdict(claim, "inconclusive", findings, _more_seeds(findings))


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
                return f"{check.study}/{arm}: {what} seed {which[0]}" + (
                    f" and {len(which) - 1} more" * (len(which) > 1)
                )
        other = next((row.dataset for row in rows if row.dataset != dataset), None)
        if other:
            return f"{check.study}/{arm}: data set {other} where the claim needs {dataset}"
    return ""


def find(check: Check, evidence: Evidence) -> Finding:
    """Value, interval and outcome of one check. Needs every declared seed; a failed seed counts against the check."""
    table = [{row.seed: row for row in evidence[(check.study, arm)]} for arm in check.arms]
    seeds = sorted(set.intersection(*(set(rows) for rows in table)))
    columns = [[rows[seed].metrics.get(check.metric) for seed in seeds] for rows in table]
    failed = sum(any(rows[seed].failed for rows in table) for seed in seeds)
    value, low, high = _interval(check, columns)
    return Finding(check, value, low, high, _outcome(check, value, low, high), failed)


def _outcome(check: Check, value: float, low: float, high: float) -> Outcome:
    if check.statistic == "exact" and check.relation == "==":
        return "holds" if low == high == check.threshold else "fails"
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


def _interval(check: Check, columns: Sequence[Sequence[float | None]]) -> tuple[float, float, float]:
    from common import (
        statistics,
    )  # scipy takes most of a second to load, and reading a verdict does not need it

    level = check.level
    against = math.inf if check.relation == "<=" else -math.inf
    if check.statistic in ("proportion", "difference_of_proportions"):
        counts = [sum(_succeeds(check, value, check.relation == "<=") for value in columns[0])]
        if check.statistic == "proportion":
            interval = statistics.proportion(counts[0], len(columns[0]), level=level)
        else:
            other = sum(_succeeds(check, value, check.relation == ">=") for value in columns[1])
            interval = statistics.difference_of_proportions(
                counts[0], len(columns[0]), other, len(columns[1]), level=level
            )
        return interval.estimate, interval.low, interval.high
    if check.statistic == "exact":
        values = [against if value is None else value for value in columns[0]]
        return values[0], min(values), max(values)
    rows = [None if any(v is None for v in row) else row for row in zip(*columns, strict=True)]
    if check.statistic == "trend":
        return _trend_interval(check, [r for r in rows if r is not None], len(rows))
    values = [against if row is None else _seed_value(check, row) for row in rows]
    method = {"median": statistics.median, "rank_correlation": statistics.median, "ratio": statistics.ratio}
    interval = method.get(check.statistic, statistics.mean)(values, level=level)
    return interval.estimate, interval.low, interval.high


def _succeeds(check: Check, value: float | None, if_failed: bool) -> bool:
    """Whether a seed counts as a success; one without a number counts against the check."""
    if check.success is None:
        raise ValueError(f"check {check.id}: a proportion needs `success`")
    relation, bound = check.success
    if value is None:
        return if_failed
    return value >= bound if relation == ">=" else value <= bound


def _seed_value(check: Check, row: Sequence[float | None]) -> float:
    """One seed's number: its metric, a difference or quotient of two arms, or a fit over the levels."""
    from common import statistics

    numbers = [float(value) for value in row if value is not None]
    if check.statistic == "slope":
        return statistics.slope(check.levels, numbers)
    if check.statistic == "rank_correlation":
        return statistics.rank_correlation(check.levels, numbers)
    if len(numbers) == 1:
        return numbers[0]
    return numbers[0] / numbers[1] if check.statistic == "ratio" else numbers[0] - numbers[1]


def _trend_interval(check: Check, rows: Sequence[Sequence[float | None]], declared: int) -> tuple[float, float, float]:
    """Page's test as an interval on a signed scale: +1 when the metric rises over the arms, -1 when it falls.

    A trend is a one-sided decision at 0.5 %, not an estimate; undecided is the whole of [-1, 1].
    """
    from common import statistics

    if len(rows) < declared:
        return 0.0, -1.0, 1.0
    table = np.array(rows, float)
    rising, falling = statistics.page_trend_p(table), statistics.page_trend_p(table[:, ::-1])
    tail = (1 - check.level) / 2
    sign = 1.0 if rising < tail else -1.0 if falling < tail else 0.0
    return (sign, sign, sign) if sign else (0.0, -1.0, 1.0)


def _more_seeds(findings: Sequence[Finding]) -> str:
    """How many seeds a declared extension would need, for the checks whose statistic allows an answer."""
    from common import statistics

    needs = []
    for finding in findings:
        check = finding.check
        if finding.outcome == "undecided" and check.statistic == "proportion":
            successes = round(finding.value * check.seeds)
            n = statistics.seeds_to_decide_proportion(successes, check.seeds, check.threshold)
            needs.append(f"{check.id}: about {n} seeds would decide it")
        elif finding.outcome == "undecided":
            needs.append(f"{check.id}: undecided at {check.seeds} seeds")
    return "; ".join(needs)


def agrees(claim: Claim, evidence: Evidence) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the quick trials show the recorded finding: every quick check met by its estimate alone."""
    findings = tuple(find(check, evidence) for check in claim.quick)
    met = all(_outcome(replace(f.check, slack=0.0), f.value, f.value, f.value) == "holds" for f in findings)
    return met, findings


def decidable(check: Check) -> bool:
    """Whether some data, at the check's own n, would decide it: the contract every check must meet."""
    if check.seeds < SMALLEST_USEFUL_N[check.statistic]:
        return False
    sign = 1.0 if check.relation == ">=" else -1.0
    best = check.threshold if check.relation == "==" else check.threshold + sign * (abs(check.threshold) + 1) * 1e6
    if check.statistic in ("proportion", "difference_of_proportions"):
        relation, bound = check.success or (">=", 0.0)
        reached = [(relation == ">=") == (sign > 0), (relation == ">=") != (sign > 0)]
        per_arm = [bound + (1e6 if up else -1e6) for up in reached[: len(check.arms)]]
        rows = [[value] * check.seeds for value in per_arm]
    elif check.statistic in ("slope", "rank_correlation", "trend"):
        rows = [[sign * 1e6 * (x + 1)] * check.seeds for x in (check.levels or range(len(check.arms)))]
    elif check.statistic == "ratio":
        rows = [[1e6 if sign > 0 else 1e-6] * check.seeds, [1.0] * check.seeds][: len(check.arms)]
    else:
        rows = [[best] * check.seeds, [0.0] * check.seeds][: len(check.arms)]
    value, low, high = _interval(check, rows)
    return _outcome(check, value, low, high) == "holds"
