"""What the first page tells of every claim, and which forecasts went wrong. No ML library."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suite import forecasts, tables
from suite.citing import sources
from suite.claims import Claim
from suite.page import claim_page
from suite.page.claim_page import Expected, expected, told
from suite.page.record import Record

ORDER = ("reproduced", "partly", "not reproduced", "undecided", "inconclusive", "stale", "invalid", "not run")
MOST_SURPRISES = 6


@dataclass(frozen=True)
class Entry:
    """A claim's line.

    `said` tells what each of its checks came to, `answer` what there is to say where that is nothing. `forecast` is the
    mean probability that its checks hold, `came` the share of them that do. `wrong` are the forecasts that missed, with
    what they were about; `prior` is what edition 1 expected in words, where that came out otherwise.
    """

    claim: Claim
    module: str
    verdict: str
    before: str
    answer: str
    said: tuple[tuple[str, str, str], ...]
    forecast: float | None
    came: float | None
    surprise: float
    wrong: tuple[tuple[Expected, str], ...]
    prior: str


@dataclass(frozen=True)
class Overview:
    """`edition` is the one whose verdicts are counted, `surprised` the one whose forecasters the surprises are of;
    `scored` tells how right those of today were."""

    entries: tuple[Entry, ...]
    surprises: tuple[Entry, ...]
    edition: int
    surprised: int
    scored: str
    modules: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, str, int], ...]
    verdicts: tuple[tuple[str, int], ...]
    before: tuple[tuple[str, int], ...]
    natures: tuple[tuple[str, int], ...]


def overview(records: Iterable[Record]) -> Overview:
    """Every claim; in front what most forecasters got wrong, while that is nothing what edition 1 did not expect."""
    records = list(records)
    entries = [_entry(record, claim) for record in records for claim in record.claims]
    surprises = sorted((e for e in entries if e.wrong), key=lambda e: -e.surprise)
    surprised = 2 if surprises else 1
    if not surprises:
        waiting = (e for e in entries if e.prior and e.verdict not in tables.DECIDED)
        surprises = sorted(waiting, key=lambda e: e.before != "not reproduced")
    counts = Counter(entry.claim.source for entry in entries)
    return Overview(
        tuple(entries),
        tuple(surprises[:MOST_SURPRISES]),
        2 if any(entry.came is not None for entry in entries) else 1,
        surprised,
        forecasts.told({claim: said for record in records for claim, said in record.verdicts.items()}),
        tuple(Counter(entry.module for entry in entries).items()),
        tuple((key, sources.read(key).short(), n) for key, n in counts.most_common()),
        _counted(entry.verdict for entry in entries),
        _counted(entry.before for entry in entries if entry.before),
        tuple(Counter(entry.claim.nature for entry in entries).most_common()),
    )


def _counted(words: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(words)
    return tuple((word, counts[word]) for word in ORDER if counts[word])


def _entry(record: Record, claim: Claim) -> Entry:
    said, before = record.verdict(claim.id), record.before.get(claim.id)
    said_before = list(expected(claim.id, said))
    decided = [forecast for forecast in said_before if forecast.right is not None]
    return Entry(
        claim,
        record.name,
        said["verdict"],
        before["verdict"] if before else "",
        _answer(said, before),
        tuple(told(claim, said)),
        _mean([forecast.probability for forecast in said_before]),
        _mean([float(forecast.outcome == "holds") for forecast in decided]),
        _mean([(f.probability - (f.outcome == "holds")) ** 2 for f in decided]) or 0.0,
        tuple(_most_wrong(claim, decided)),
        before["prior"] if before and _missed(before) else "",
    )


def _answer(said: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    if said["verdict"] in ("invalid", "stale"):
        return f"No answer: {said['reason']}."
    if said["verdict"] != "not run":
        return ""
    return claim_page.before(before) or "No seed has been asked yet."


def _missed(before: Mapping[str, Any]) -> bool:
    """Whether edition 1 decided a claim otherwise than was expected."""
    return before["prior_held"] is False and before["verdict"] in ("partly", "not reproduced")


def _most_wrong(claim: Claim, decided: Sequence[Expected]) -> list[tuple[Expected, str]]:
    """What most forecasters had on the wrong side of one half: their worst forecast of a check, and what that shows."""
    what = {node.id: node.what for node in claim.checks}
    found = []
    for check in dict.fromkeys(forecast.check for forecast in decided):
        own = [forecast for forecast in decided if forecast.check == check]
        wrong = [forecast for forecast in own if not forecast.right]
        if 2 * len(wrong) > len(own):
            found.append((max(wrong, key=lambda f: abs(f.probability - (f.outcome == "holds"))), what[check]))
    return found


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None
