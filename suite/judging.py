"""The verdict: a pure function of a claim and its trials. No Keras."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from suite.claims import FIRST_SEED, SHARES, AnyOf, Check, Claim, Listed, Node, Word
from suite.questions import Answer, Observation, Row

ALPHA = 0.01
RARE = 0.05
"""`some` fails, and `never` holds, once the share of seeds that could still say yes lies under this."""
SPLIT = (0.25, 0.75)
"""At the cap an interval inside of this shows that about as many seeds say yes as no."""
OPTIONAL = ("sentence_polarity",)
"""Data sets on which scope may rest whatever the claim names: without them it is not run."""

Outcome = Literal["holds", "fails", "split", "undecided", "not run", "void"]
"""`void`: a control that guards the check failed, so nothing can be said."""

Evidence = Mapping[tuple[str, str], Sequence[Observation]]
"""(study, arm) to the observations on record, one for each row, doubled rows included."""

Declared = Mapping[tuple[str, str], int]
"""(study, arm) to the most seeds that any claim asks of it."""


@dataclass(frozen=True)
class Finding:
    """What one check came to at the look that decided it, else at the latest.

    `yes` and `ties` of `n` seeds; `failed` counts seeds of which any arm failed. `low` and `high` bound the share of
    yes among random seeds at `level`; they are nan for what is exact. `of` are the findings of an any-of or a list.
    """

    check: Node
    outcome: Outcome
    yes: int = 0
    ties: int = 0
    n: int = 0
    failed: int = 0
    low: float = math.nan
    high: float = math.nan
    level: float = 1 - ALPHA
    of: tuple["Finding", ...] = ()

    @property
    def decided(self) -> bool:
        return self.outcome in ("holds", "fails", "split")


@dataclass(frozen=True)
class Verdict:
    claim: Claim
    word: Word
    findings: tuple[Finding, ...]
    reason: str = ""


def judge(
    claim: Claim, evidence: Evidence, *, stale: str = "", declared: Declared | None = None, refuted: str = ""
) -> Verdict:
    """The verdict of a claim: the first that applies of invalid, stale, not run and what its checks say.

    Args:
        stale: why the evidence no longer belongs to the claim, the study or the engine; empty when it does.
        declared: how many seeds an arm may have; what the claim itself asks for when None.
        refuted: that the claim's negative control is reproduced, so that its checks tell nothing; empty when it is not.
    """
    if fault := next(_faults(claim, evidence, declared or most_seeds([claim])), refuted):
        return Verdict(claim, "invalid", (), fault)
    return concluded(claim, find_all(claim, evidence), stale)


def concluded(claim: Claim, findings: tuple[Finding, ...], stale: str = "") -> Verdict:
    """The verdict that follows from what the claim's checks came to."""
    deciding = [f for f in findings if f.check.kind in ("direction", "size")]
    void = next((f for f in deciding if f.outcome == "void"), None)
    if void is not None:
        return Verdict(claim, "invalid", findings, f"a control that guards {void.check.id} failed")
    if all(f.outcome == "not run" for f in deciding):
        return Verdict(claim, "not run", findings)
    if stale:
        return Verdict(claim, "stale", findings, stale)
    waiting = next((f for f in deciding if f.outcome == "not run"), None)
    word = _word(deciding, if_open=True)
    if word == _word(deciding, if_open=False):  # a check more that holds never makes a claim worse
        return Verdict(claim, word, findings)
    if waiting is not None:
        return Verdict(claim, "not run", findings, f"{waiting.check.id} has not been run")
    open_ids = ", ".join(f.check.id for f in deciding if not f.decided)
    return Verdict(claim, "undecided", findings, f"open: {open_ids}")


def find_all(claim: Claim, evidence: Evidence) -> tuple[Finding, ...]:
    """A finding for each of the claim's checks, in their order."""
    return guarded(claim, unguarded(claim, evidence))


