"""A verdict in words and as data: the answer with its counts, each check with its interval and effect. No Keras."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from common.trials import Trial
from suite import batches, digits, registry
from suite.claims import AnyOf, Check, Claim, Listed
from suite.judging import Evidence, Finding, Verdict, unguarded
from suite.records import Provenance

if TYPE_CHECKING:
    from suite.effects import Effect


def describe(
    verdict: Verdict, evidence: Evidence, trials: Sequence[Trial], provenance: Mapping[str, Provenance]
) -> dict[str, Any]:
    """A verdict as `verdicts.json` holds it."""
    claim = verdict.claim
    arms = {(check.study, arm) for check in claim.each() for arm in check.arms()}
    used = [trial for trial in trials if (trial.study, trial.arm) in arms]
    following = _following(verdict, evidence)
    checks = [_check(finding, evidence, trials, following) for finding in verdict.findings]
    return {
        "verdict": verdict.word,
        "reason": verdict.reason,
        "answer": answer(verdict, evidence),
        "nature": claim.nature,
        "dataset": " and ".join(claim.datasets()),
        "tier": ", ".join(sorted({trial.tier for trial in used})),
        "backend": ", ".join(sorted({trial.backend for trial in used})),
        "failed": sum(trial.status != "ok" for trial in used),
        **_commits(claim, provenance),
        "checks": checks,
        "scope": [*(_scope(check) for check in checks if check["kind"] == "scope"), *carried(claim)],
    }


def answer(verdict: Verdict, evidence: Evidence) -> str:
    """One sentence for each direction and size check: its count, and the effect with its interval."""
    if verdict.word in ("invalid", "stale"):
        return f"No answer: {verdict.reason}."
    deciding = [f for f in verdict.findings if f.check.kind in ("direction", "size")]
    if verdict.word == "not run":
        return "Not run yet."
    return " ".join(f"{_said(finding, evidence)}." for finding in deciding)


def _said(finding: Finding, evidence: Evidence) -> str:
    check = finding.check
    what = f"{check.what[:1].upper()}{check.what[1:]}"
    if not isinstance(check, Check):
        return f"{what}: {tally([member.outcome for member in finding.of])}"
    if not finding.n:
        return f"{what}: not run"
    if check.bar == "exact":
        return f"{what}: computed, and so it is" if finding.outcome == "holds" else f"{what}: computed, and not so"
    outcome = {"split": "; about as many seeds one way as the other", "undecided": "; undecided"}
    from suite.effects import effects, trifling  # numpy takes a while to load, and reading a verdict needs none

    text = f"{what} in {finding.yes} of {finding.n} seeds{tied(finding.ties)}{outcome.get(finding.outcome, '')}"
    sizes = effects(check, evidence)
    if sizes:
        text += f"; {_effect(sizes[0])}" + (", trifling" if trifling(check, evidence) else "")
    return text


def _effect(effect: "Effect") -> str:
    return f"{effect.name}: {number(effect.value)} ({number(effect.low, '-∞')} to {number(effect.high, '∞')})"


def _following(verdict: Verdict, evidence: Evidence) -> frozenset[str]:
    """The ids of the checks that a run would give another batch: the others may be open all the same."""
    deciding = (f for f in verdict.findings if f.check.kind in ("direction", "size"))
    if verdict.word == "stale" or all(finding.decided or finding.outcome == "void" for finding in deciding):
        return frozenset()
    return frozenset(batches.open_checks(verdict.claim, unguarded(verdict.claim, evidence)))


def _check(finding: Finding, evidence: Evidence, trials: Sequence[Trial], following: Collection[str]) -> dict[str, Any]:
    from suite.effects import effects, trifling  # as above

    check = finding.check
    said: dict[str, Any] = {"id": check.id, "kind": check.kind, "what": check.what, "outcome": finding.outcome}
    if not isinstance(check, Check):
        rule = "any" if isinstance(check, AnyOf) else check.bar
        return {**said, "bar": rule, "of": [_check(member, evidence, trials, following) for member in finding.of]}
    said |= {"study": check.study, "arms": list(check.arms()), "asks": check.asks.words(), "bar": check.bar}
    said |= {"n": finding.n, "most": check.most if check.bar != "exact" else 1, "yes": finding.yes}
    said |= {"ties": finding.ties, "failed": finding.failed}
    if check.bar != "exact":
        said |= {"level": rounded(finding.level), "low": rounded(finding.low), "high": rounded(finding.high)}
    if finding.outcome == "undecided" and check.id in following and finding.n < check.most:
        said["next_batch_minutes"] = rounded(_minutes_of_a_seed(check, trials) * check.step)
    sizes = [{"name": e.name, "n": e.n, **_ends(e)} for e in effects(check, evidence)]
    return {**said, "effects": sizes, "trifling": trifling(check, evidence)}


def _ends(effect: "Effect") -> dict[str, float | None]:
    return {"value": rounded(effect.value), "low": rounded(effect.low), "high": rounded(effect.high)}


def _minutes_of_a_seed(check: Check, trials: Iterable[Trial]) -> float:
    """What a seed of all arms of the check took, from the trials on record."""
    seconds: dict[str, list[float]] = {arm: [] for arm in check.arms()}
    for trial in trials:
        if trial.study == check.study and trial.arm in seconds:
            seconds[trial.arm].append(trial.seconds)
    return sum(sum(column) / len(column) for column in seconds.values() if column) / 60


def _scope(check: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": check["id"], "edition": 2, "outcome": check["outcome"]}


def carried(claim: Claim) -> list[dict[str, Any]]:
    """The scope checks that keep their outcome of edition 1, on its seeds and by its rules."""
    if not claim.carried:
        return []
    name, _ = registry.all_claims()[claim.id]
    record = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id, {"checks": []})
    outcomes = {check["id"]: check["outcome"] for check in record["checks"]}
    return [{"id": i, "edition": 1, "outcome": outcomes.get(i, "not run")} for i in claim.carried]


def scope(claim: Claim, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scope checks of a claim with their outcomes, before the first run as well."""
    if record["scope"]:
        return list(record["scope"])
    anew = [{"id": node.id, "edition": 2, "outcome": "not run"} for node in claim.checks if node.kind == "scope"]
    return [*anew, *carried(claim)]


