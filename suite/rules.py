"""What every claim must obey before it may be run, each fault in words. No Keras, but for what a study declares."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache, partial
from typing import Any, get_args

from common.study import Tier
from suite import forecasts, intact, registry
from suite.claims import NAME, AnyOf, Bar, Check, Claim, Kind, Listed, Nature
from suite.questions import Both, Chance, Compares, Either, Question, Relation, Trends

LONGEST_QUOTATION = 15  # words
MOST_LINES = 250  # of a `claims.py`
QUICK = (">=", "<=", "==")  # what a quick check may ask of its bound
CAPS = ((10.0, 240), (60.0, 96), (600.0, 48), (float("inf"), 24))
"""Seconds that a seed of a check's arms costs at most, and how many seeds may be asked for before it stays open."""


def catalogue(claim: str) -> dict[str, Kind]:
    """Each check that a claim's entry of `catalogue.csv` names, and its kind."""
    rows = intact.table(registry.FOLDER / "catalogue.csv", ("claim", "check", "kind"))
    return {row["check"]: row["kind"] for row in rows if row["claim"] == claim}  # type: ignore[misc]


def faults(claim: Claim, entries: Mapping[str, Kind]) -> list[str]:
    """What is wrong with a claim whose catalogue entry names the checks `entries`; nothing when it may be run."""
    return sorted([*_words(claim), *_structure(claim), *_catalogued(claim, entries)])


def _words(claim: Claim) -> Iterator[str]:
    """Words that are no words of the language of claims."""
    words = len(claim.quotation.split())
    if words > LONGEST_QUOTATION:
        yield f"the quotation has {words} words; at most {LONGEST_QUOTATION} may be quoted"
    if claim.nature not in get_args(Nature):
        yield f"nature {claim.nature!r} is none of {', '.join(get_args(Nature))}"
    for node in claim.checks:
        bars = get_args(Bar) if isinstance(node, Check) else ("most", "almost every", "rarely")
        if node.kind not in get_args(Kind):
            yield f"{node.id}: kind {node.kind!r} is none of {', '.join(get_args(Kind))}"
        if not isinstance(node, AnyOf) and node.bar not in bars:
            yield f"{node.id}: bar {node.bar!r} is none of {', '.join(bars)}"
    for check in claim.each():
        if check.bar not in get_args(Bar):
            yield f"{check.id}: bar {check.bar!r} is none of {', '.join(get_args(Bar))}"
        for part in _parts(check.asks):
            relations = ("<", ">") if isinstance(part, Compares) else get_args(Relation)
            if getattr(part, "relation", ">") not in relations:
                yield f"{check.id}: relation {part.relation!r} is none of {', '.join(relations)}"  # type: ignore[attr-defined]
            if isinstance(part, Chance) and not (part.samples >= 1 and 0 <= part.constant <= 1):
                yield f"{check.id}: {part.samples} examples of which {part.constant} are guessed right are no test"
            if isinstance(part, Trends) and len(part.arms) < 2:
                yield f"{check.id}: a trend is over two arms or more"
            if isinstance(part, Both | Either) and not part.parts:
                yield f"{check.id}: a question without parts asks nothing"
    for quick in claim.quick:
        if quick.relation not in QUICK:
            yield f"quick check {quick.id}: relation {quick.relation!r} is none of {', '.join(QUICK)}"


def _parts(question: Question) -> Iterator[Question]:
    yield question
    for f in fields(question):  # type: ignore[arg-type]
        value: Any = getattr(question, f.name)
        if isinstance(value, tuple):
            yield from (part for item in value if hasattr(item, "reads") for part in _parts(item))


def _structure(claim: Claim) -> Iterator[str]:
    names = [node.id for node in claim.checks if not isinstance(node, Check)] + [check.id for check in claim.each()]
    for name in (claim.id, *names):
        if not NAME.fullmatch(name):
            yield f"the id {name!r} is no name of lower-case letters, digits, hyphens, dots and underscores"
    yield from (f"two checks are called {name}" for name in sorted(set(names)) if names.count(name) > 1)
    if not any(node.kind == "direction" for node in claim.checks):
        yield "no check of kind direction decides the claim"
    for node in claim.checks:
        if isinstance(node, AnyOf | Listed):
            if node.kind == "control":
                yield f"{node.id}: a control is one check, as each of its guards must hold"
            if len(node.of) < 2:
                yield f"{node.id}: {len(node.of)} check is no choice"
            yield from (
                f"{c.id}: kind {c.kind} inside of {node.kind} {node.id}" for c in node.of if c.kind != node.kind
            )
    for check in claim.controls():
        if not check.guards:
            yield f"control {check.id} guards nothing: name the checks that cannot hold without it"
        yield from (f"control {check.id} guards {g}, which is no check" for g in check.guards if g not in names)
    for check in claim.each():
        if check.bar == "exact":
            continue
        most = CAPS[0][1]
        if check.most > most:
            yield f"{check.id}: {check.most} seeds are more than {most}, the most that may be asked for"
        if check.most < 24 or check.first < 12 or check.step < 1 or (check.most - check.first) % check.step:
            batches = f"{check.first}, {check.step}, {check.most}"
            yield f"{check.id}: batches of {batches} seeds; start with 12 or more, end with a whole step at 24 or more"
        if check.bar in ("almost every", "rarely") and check.most < 96:
            yield f"{check.id}: {check.most} seeds cannot decide the bar {check.bar!r}; ask for 96 or more"
        if check.bar in ("some", "never") and check.most < 240:
            yield f"{check.id}: {check.most} seeds cannot decide the bar {check.bar!r}; ask for 240"


