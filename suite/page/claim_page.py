"""What the page of a claim tells, from its record. No ML library."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from suite import answers, explaining, forecasts, negative_record, registry, related, waiting
from suite.citing import citation, claim_review, formats
from suite.claims import Claim
from suite.page import checks, figures, prose
from suite.page.charts import Count
from suite.page.figures import Figure
from suite.page.record import Record, asked
from suite.page.words import capitalised


@dataclass(frozen=True)
class Expected:
    """A forecast of a check, and what came of it; `right` is None until it is decided."""

    check: str
    forecaster: str
    probability: float
    outcome: str
    right: bool | None


@dataclass(frozen=True)
class Reach:
    """A scope check: what it asks, in which edition, and what came out; `view` draws those of today."""

    id: str
    what: str
    edition: int
    outcome: str
    came: str
    view: checks.View | None


@dataclass(frozen=True)
class Page:
    """Everything that the template writes."""

    claim: Claim
    module: str
    record: Mapping[str, Any]
    before: Mapping[str, Any] | None
    answer: str
    said: tuple[tuple[str, str, str], ...]
    related: tuple[Claim, ...]
    old: str
    nature: str
    deciding: tuple[checks.View, ...]
    controls: tuple[checks.View, ...]
    negative: tuple[str, str] | None
    grounds: tuple[Count, ...]
    scope: tuple[Reach, ...]
    scope_counted: str
    expected: tuple[Expected, ...]
    figures: tuple[Figure, ...]
    history: tuple[tuple[str, str], ...]
    circumstances: tuple[tuple[str, str], ...]
    departures: str
    errata: tuple[tuple[str, str], ...]
    cited: citation.Citation
    bibtex: str
    review: Markup
    audit: str
    rerun: str
    lesson: bool


def page(record: Record, claim: Claim) -> Page:
    """The page of one of the record's claims."""
    said = record.verdict(claim.id)
    outcomes = {check["id"]: check for check in said["checks"]}
    held = waiting.held(claim, said)
    views = {node.id: checks.view(record, node, outcomes.get(node.id), held) for node in claim.checks}
    cited = citation.cite(record.name, claim, said)
    drawn = tuple(figures.of_claim(claim, registry.results() / record.name, f"figures/{record.name}"))
    return Page(
        claim=claim,
        module=record.name,
        record=said,
        before=record.before.get(claim.id),
        answer=answer(said),
        said=tuple(told(claim, said)),
        related=related.related(record.name, claim),
        old=before(record.before.get(claim.id)),
        nature=explaining.NATURES[claim.nature],
        deciding=tuple(views[node.id] for node in claim.deciding()),
        controls=tuple(views[check.id] for check in claim.controls()),
        negative=_negative(record, claim),
        grounds=tuple(_grounds(views.values())),
        scope=tuple(_scope(claim, said, views)),
        scope_counted=answers.counted(answers.scope(claim, said)),
        expected=tuple(expected(claim.id, said)),
        figures=drawn,
        history=tuple(_history(record, claim)),
        circumstances=tuple(_circumstances(record, claim, said)),
        departures=f"modules/{record.name}.html" if prose.module(record.name) else "",
        errata=prose.errata(claim.id),
        cited=cited,
        bibtex=formats.bibtex(cited),
        review=Markup(claim_review.dumped(claim_review.claim_review(record.name, claim, said))),  # inert by itself
        audit=f"repro audit {claim.id} --arm {next(iter(claim.each())).arms()[0]} --seed 1000",
        rerun=answers.rerun(claim.id, said),
        lesson=record.name in registry.lessons(),
    )


def answer(said: Mapping[str, Any]) -> str:
    """The answer in words; that there is none yet where nothing has been run."""
    if said["verdict"] == "not run":
        waiting = said["reason"] or "the questions below and their bars are fixed, and no seed has been asked"
        return f"Not run yet: {waiting}."
    return str(said["answer"])


def before(old: Mapping[str, Any] | None) -> str:
    """Edition 1's answer in words; nothing where it had none."""
    checks = [check for check in old["checks"] if check["role"] == "claim"] if old else []
    held = sum(check["outcome"] == "holds" for check in checks)
    return f"Edition 1, by other checks: {held} of {len(checks)} held." if checks else ""