def guarded(claim: Claim, own: Mapping[str, Finding]) -> tuple[Finding, ...]:
    """The same, from what each single check comes to by itself."""
    found = []
    for node in claim.checks:
        if isinstance(node, Check):
            found.append(_guarded(own[node.id], [own[g.id] for g in claim.guards_of(node.id)]))
            continue
        of = tuple(_guarded(own[check.id], [own[g.id] for g in claim.guards_of(check.id)]) for check in node.of)
        group = Finding(node, together(node, of), of=of, level=of[0].level)
        found.append(_guarded(group, [own[g.id] for g in claim.guards_of(node.id)]))
    return tuple(found)


def unguarded(claim: Claim, evidence: Evidence) -> dict[str, Finding]:
    """What each single check comes to, by its id, whatever its controls say."""
    return {check.id: find(check, evidence, alpha=alpha) for check, alpha in errors(claim)}


def errors(claim: Claim) -> Iterator[tuple[Check, float]]:
    """Every single check, with the probability by which it may go wrong."""
    for node in claim.checks:
        for check in (node,) if isinstance(node, Check) else node.of:
            yield check, ALPHA / len(node.of) if isinstance(node, AnyOf) else ALPHA


def find(check: Check, evidence: Evidence, *, alpha: float = ALPHA) -> Finding:
    """What a check comes to by itself. The first look that decides it is final: later seeds are not asked."""
    rows, answers, failed = complete_rows(check, evidence), list[Answer](), 0
    finding = Finding(check, "not run", level=1 - alpha)
    for n in check.looks():
        for row in islice(rows, n - len(answers)):
            answers.append(check.asks.answer(row))
            failed += any(observation.failed for observation in row.values())
        if n > len(answers):
            return finding
        finding = look(check, answers, alpha, last=n == check.looks()[-1], failed=failed)
        if finding.decided:
            return finding
    return finding


def complete_rows(check: Check, evidence: Evidence) -> Iterator[Row]:
    """The seeds from 1000 on, one after the other, as long as every arm of the check has its trial."""
    table = [{o.seed: o for o in evidence.get((check.study, arm), ())} for arm in check.arms()]
    seed = FIRST_SEED
    while all(seed in column for column in table):
        yield {arm: column[seed] for arm, column in zip(check.arms(), table, strict=True)}
        seed += 1


def look(check: Check, answers: Sequence[Answer], alpha: float, *, last: bool, failed: int = 0) -> Finding:
    """What a check comes to on the answers so far; `last` is the look at its cap."""
    yes, ties, n = answers.count("yes"), answers.count("tie"), len(answers)
    if check.bar in ("rarely", "never"):  # of these a no speaks for the check, which no failed seed may do
        ties += answers.count("failed")
    if check.bar == "exact":
        return Finding(check, "holds" if yes else "fails", yes, ties, n, failed)
    from common import statistics  # scipy takes a while to load, and reading a verdict needs none

    interval = statistics.share(yes, n, ties=ties, alpha=alpha)
    outcome = _outcome(check, yes, interval.low, interval.high, last)
    return Finding(check, outcome, yes, ties, n, failed, interval.low, interval.high, 1 - alpha)


def _outcome(check: Check, yes: int, low: float, high: float, last: bool) -> Outcome:
    if by_itself := shown(check, yes, low, high):
        return by_itself
    return "split" if last and SPLIT[0] <= low and high <= SPLIT[1] else "undecided"


def shown(check: Check, yes: int, low: float, high: float) -> Literal["holds", "fails"] | None:
    """What an interval for the share of yes shows of a check that is not exact, whatever its controls say."""
    if check.bar in ("some", "never"):
        seen, excluded = yes > 0, high < RARE
        holds, fails = (seen, excluded) if check.bar == "some" else (excluded, seen)
    else:
        bar = SHARES[check.bar]
        holds, fails = (high < bar, low > bar) if check.bar == "rarely" else (low > bar, high < bar)
    return "holds" if holds else "fails" if fails else None


