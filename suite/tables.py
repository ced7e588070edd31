"""Verdicts as rows, and rows as Markdown or CSV: a line a claim, and a line a check. No Keras."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from suite import answers, escaping, forecasts, registry

COLUMNS = ("claim", "statement", "answer", "verdict", "scope", "forecast", "edition 1")
CHECKS = (
    "claim", "check", "kind", "outcome", "yes", "ties", "seeds", "failed", "share from", "share to", "level", "bar",
    "effect", "effect from", "effect to",
)  # fmt: skip
COMMITS = (
    "claim",
    "thresholds fixed at",
    "trained at",
    "judged at",
    "clean",
    "thresholds changed after trials existed",
)
MOST_SURPRISES = 5
WIDTH = 120
DECIDED = ("reproduced", "partly", "not reproduced")
OPEN = ("undecided", "stale", "invalid", "not run")
NOT_RUN: Mapping[str, Any] = {"verdict": "not run", "reason": "", "answer": "", "checks": [], "scope": []}


def rows(names: Iterable[str], chosen: Iterable[str] | None = None) -> list[dict[str, str]]:
    """One row a claim: its answer, verdict, how much of its scope holds, its forecast, and edition 1's verdict.

    Args:
        names: the reproductions.
        chosen: the claims to tell of; all when None.
    """
    wanted = None if chosen is None else set(chosen)
    found = []
    for name in names:
        recorded = registry.recorded_verdicts(name)
        old = registry.recorded_verdicts(name, folder=registry.edition_1())
        for claim in registry.claims(name):
            if wanted is None or claim.id in wanted:
                record = recorded.get(claim.id, NOT_RUN)
                expected = [f.probability for f in forecasts.of_claim(claim.id)]
                cells = (
                    claim.id,
                    claim.statement,
                    record["answer"] if record["verdict"] != "not run" else "–",
                    record["verdict"],
                    answers.counted(answers.scope(claim, record)),
                    f"{math.fsum(expected) / len(expected):.2f}" if expected else "–",
                    old.get(claim.id, {"verdict": "–"})["verdict"],
                )
                found.append(dict(zip(COLUMNS, cells, strict=True)))
    return found


def index(names: Iterable[str]) -> str:
    """The text of `INDEX.md`: a line a claim, and how many wrong decisions are to be expected."""
    names = list(names)
    lines = ["# Verdicts\n\n", "Written by `repro`: one line a claim; the checks of each are in its module's table.\n"]
    errors: dict[str, list[float]] = {"direction, size and control": [], "scope": []}
    for name in names:
        lines += [f"\n## [{name}]({name}/table.md)\n\n", markdown(rows([name]))]
        for check in (check for record in registry.recorded_verdicts(name).values() for check in _flat(record)):
            if check["outcome"] in ("holds", "fails", "split") and "level" in check:  # a group errs by its members
                kind = "scope" if check["kind"] == "scope" else "direction, size and control"
                errors[kind].append(1 - check["level"])
    records = {i: record for name in names for i, record in registry.recorded_verdicts(name).items()}
    scores: dict[str, list[float]] = {}
    for forecast, score in forecasts.briers(records):
        scores.setdefault(forecast.forecaster, []).append(score)
    lines += [
        f"\nForecasts by {forecaster}: mean Brier score {sum(of) / len(of):.3f} over {len(of)} decided checks.\n"
        for forecaster, of in scores.items()
    ]
    told = "; ".join(f"{kind}: {len(of)} decided, up to {sum(of):.2f} wrong" for kind, of in errors.items())
    lines.append(
        f"\nEvery decision by seeds may err with 1 %, however often it was looked at, those of an any-of together "
        f"({told}). Scope from edition 1 is "
        "history by its own rules: checks there that allow a share to fall short by a slack err oftener than that.\n"
    )
    return "".join(lines)


def standing(names: Iterable[str]) -> str:
    """How many claims are decided, and how right their forecasts were: a paragraph."""
    names = list(names)
    records = {i: record for name in names for i, record in registry.recorded_verdicts(name).items()}
    words = Counter(records.get(claim.id, NOT_RUN)["verdict"] for name in names for claim in registry.claims(name))
    decided = ", ".join(f"{words[word]} {word}" for word in DECIDED if words[word])
    others = ", ".join(f"{words[word]} {word}" for word in OPEN if words[word])
    lead = f"{sum(words[word] for word in DECIDED)} of {words.total()} claims are decided"
    lead += (f": {decided}" if decided else "") + (f" ({others})" if others else "") + "."
    return fill(f"{lead} {forecasts.told(records)}".strip(), WIDTH) + "\n"


def surprises(names: Iterable[str]) -> str:
    """A list of the claims that forecasters got most wrong; until one is, of those that edition 1 did not expect, and
    that are not decided anew."""
    names = list(names)
    records = {i: record for name in names for i, record in registry.recorded_verdicts(name).items()}
    claims = {claim.id: (name, claim) for name in names for claim in registry.claims(name)}
    lines = []
    for identity, _ in forecasts.surprises(records):
        name, claim = claims[identity]
        said = [f.probability for f in forecasts.of_claim(identity)]
        mean = math.fsum(said) / len(said)  # sum rounds otherwise since Python 3.12
        told = f"{records[identity]['answer']} *{records[identity]['verdict']}*, forecast {mean:.2f}"
        lines.append((name, claim, told))
    if not lines:
        before = {n: registry.recorded_verdicts(n, folder=registry.edition_1()) for n in names}
        for word in ("not reproduced", "partly"):
            for identity, (name, claim) in claims.items():
                old = before[name].get(identity)
                anew = records.get(identity, NOT_RUN)["verdict"] in DECIDED
                if old and old["verdict"] == word and old["prior_held"] is False and not anew:
                    lines.append((name, claim, f"Edition 1: *{word}*, expected: {old['prior']}"))
    return "".join(
        f"- **{escaping.markdown(claim.statement)}** {escaping.markdown(told)} "
        f"([`{claim.id}`](reproductions/{name}/README.md))\n"
        for name, claim, told in lines[:MOST_SURPRISES]
    )


def details(recorded: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a module's `table.md`: a line a check, no cell with more than one fact."""
    carried = [
        (claim, check["id"], check["outcome"])
        for claim, record in recorded.items()
        for check in record["scope"]
        if check["edition"] == 1
    ]
    old = [dict(zip(("claim", "scope of edition 1", "outcome"), row, strict=True)) for row in carried]
    text = "# Checks\n\n" + markdown(check_rows(recorded), CHECKS) + "\n" + markdown(_commit_rows(recorded), COMMITS)
    return text + "\n" + markdown(old, ("claim", "scope of edition 1", "outcome")) if old else text


