"""A claim in plain words: what decides it, what came out, and where all of that is found. No Keras."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from suite import answers, forecasts, registry
from suite.claims import FIRST_SEED, Check, Claim, Node

WIDTH = 118
MOST_LINES = 40


def lines(name: str, claim: Claim, record: Mapping[str, Any]) -> list[str]:
    """At most 40 lines."""
    found = [f"{claim.id} ({claim.nature}): {claim.statement}"]
    quoted = f": “{claim.quotation}”" if claim.quotation else ""
    found.append(f"source: {claim.source}, {claim.locator}{quoted}")
    reason = f" ({record['reason']})" if record["reason"] else ""
    found.append(f"verdict: {record['verdict']}{reason}. {record['answer']}".rstrip())
    old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id)
    if old:
        found.append(f"edition 1, by other checks on seeds from 0: {old['verdict']}")
    outcomes = {check["id"]: check for check in record["checks"]}
    deciding = claim.deciding()
    found += ["", "decided by:"]
    for node in deciding:
        found += _node(node, outcomes.get(node.id))
    guards = claim.controls()
    if guards:
        found += ["", "guarded by:"]
        found += [f"  {g.id}: {g.what} ({answers.BARS[g.bar]}){_came(outcomes.get(g.id))}" for g in guards]
    scope = record["scope"] or answers.carried(claim)
    held, of = answers.counts({"scope": scope})
    if of:
        told = ", ".join(f"{check['id']} {check['outcome']}" for check in scope)
        found += ["", f"scope, which never changes the verdict: {held} of {of} hold ({told})"]
    expected = [f"{f.check} {f.probability:.2f} ({f.forecaster})" for f in forecasts.of_claim(claim.id)]
    found += ["", *([f"forecast: {'; '.join(expected)}"] if expected else []), *_places(name, claim, record)]
    kept = [_cut(line) for line in found]
    return kept if len(kept) <= MOST_LINES else [*kept[: MOST_LINES - 6], "  …", *kept[-5:]]


def _cut(line: str) -> str:
    """No line is longer than three of a terminal; what is indented stays so."""
    indent = line[: len(line) - len(line.lstrip())]
    return indent + shorten(line, 3 * WIDTH - len(indent), placeholder=" …")


def _came(outcome: Mapping[str, Any] | None) -> str:
    return f" → {outcome['outcome']}" if outcome else ""


def _node(node: Node, outcome: Mapping[str, Any] | None) -> Iterator[str]:
    yield f"  {node.id} [{node.kind}]: {node.what}; asks for {answers.bars(node)}{_came(outcome)}"
    if isinstance(node, Check):
        yield f"    each seed of {node.study}: {node.asks.words()}"
        if node.bar != "exact":
            yield f"    seeds from {FIRST_SEED}: {node.first} first, then {node.step} more, {node.most} at most"
        return
    first = node.of[0]
    yield f"    {len(node.of)} checks ({', '.join(shorten(c.id, 40) for c in node.of[:4])} …), as: {first.asks.words()}"


def _places(name: str, claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    commits = answers.commits(record)
    arm = next(iter(claim.each())).arms()[0]
    yield f"thresholds: reproductions/{name}/claims.py" + (f"; {commits}" if commits else "")
    yield f"numbers of each seed: results/{name}/trials.csv; curves: results/{name}/curves.csv"
    yield f"code: {', '.join(f'reproductions/{name}/studies/{study}.py' for study in claim.studies())}"
    yield f"one seed again: repro audit {claim.id} --arm {arm} --seed {FIRST_SEED}"
    yield f"all of it: repro run {claim.id} --tier full"


def check_lines(checks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each recorded check: outcome, count, interval and its level."""
    for check in checks:
        if "of" in check:
            held = sum(member["outcome"] == "holds" for member in check["of"])
            yield f"{check['outcome']:<10} {check['id']} [{check['kind']}]: {held} of {len(check['of'])} hold"
            continue
        text = (
            f"{check['outcome']:<10} {check['id']} [{check['kind']}]: {check['what']}: {check['yes']} of {check['n']}"
        )
        if "level" in check:
            text += f", share {answers.number(check['low'])} to {answers.number(check['high'])}"
            text += f" at {100 * check['level']:.5g} %, of {', '.join(check['arms'])} in {check['study']}"
        if "next_batch_minutes" in check:
            text += f"; the next batch takes about {check['next_batch_minutes']:.0f} min of one core"
        yield text
