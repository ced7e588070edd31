"""What each source says, sentence by sentence in the order of its text, and how much of it held. No Keras."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from common.errors import UserError
from suite import intact, registry, tables
from suite.citing import sources
from suite.claims import Claim

NATURES = {"experiment": "experiments", "identity": "identities", "proxy": "proxies"}
"""Counted apart, as an identity holds by construction, and a proxy tests a stand-in for the sentence."""

COLUMNS = ("source", "nature", "sentences", *tables.DECIDED, "open")
REASONS = ("source", "where", "sentence", "why it cannot be tested")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a source.

    Attributes:
        claim: what tests it; None where nothing could.
        locator, quotation: where it stands, and at most 15 words of it.
        why: why it cannot be tested; empty where it is.
    """

    claim: Claim | None
    locator: str
    quotation: str
    why: str = ""


@dataclass(frozen=True)
class Score:
    """How the sentences of one nature came out: each verdict, and how many have it."""

    nature: str
    words: Mapping[str, int]

    @property
    def sentences(self) -> int:
        return sum(self.words.values())

    @property
    def open(self) -> int:
        """How many have no verdict that decides: undecided, stale, invalid or not run."""
        return self.sentences - sum(self.words.get(word, 0) for word in tables.DECIDED)


@dataclass(frozen=True)
class Text:
    """A source.

    Attributes:
        source: its key in `sources.bib`.
        parts: each place in it, in the order of the text, with the sentences that stand there.
        waiting: claims of the catalogue about it for which no reproduction has a test.
    """

    source: str
    parts: tuple[tuple[str, tuple[Sentence, ...]], ...]
    waiting: tuple[str, ...]

    def sentences(self) -> Iterator[Sentence]:
        return chain.from_iterable(sentences for _, sentences in self.parts)

    def untestable(self) -> tuple[Sentence, ...]:
        return tuple(sentence for sentence in self.sentences() if not sentence.claim)


def texts(claims: Iterable[Claim]) -> tuple[Text, ...]:
    """Every source, in the order of `sentences.csv`; a claim that is not listed there comes after what is."""
    known, waiting = {claim.id: claim for claim in claims}, list[tuple[str, str]]()
    placed: dict[str, list[Sentence]] = {}
    for row in rows():
        claim = known.pop(row["claim"], None)
        found = placed.setdefault(claim.source if claim else row["source"], [])
        if claim:
            found.append(_said(claim))
        elif row["claim"]:
            waiting.append((row["source"], row["claim"]))
        else:
            found.append(Sentence(None, row["locator"], row["quotation"], row["why it cannot be tested"]))
    for claim in known.values():
        placed.setdefault(claim.source, []).append(_said(claim))
    return tuple(
        Text(source, _parts(found), tuple(identity for of, identity in waiting if of == source))
        for source, found in placed.items()
    )


def scores(sentences: Iterable[Sentence], verdicts: Mapping[str, str]) -> tuple[Score, ...]:
    """The scorecard of these sentences, a line for each nature that is among them.

    Args:
        verdicts: claim id to its verdict; of those left out none is on record.
    """
    claims = [sentence.claim for sentence in sentences if sentence.claim]
    counts = {
        nature: Counter(verdicts.get(c.id, "not run") for c in claims if c.nature == nature) for nature in NATURES
    }
    return tuple(Score(nature, words) for nature, words in counts.items() if words)


def told(names: Iterable[str]) -> str:
    """The scorecard as Markdown, and the sentences that cannot be tested."""
    names = list(names)
    found = texts(claim for name in names for claim in registry.claims(name))
    verdicts = {i: said["verdict"] for name in names for i, said in registry.recorded_verdicts(name).items()}
    card, reasons = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for text in found:
        short = _short(text.source)
        card += _lines(short, scores(text.sentences(), verdicts))
        for what, n in (("not testable", len(text.untestable())), ("no test yet", len(text.waiting))):
            card += [(short, what, str(n), *"––––")] if n else []
        reasons += [(short, s.locator, f"“{s.quotation}”", s.why) for s in text.untestable()]
    card += _lines("all", scores(chain.from_iterable(text.sentences() for text in found), verdicts))
    if not card:
        return ""
    title = "\n## By source\n\nIdentities hold by construction and proxies test a stand-in: they are counted apart.\n\n"
    return title + _table(COLUMNS, card) + ("\n" + _table(REASONS, reasons) if reasons else "")


def _short(source: str) -> str:
    """Authors and year; the key where `sources.bib` lacks the source, which costs no run its record."""
    try:
        return sources.read(source).short()
    except UserError:
        return source


def rows() -> list[dict[str, str]]:
    """The rows of `sentences.csv`: of a claim its source and id, of what cannot be tested all else."""
    columns = ("source", "claim", "locator", "quotation", "why it cannot be tested")
    return intact.table(registry.FOLDER / "sentences.csv", columns)


def _said(claim: Claim) -> Sentence:
    return Sentence(claim, claim.locator, claim.quotation)


def _parts(sentences: Iterable[Sentence]) -> tuple[tuple[str, tuple[Sentence, ...]], ...]:
    """A place where something was said before takes what is said of it later."""
    parts: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        parts.setdefault(sentence.locator, []).append(sentence)
    return tuple((where, tuple(found)) for where, found in parts.items())


def _lines(short: str, found: Iterable[Score]) -> Iterator[tuple[str, ...]]:
    for one in found:
        counts = (one.sentences, *(one.words.get(word, 0) for word in tables.DECIDED), one.open)
        yield short, NATURES[one.nature], *map(str, counts)


def _table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return tables.markdown([dict(zip(columns, line, strict=True)) for line in lines], columns)
