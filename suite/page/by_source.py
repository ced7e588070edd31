"""What the page tells of each source: its sentences in the order of its text, and a scorecard. No ML library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from suite import scorecard
from suite.page.overview import ORDER, Entry, Overview
from suite.scorecard import Score, Text


@dataclass(frozen=True)
class BySource:
    """`scores` are those of each source, `together` those of all; `entries` is what the first page tells of a claim."""

    texts: tuple[Text, ...]
    scores: Mapping[str, tuple[Score, ...]]
    together: tuple[Score, ...]
    entries: Mapping[str, Entry]


def by_source(told: Overview) -> BySource:
    """The sources of all claims that the first page tells of."""
    entries = {entry.claim.id: entry for entry in told.entries}
    verdicts = {identity: entry.verdict for identity, entry in entries.items()}
    texts = scorecard.texts(entry.claim for entry in entries.values())
    return BySource(
        texts,
        {text.source: scorecard.scores(text.sentences(), verdicts) for text in texts},
        scorecard.scores(chain.from_iterable(text.sentences() for text in texts), verdicts),
        entries,
    )


def shares(score: Score) -> Iterator[tuple[str, int, int]]:
    """(verdict, how many come before it, how many have it), in the order in which verdicts are told."""
    before = 0
    for word in ORDER:
        if n := score.words.get(word, 0):
            yield word, before, n
            before += n
