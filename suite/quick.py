"""Whether the quick trials show the findings on record. Never citable."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.trials import Trial
from suite import digits, evidence, planning, reading
from suite.claims import Claim, Quick
from suite.judging import Evidence


@dataclass(frozen=True)
class Shown:
    """What a quick check came to: the median of its seeds, or of `every` the one that is furthest on the wrong side.

    `lost` seeds have no number, and then it comes to none.
    """

    check: Quick
    value: float | None
    met: bool
    lost: int = 0


def shown(check: Quick, found: Evidence) -> Shown:
    """A failed seed counts as one that does not meet the bound."""
    rows = found.get((check.study, check.arm), ())
    numbers = [row.number(check.metric) for row in rows if row.seed < check.seeds]
    known = [value for value in numbers if value is not None]
    if len(known) < check.seeds:
        return Shown(check, None, met=False, lost=check.seeds - len(known))
    worst = max(known) if check.relation == "<=" else min(known)
    value = worst if check.every else statistics.median(known)
    met = {">=": value >= check.bound, "<=": value <= check.bound, "==": min(known) == max(known) == check.bound}
    return Shown(check, value, met[check.relation])


def agrees(claim: Claim, found: Evidence) -> tuple[bool, tuple[Shown, ...]]:
    """Whether every quick check of a claim is met."""
    findings = tuple(shown(check, found) for check in claim.quick)
    return all(finding.met for finding in findings), findings


def judge(
    selected: Mapping[str, tuple[str, Claim]], trials: Mapping[tuple[str, str], Sequence[Trial]]
) -> dict[str, dict[str, str]]:
    """Claim id to its recorded verdict, whether the quick trials agree with the finding, and on which data.

    A claim is `failed` where any trial that it reads is not there, `skipped` where an optional data set is not.
    """
    rows = {}
    records, missing = reading.recorded(selected), planning.lacking(selected)
    for identity, (name, claim) in selected.items():
        own = [trial for (module, _), group in trials.items() if module == name for trial in group]
        observed = evidence.gather(own)
        used = {check.study for check in claim.quick}
        row = {
            "recorded": str(records.get(identity, {}).get("verdict", "not run")),
            "data": ", ".join(sorted({trial.dataset for trial in own if trial.study in used})),
        }
        counts = [(c, len(observed.get((c.study, c.arm), ()))) for c in claim.quick]
        if identity in missing:
            rows[identity] = row | {"data": "none", "quick": "skipped", "findings": missing[identity]}
            continue
        lost = [f"{c.study}/{c.arm}: {count} of {c.seeds} trials" for c, count in counts if count < c.seeds]
        if lost:
            rows[identity] = row | {"quick": "failed", "findings": "; ".join(dict.fromkeys(lost))}
            continue
        met, found = agrees(claim, observed)
        rows[identity] = row | {"quick": "agrees" if met else "differs", "findings": "; ".join(map(_told, found))}
    return rows


def _told(found: Shown) -> str:
    check = found.check
    text = f"{check.id} {_number(found.value)} {check.relation} {check.bound:g}"
    return f"{text} ({found.lost} of {check.seeds} seeds have no {check.metric})" if found.lost else text


def _number(value: float | None) -> str:
    return "–" if value is None else digits.told(value, 4)


def table(findings: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The findings as lines of text."""
    width = max(map(len, findings))
    lines = [f"{'claim':<{width}}  {'recorded verdict':<16}  {'quick':<8} {'data':<10} estimates, never citable"]
    for identity, row in findings.items():
        lines.append(
            f"{identity:<{width}}  {row['recorded']:<16}  {row['quick']:<8} {row['data']:<10} {row['findings']}"
        )
    if any("digits" in row["data"] for row in findings.values()):
        lines.append("MNIST is not at hand, so the 8x8 digits stood in for it. For MNIST: repro data fetch")
    return lines
