"""Which seeds come next: batches declared beforehand, until every deciding check is decided. No Keras."""

from collections.abc import Iterator, Mapping

from suite.claims import Check, Claim
from suite.judging import Evidence, Finding, guarded, together, unguarded

Seeds = dict[tuple[str, str], int]
"""(study, arm) to a number of seeds from 1000 on."""


def wanted(claim: Claim, evidence: Evidence) -> Seeds:
    """How many seeds each arm needs now: those that are judged already, and the next batch of what is open.

    Scope has its first batch and never asks for another. A control goes on while it keeps a deciding check open.
    """
    return asked(claim, unguarded(claim, evidence))


def asked(claim: Claim, own: Mapping[str, Finding]) -> Seeds:
    """The same, from what each check comes to by itself."""
    following = set(open_checks(claim, own))
    seeds: Seeds = {}
    for check in claim.each():
        n = max(own[check.id].n, check.looks()[0])
        if check.id in following:
            n = next((look for look in check.looks() if look > own[check.id].n), n)
        for arm in check.arms():
            seeds[check.study, arm] = max(seeds.get((check.study, arm), 0), n)
    return seeds


def open_checks(claim: Claim, own: Mapping[str, Finding]) -> Iterator[str]:
    """The ids of those checks whose next batch could decide a direction or a size."""
    for finding in guarded(claim, own):
        if finding.check.kind not in ("direction", "size") or finding.decided or finding.outcome == "void":
            continue
        names = [guard.id for guard in claim.guards_of(finding.check.id)]
        node, waits_for_guards = finding.check, False
        if not isinstance(node, Check):
            waits_for_guards = together(node, finding.of) in ("holds", "fails")
        for member in finding.of or (finding,):
            if not (waits_for_guards or member.decided or member.outcome == "void"):
                names += [member.check.id, *(guard.id for guard in claim.guards_of(member.check.id))]
        yield from (name for name in names if not own[name].decided)
