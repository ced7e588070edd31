"""Sentences of film reviews dealt at random into those that train, choose and are judged, as tokens and as numbers."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from common import datasets

BLANK, UNKNOWN = 0, 1  # numbers of no token, and of one that training does not know
JUDGED, CHOOSING = 533, 480  # of each side: a tenth of the sentences, and a tenth of the rest, as in Kim 2014


@dataclass(frozen=True)
class Part:
    """Sentences as tuples of tokens, and 1 for praise, (n,)."""

    sentences: tuple[tuple[str, ...], ...]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class Deal:
    train: Part
    validation: Part
    test: Part


@cache
def tokens() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Those of praise and those of blame, as tokens."""
    data = datasets.load_sentences()
    return tuple(tuple(tuple(line.split()) for line in side) for side in (data.positive, data.negative))


def dealt(seed: int, judged: str, trained: int | None = None) -> Deal:
    """A random deal with as much praise as blame in every part; `trained` limits the sentences of training.

    Where `judged` is `validation` the test part is made of sentences that a trial of that seed would train on.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    parts: dict[str, list[tuple[tuple[str, ...], int]]] = {"train": [], "validation": [], "test": []}
    for label, side in ((1, tokens()[0]), (0, tokens()[1])):
        order = generator.permutation(len(side))
        test, validation, rest = np.split(order, [JUDGED, JUDGED + CHOOSING])
        if judged != "test":
            rest, test = rest[:-JUDGED], rest[-JUDGED:]
        rest = rest if trained is None else rest[: trained // 2]
        for name, places in (("train", rest), ("validation", validation), ("test", test)):
            parts[name] += [(side[place], label) for place in places]
    return Deal(*(_shuffled(parts[name], generator) for name in ("train", "validation", "test")))


def _shuffled(of: list[tuple[tuple[str, ...], int]], generator: np.random.Generator) -> Part:
    of = [of[place] for place in generator.permutation(len(of))]
    return Part(tuple(sentence for sentence, _ in of), np.array([label for _, label in of], np.int32))


def vocabulary(part: Part, size: int) -> dict[str, int]:
    """The `size` - 2 tokens that are most frequent, by their numbers from 2 on; of equals the first in the alphabet."""
    counts: dict[str, int] = {}
    for sentence in part.sentences:
        for token in sentence:
            counts[token] = counts.get(token, 0) + 1
    kept = sorted(counts, key=lambda token: (-counts[token], token))[: size - 2]
    return {token: number for number, token in enumerate(kept, 2)}


def encoded(part: Part, known: dict[str, int], length: int) -> NDArray[np.int32]:
    """(n, length) numbers of the last tokens of each sentence, blanks before them."""
    found = np.full((len(part.sentences), length), BLANK, np.int32)
    for row, sentence in zip(found, part.sentences, strict=True):
        kept = sentence[-length:]
        row[length - len(kept) :] = [known.get(token, UNKNOWN) for token in kept]
    return found


def scrambled(part: Part, seed: int) -> Part:
    """The same sentences with the tokens of each in a random order."""
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    mixed = (tuple(sentence[place] for place in generator.permutation(len(sentence))) for sentence in part.sentences)
    return Part(tuple(mixed), part.labels)