def _guarded(finding: Finding, controls: Sequence[Finding]) -> Finding:
    """No check holds before its controls do, and none says anything where one of them failed."""
    outcomes = {control.outcome for control in controls}
    if outcomes & {"fails", "split"}:
        return replace(finding, outcome="void")
    if finding.outcome == "holds" and outcomes - {"holds"}:
        return replace(finding, outcome="undecided")
    return finding


def together(node: AnyOf | Listed, of: Sequence[Finding]) -> Outcome:
    """What an any-of or a list comes to by its members, whatever its own controls say."""
    return _any(of) if isinstance(node, AnyOf) else _count(of, SHARES[node.bar], node.bar == "rarely")


def _any(of: Sequence[Finding]) -> Outcome:
    """What can be said of those that are not void."""
    outcomes = {finding.outcome for finding in of} - {"void"}
    if not outcomes:
        return "void"
    if "holds" in outcomes:
        return "holds"
    if outcomes <= {"fails", "split"}:
        return "fails"
    return "not run" if outcomes == {"not run"} else "undecided"


def _count(of: Sequence[Finding], bar: float, rarely: bool) -> Outcome:
    outcomes = [finding.outcome for finding in of]
    if len(set(outcomes)) == 1 and outcomes[0] in ("not run", "void"):
        return outcomes[0]
    held = outcomes.count("holds")
    reachable = len(outcomes) - outcomes.count("fails") - outcomes.count("split")
    surely, never = held > bar * len(outcomes), reachable <= bar * len(outcomes)
    if rarely:
        surely, never = reachable < bar * len(outcomes), held >= bar * len(outcomes)
    return "holds" if surely else "fails" if never else "undecided"


def _word(deciding: Sequence[Finding], *, if_open: bool) -> Word:
    """What the checks say together, were all that are open to hold, or all not to."""
    holds = [f.outcome == "holds" if f.decided else if_open for f in deciding]
    if all(holds):
        return "reproduced"
    directions = [held for f, held in zip(deciding, holds, strict=True) if f.check.kind == "direction"]
    return "partly" if any(directions) else "not reproduced"


def most_seeds(claims: Sequence[Claim]) -> Declared:
    """How many seeds the claims ask of each arm at most."""
    most: dict[tuple[str, str], int] = {}
    for claim in claims:
        for check in claim.each():
            for arm in check.arms():
                key = check.study, arm
                most[key] = max(most.get(key, 0), check.looks()[-1])
    return most


def _faults(claim: Claim, evidence: Evidence, declared: Declared) -> Iterator[str]:
    """What makes the evidence unusable: seeds that are missing, doubled or undeclared, other data, absent metrics."""
    for check in claim.each():
        allowed = ("synthetic", *claim.datasets(), *(OPTIONAL if check.kind == "scope" else ()))
        for arm, metric in check.asks.reads():
            rows = evidence.get((check.study, arm), ())
            seeds = Counter(row.seed for row in rows)
            end = FIRST_SEED + declared.get((check.study, arm), 0)
            doubled = sorted(seed for seed, count in seeds.items() if count > 1)
            missing = sorted(set(range(FIRST_SEED, max(seeds, default=0))) - set(seeds))
            extra = sorted(seed for seed in seeds if not FIRST_SEED <= seed < end)
            for what, which in (("undeclared", extra), ("doubled", doubled), ("missing", missing)):
                if which:
                    others = f" and {len(which) - 1} more" if len(which) > 1 else ""
                    yield f"{check.study}/{arm}: {what} seed {which[0]}{others}"
            for row in rows:
                if row.dataset not in allowed:
                    wanted = " or ".join(claim.datasets())
                    yield f"{check.study}/{arm}: data set {row.dataset!r} where the claim needs {wanted}"
            if rows and not all(row.failed for row in rows) and not any(metric in row.metrics for row in rows):
                yield f"{check.study}/{arm}: no trial has a metric {metric!r}, which check {check.id} reads"