def told(claim: Claim, said: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(outcome, what was asked, what came) of each direction and size check; nothing where there is no answer."""
    if said["verdict"] in ("invalid", "stale", "not run"):
        return
    outcomes = {check["id"]: check for check in said["checks"]}
    for node in claim.deciding():
        check = outcomes[node.id]
        came = answers.counted(check["of"]) if "of" in check else checks.came(check)
        yield check["outcome"], capitalised(node.what), came


def expected(claim: str, said: Mapping[str, Any]) -> Iterator[Expected]:
    """The forecasts of a claim, each with the outcome of its check."""
    outcomes = {check["id"]: check["outcome"] for check in said["checks"]}
    for forecast in forecasts.of_claim(claim):
        outcome = outcomes.get(forecast.check, "not run")
        decided = outcome in ("holds", "fails", "split")
        right = (forecast.probability >= 0.5) == (outcome == "holds") if decided else None
        yield Expected(forecast.check, forecast.forecaster, forecast.probability, outcome, right)


def _negative(record: Record, claim: Claim) -> tuple[str, str] | None:
    """What was taken away for the negative control, and what the same checks then came to; None before it was run."""
    entry = record.negatives.get(claim.id)
    return (entry["what"], negative_record.told(entry)) if entry and entry["state"] != "not run" else None


def _scope(claim: Claim, said: Mapping[str, Any], views: Mapping[str, checks.View]) -> Iterator[Reach]:
    catalogue = asked(claim.id)
    for check in answers.scope(claim, said):
        view = views.get(check["id"]) if check["edition"] == 2 else None
        what = view.what if view else capitalised(catalogue.get(check["id"], check["id"]))
        yield Reach(check["id"], what, check["edition"], check["outcome"], view.came if view else "", view)


def _grounds(views: Iterable[checks.View]) -> Iterator[Count]:
    """One chart of each bar that is asked for, for what they have in common."""
    counts = [one.count for view in views for one in (view, *view.of) if one.count]
    yield from {count.word: count for count in counts}.values()


def _history(record: Record, claim: Claim) -> Iterator[tuple[str, str]]:
    """(verdict, what is told of it), the latest first."""
    lines = [line for line in record.history if line["claim"] == claim.id]
    for line in reversed(lines):
        yield line["verdict"], f"{line['answer']} {capitalised(answers.commits(line))}"


def _circumstances(record: Record, claim: Claim, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who fixed, trained and judged it, when, and with what."""
    if not said.get("trained"):
        return
    made = [record.provenance[study] for study in claim.studies() if study in record.provenance]
    yield "bars fixed at", f"commit {said['fixed'][:12] or 'unknown'}"
    yield (
        "trained at",
        f"commit {', '.join(commit[:12] for commit in said['trained'])}"
        + ("" if said["clean"] else "; the work tree was not clean"),
    )
    yield "judged at", f"commit {said['judged'][:12]}"
    if said["changed_after_trials"]:
        yield "note", "its bars changed after trials existed"
    yield "date", ", ".join(dict.fromkeys(fact.date[:10] for fact in made))
    yield "data", f"{said['dataset']}; backend {said['backend']}; numerics {made[-1].numerics}"
    yield "machine", ", ".join(dict.fromkeys(f"{f.cpu or 'unknown CPU'}, {f.cores} cores" for f in made))
    packages = made[-1].packages
    yield "packages", ", ".join(f"{name} {version}" for name, version in sorted(packages.items()))
    if said["failed"]:
        yield "failed seeds", f"{said['failed']} in the arms that it reads; each counts against a check"


def groups(page: Page) -> Sequence[tuple[str, list[Reach]]]:
    """Scope by what it says of a change of setting: where the answer is another, the same, or open."""
    kinds = (("fails", "split"), ("holds",), ("undecided", "void"), ("not run",))
    titles = ("Here the answer is another", "Here it is the same", "Here it is open", "Not asked yet")
    found = [(title, [r for r in page.scope if r.outcome in kind]) for title, kind in zip(titles, kinds, strict=True)]
    return [(title, reaches) for title, reaches in found if reaches]