def rerun(identity: str, record: Mapping[str, Any]) -> str:
    """The command that trains what is left of a claim; where nothing is, all of it anew, as without `--fresh` it would
    train nothing."""
    known = [said for check in record["checks"] for said in (check, *check.get("of", ()))]
    left = any(said["outcome"] == "not run" or "next_batch_minutes" in said for said in known)
    whole = record["verdict"] not in ("not run", "stale") and not left
    return f"repro run {identity} --tier full{' --fresh' * whole}"


def _commits(claim: Claim, provenance: Mapping[str, Provenance]) -> dict[str, Any]:
    """Which commit fixed the thresholds, which trained and which judged, and whether the tree was clean."""
    made = [provenance[study] for study in claim.studies() if study in provenance]
    if not made:
        return {"fixed": "", "trained": [], "judged": "", "clean": None, "changed_after_trials": False}
    latest = made[-1]
    return {
        "fixed": latest.fixed.get(claim.id, ""),
        "trained": sorted({commit for fact in made for commit in (*fact.earlier, fact.commit)}),
        "judged": latest.judged_commit or latest.commit,
        "clean": all(fact.clean for fact in made),
        "changed_after_trials": any(
            fact.first_claims.get(claim.id, claim.sha256()) != fact.claims.get(claim.id) for fact in made
        ),
    }


def number(value: float | None, missing: str = "–") -> str:
    """Three significant digits, or as many as tell it from 1; `missing` for what is null or not finite."""
    return missing if value is None or not math.isfinite(value) else digits.told(value)


def rounded(value: float) -> float | None:
    """Rounded where platforms' last bits may differ; an unbounded end of an interval is null."""
    return float(f"{value:.9g}") if math.isfinite(value) else None


def commits(record: Mapping[str, Any]) -> str:
    """Which commit fixed the thresholds of a verdict, which trained and which judged it, in one line; or nothing."""
    if not record.get("trained"):
        return ""
    trained = ", ".join(commit[:12] for commit in record["trained"])
    said = f"thresholds of commit {record['fixed'][:12] or 'unknown'}, trained at {trained}"
    said += f", judged at {record['judged'][:12]}"
    said += "" if record["clean"] else "; the work tree was not clean"
    return said + ("; its thresholds changed after trials existed" if record["changed_after_trials"] else "")


def tied(ties: int) -> str:
    """How many seeds of a count are ties, which may be all that keeps a check open; nothing where none is."""
    return f", {ties} tie{'s' * (ties != 1)}" if ties else ""


def counted(checks: Sequence[Mapping[str, Any]]) -> str:
    """How many of checks that are told together hold, and how many are open or were not run; a dash for none."""
    return tally([check["outcome"] for check in checks]) if checks else "–"


def tally(outcomes: Sequence[str]) -> str:
    """The same of their outcomes."""
    waiting = outcomes.count("not run")
    undecided = sum(outcome in ("undecided", "void") for outcome in outcomes)
    text = f"{outcomes.count('holds')} of {len(outcomes)} hold"
    return text + (f", {undecided} open" if undecided else "") + (f", {waiting} not run" if waiting else "")


def bars(check: Check | AnyOf | Listed) -> str:
    """The bar of a check in words."""
    if isinstance(check, AnyOf):
        return f"one of these {len(check.of)} suffices, each judged at {100 - 1 / len(check.of):.5g} %"
    if isinstance(check, Listed):
        problems = f"the {len(check.of)} problems, each decided for itself"
        return BARS[check.bar].replace("random seeds", problems)
    return BARS[check.bar]


BARS = {
    "most": "more than half of random seeds",
    "almost every": "more than 0.9 of random seeds",
    "rarely": "fewer than 0.1 of random seeds",
    "some": "at least one seed (refuted once their share must lie under 0.05)",
    "never": "no seed (so many that their share must lie under 0.05)",
    "exact": "computed, no seeds",
}


def difference(claim: str, said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """One line on how a recorded verdict departs from the one its evidence gives."""
    if said["verdict"] != found["verdict"]:
        reason = f" ({found['reason']})" if found["reason"] else ""
        return f"{claim}: recorded {said['verdict']}, the evidence gives {found['verdict']}{reason}"
    field = next(key for key in found if said.get(key) != found[key])
    return f"{claim}: recorded {field} differs from what the evidence gives"