def _catalogued(claim: Claim, entries: Mapping[str, Kind]) -> Iterator[str]:
    own = {node.id: node.kind for node in claim.checks} | {check.id: check.kind for check in claim.each()}
    asked = {**own, **dict.fromkeys(claim.carried, "scope")}
    dropped = {entry for entry, reason in claim.dropped.items() if reason.strip()}
    for entry, kind in entries.items():
        if entry in dropped:
            if kind != "scope":
                yield f"{entry} is {kind} and may not be dropped"
            if entry in asked:
                yield f"{entry} is both implemented and dropped"
        elif entry not in asked:
            yield f"{entry} is neither implemented nor dropped with a reason"
        elif asked[entry] != kind and not (entry in claim.carried and kind == "control"):  # of what is scope now
            yield f"{entry} is {asked[entry]} where the catalogue says {kind}"
    members = {check.id for node in claim.checks if not isinstance(node, Check) for check in node.of}
    yield from (f"{entry} is not in the catalogue" for entry in {*asked, *claim.dropped} - set(entries) - members)
    yield from (f"{entry} is carried over and asked anew" for entry in set(claim.carried) & set(own))


def unanswerable(name: str, claim: Claim) -> Iterator[str]:
    """What a claim asks for that is not there: studies, arms, metrics, words. Imports the studies."""
    yield from _words(claim)
    yield from _structure(claim)
    asked_of = {node.id for node in claim.checks} | {check.id for check in claim.each()}
    for foretold in dict.fromkeys(forecast.check for forecast in forecasts.of_claim(claim.id)):
        if foretold not in asked_of:  # once seeds are trained it stands there for ever
            yield f"forecasts.csv gives a probability to its check {foretold!r}, which it does not have"
    known = registry.study_names(name)
    arms = cache(partial(registry.arms, name))  # many checks read one study
    asked: list[tuple[str, str, str, str, tuple[Tier, ...]]] = [
        (f"check {check.id}", check.study, arm, metric, ("full", "gpu"))
        for check in claim.each()
        for arm, metric in check.asks.reads()
    ]
    asked += [(f"quick check {q.id}", q.study, q.arm, q.metric, ("quick",)) for q in claim.quick]
    for quick in claim.quick if {q.study for q in claim.quick} <= set(known) else ():
        seeds = next((a.seeds for a in arms(quick.study, "quick") if a.name == quick.arm), None)
        if seeds is not None and seeds[: quick.seeds] != tuple(range(quick.seeds)):
            yield f"quick check {quick.id}: arm {quick.arm} declares other seeds than 0 to {quick.seeds - 1}: {seeds}"
    for what, question, arm, metric, tiers in asked:
        if question not in known:
            yield f"{what}: there is no study {question!r}; there are {', '.join(known)}"
            continue
        if all(a.name != arm for tier in tiers for a in arms(question, tier)):
            yield f"{what}: study {question} has no arm {arm!r} at the {tiers[0]} tier"
        if metric not in registry.metrics(name, question):
            yield f"{what}: study {question} records no metric {metric!r}"


def too_few(claim: Claim, seconds: Mapping[tuple[str, str], float]) -> list[str]:
    """Checks whose cap gives up earlier than what their seeds cost would allow; `seconds` of each (study, arm)."""
    found = []
    for check in claim.each():
        if check.bar == "exact" or check.kind == "scope":
            continue
        cost = sum(seconds[check.study, arm] for arm in check.arms())
        least = next(cap for most, cap in CAPS if cost <= most)
        if check.most < least:
            found.append(f"{check.id}: at most {check.most} seeds, though one costs {cost:.0f} s: ask for {least}")
    return found