def _commit_rows(recorded: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    rows = []
    for claim, record in recorded.items():
        if record["trained"]:
            trained = ", ".join(commit[:12] for commit in record["trained"])
            words = ("yes" if record["clean"] else "no"), ("yes" if record["changed_after_trials"] else "no")
            cells = claim, record["fixed"][:12] or "–", trained, record["judged"][:12] or "–", *words
            rows.append(dict(zip(COMMITS, cells, strict=True)))
    return rows


def check_rows(recorded: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """One row a check of edition 2."""
    return [dict(zip(CHECKS, _cells(claim, c), strict=True)) for claim, r in recorded.items() for c in _flat(r)]


def _flat(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The checks of a verdict, those of an any-of or a list after it."""
    for check in record["checks"]:
        yield check
        yield from check.get("of", ())


def _cells(claim: str, check: Mapping[str, Any]) -> tuple[str, ...]:
    said = claim, check["id"], check["kind"], check["outcome"]
    if "of" in check:
        held = sum(member["outcome"] == "holds" for member in check["of"])
        return (
            *said,
            f"{held} of {len(check['of'])} checks",
            "–",
            "–",
            "–",
            "–",
            "–",
            "–",
            check["bar"],
            "–",
            "–",
            "–",
        )
    counts = (str(check[key]) for key in ("yes", "ties", "n", "failed"))
    shares = (answers.number(check.get(key)) for key in ("low", "high"))
    level = f"{100 * check['level']:.5g} %" if "level" in check else "exact"
    effect = next(iter(check["effects"]), None)
    sizes = ("–", "–", "–")
    if effect:
        size = f"{effect['name']}: {answers.number(effect['value'])}"
        sizes = size, answers.number(effect["low"], "-∞"), answers.number(effect["high"], "∞")
    return (*said, *counts, *shares, level, check["bar"], *sizes)


def markdown(table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """A Markdown table; pipes, tags and line breaks in cells are made harmless."""
    lines = [list(columns), ["---"] * len(columns), *([row[column] for column in columns] for row in table)]
    return "".join("| " + " | ".join(escaping.markdown(cell) for cell in line) + " |\n" for line in lines)


def comma_separated(table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """CSV with a header; each cell is one line, and none is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([escaping.cell(row[column]) for column in columns] for row in table)
    return text.getvalue()
