"""What every claim must obey before it may be run. No Keras."""

import csv

from suite import registry
from suite.edition_1_claims import Claim, decidable

LONGEST_QUOTATION = 15  # words


def catalogue(claim: str) -> set[str]:
    """The checks that a claim's entry of `catalogue.csv` names."""
    with (registry.FOLDER / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        return {row["entry"] for row in csv.DictReader(file) if row["claim"] == claim}


def faults(claim: Claim, entries: set[str]) -> list[str]:
    """What is wrong with a claim whose catalogue entry names the checks `entries`; nothing when it may be run."""
    found = []
    words = len(claim.quotation.split())
    if words > LONGEST_QUOTATION:
        found.append(f"the quotation has {words} words; at most {LONGEST_QUOTATION} may be quoted")
    if not claim.expects or {"reproduced", "not reproduced"} <= set(claim.expects):
        found.append("the prior can turn out neither right nor wrong: name the verdicts that would bear it out")
    if not any(check.role == "claim" for check in claim.checks):
        found.append("no check decides the claim")
    names = [check.id for check in claim.checks]
    found += [f"two checks are called {name}" for name in sorted(set(names)) if names.count(name) > 1]
    for check in claim.checks:
        if not decidable(check):
            found.append(f"{check.id}: no data could decide it at n = {check.seeds}")
        if check.levels and len(check.levels) != len(check.arms):
            found.append(f"{check.id}: {len(check.levels)} levels for {len(check.arms)} arms")
    implemented = {check.entry for check in claim.checks}
    dropped = {entry for entry, reason in claim.dropped.items() if reason.strip()}
    found += [f"{entry} is neither implemented nor dropped with a reason" for entry in entries - implemented - dropped]
    found += [f"{entry} is both implemented and dropped" for entry in implemented & set(claim.dropped)]
    found += [f"{entry} is not in the catalogue" for entry in (implemented | set(claim.dropped)) - entries]
    return sorted(found)
