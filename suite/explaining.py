"""A claim in plain words: what decides it, what came out, and where all of that is found. No Keras."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, get_args

from common.errors import UserError
from suite import answers, forecasts, negative_record, registry, related, waiting
from suite.claims import FIRST_SEED, AnyOf, Check, Claim, Kind, Node

WIDTH = 118
NATURES = {
    "identity": "an identity: true by construction, and computed",
    "experiment": "an experiment: tried on seeds, mostly by training nets",
    "proxy": "a proxy: the sentence cannot be tested as it stands, a stand-in is",
}


def lines(name: str, claim: Claim, record: Mapping[str, Any]) -> list[str]:
    """All of it, in lines of at most 118 characters: every question with its bar and what came out."""
    return [part for line in _lines(name, claim, record) for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def _lines(name: str, claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    outcomes = {check["id"]: check for check in record["checks"]}
    outcomes |= {member["id"]: member for check in record["checks"] for member in check.get("of", ())}
    held = waiting.held(claim, record)
    came = {check.id: _came(outcomes.get(check.id), held) for check in (*claim.checks, *claim.each())}
    yield f"{claim.id}: {claim.statement}"
    quoted = f": “{claim.quotation}”" if claim.quotation else ""
    yield f"source: {claim.source}, {claim.locator}{quoted}"
    yield f"nature: {NATURES[claim.nature]}"
    yield from _verdict(name, claim, record)
    yield ""
    drawn = [check for check in claim.each() if check.bar != "exact"]
    yield "decided by:"
    if drawn:
        batches = f"{drawn[0].first} seeds, then {drawn[0].step} more"
        yield f"  each seed from {FIRST_SEED} on says yes or no: {batches} until a 99 % interval decides, or the cap"
    for node in claim.deciding():
        yield from _node(node, came)
    guards = claim.controls()
    if guards:
        yield "guarded by (where one fails, what it guards says nothing, and the claim is invalid):"
    for check in guards:
        guarded = ", ".join(check.guards)
        yield f"  {check.id}: {check.what}: {_asked(check)}; guards {guarded}{came[check.id]}"
    yield from _negative(name, claim)
    yield from _scope(claim, record)
    yield from _numbers(name, claim)
    expected = [f"{f.check} {f.probability:.2f} ({f.forecaster})" for f in forecasts.of_claim(claim.id)]
    if expected:
        yield f"forecast before the run, as probability that a check holds: {'; '.join(expected)}"
    if also := related.related(name, claim):
        yield f"see also, of the same place or decided by the same nets: {', '.join(other.id for other in also)}"
    yield ""
    yield from _places(name, claim, record)


def _verdict(name: str, claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    reason = f" ({record['reason']})" if record["reason"] else ""
    yield f"verdict: {record['verdict']}{reason}"
    if record["verdict"] not in ("invalid", "stale", "not run"):
        yield f"answer: {record['answer']}"
    old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id)
    if old:
        yield f"edition 1, by other checks on seeds from 0: {old['verdict']}"


def _node(node: Node, came: Mapping[str, str]) -> Iterator[str]:
    yield f"  {node.id} [{node.kind}]: {node.what}{came[node.id]}"
    if isinstance(node, Check):
        yield f"    {_asked(node)}"
        return
    yield f"    {answers.bars(node)}:"
    for check in node.of:
        yield f"    {check.id}: {_asked(check)}{came[check.id]}"


def _asked(check: Check) -> str:
    """The question and its bar."""
    if check.bar == "exact":
        return f"{check.asks.words()}, computed once"
    return f"{check.asks.words()}, in {answers.BARS[check.bar]}; cap {check.most} seeds"


def _came(said: Mapping[str, Any] | None, held: Mapping[str, str]) -> str:
    if said is None:
        return " → not run"
    count = f", {said['yes']} of {said['n']} seeds{answers.tied(said['ties'])}" if said.get("n", 0) > 1 else ""
    return f" → {said['outcome']}{count}{_open(said, held)}"


def _open(said: Mapping[str, Any], held: Mapping[str, str]) -> str:
    """What holds a check open, or what its next batch takes; nothing of what is decided."""
    if said["id"] in held:
        return f"; {held[said['id']]}"
    if "next_batch_minutes" in said:
        return f"; the next batch takes about {said['next_batch_minutes']:.0f} min of one core"
    return ""


def _negative(name: str, claim: Claim) -> Iterator[str]:
    """What the same checks came to on numbers without the effect, in one line."""
    if entry := registry.recorded_negatives(name).get(claim.id):
        yield f"negative control: {entry['what']} → {negative_record.told(entry)}"


def _scope(claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    scope = answers.scope(claim, record)
    if not scope:
        return
    yield f"scope, how far it extends, which never changes the verdict: {answers.counted(scope)}"
    what = {node.id: f"{node.what}{_word(node)}" for node in claim.checks}
    anew = (check for check in scope if check["edition"] == 2)
    yield from (f"  {check['id']}: {what.get(check['id'], 'asked no more')} → {check['outcome']}" for check in anew)
    old = [check for check in scope if check["edition"] == 1]
    if old:
        told = (f"{check['id']} {check['outcome']}" for check in old)
        yield f"  of edition 1, by its rules: {'; '.join(told)}"


def _word(node: Node) -> str:
    """The bar of a check where it is not the usual one."""
    return "" if isinstance(node, AnyOf) or node.bar in ("most", "exact") else f" [{node.bar}]"


def _numbers(name: str, claim: Claim) -> Iterator[str]:
    """What the metrics are that the verdict rests on."""
    known: dict[str, str] = {}
    for check in (check for check in claim.each() if check.kind != "scope"):
        try:
            said = dict(_spelled_out(registry.metrics(name, check.study)))
            known |= {metric: said[metric] for _, metric in check.asks.reads()}
        except (KeyError, OSError, UserError):  # `repro plan` says what is wrong with it
            continue
    if known:
        yield "where:"
        yield from (f"  {metric}: {what}" for metric, what in known.items())


def _spelled_out(metrics: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each metric by what it is, and what is "the same" with that which it is the same as."""
    last = ""
    for metric, what in metrics.items():
        if what.startswith("the same"):
            yield metric, f"{what} (as {last})"
        else:
            yield metric, what
            last = f"{metric}, {what}"


def _places(name: str, claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    commits = answers.commits(record)
    arm = next(iter(claim.each())).arms()[0]
    yield f"thresholds: reproductions/{name}/claims.py ({commits or 'a run records their commit'})"
    yield f"numbers of each seed: results/{name}/trials.csv, curves: curves.csv{'' if commits else ' (none yet)'}"
    yield f"code: {', '.join(f'reproductions/{name}/studies/{study}.py' for study in claim.studies())}"
    yield f"one seed again{'' if commits else ', once it is on record'}: repro audit {claim.id} --arm {arm}"
    yield f"all of it: {answers.rerun(claim.id, record)}"


def check_lines(claim: Claim, record: Mapping[str, Any], kinds: Sequence[str] = get_args(Kind)) -> Iterator[str]:
    """One line for each recorded check of these kinds: outcome, count, interval and its level, and why it is open."""
    held = waiting.held(claim, record)
    for check in (check for check in record["checks"] if check["kind"] in kinds):
        if "of" in check:
            text = f"{check['outcome']:<10} {check['id']} [{check['kind']}]: {answers.counted(check['of'])}"
            members = [member for member in check["of"] if member["outcome"] == "undecided"]
            if check["outcome"] == "undecided" and members:  # whose ties or caps may be the reason
                text += f": {'; '.join(_member(member, held) for member in members)}"
            yield text + _open(check, held)
            continue
        text = f"{check['outcome']:<10} {check['id']} [{check['kind']}]: {check['what']}: {_yes(check)}"
        if "level" in check:
            text += f", share {answers.number(check['low'])} to {answers.number(check['high'])}"
            text += f" at {100 * check['level']:.5g} %, of {', '.join(check['arms'])} in {check['study']}"
        yield text + _open(check, held)


def _member(said: Mapping[str, Any], held: Mapping[str, str]) -> str:
    return f"{said['id']} {_yes(said)}{_open(said, held).replace('; ', ', ')}"


def _yes(said: Mapping[str, Any]) -> str:
    return f"{said['yes']} of {said['n']}{answers.tied(said['ties'])}"
