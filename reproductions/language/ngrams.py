"""Interpolated character n-grams whose order, discounts and kind of counts a validation text chooses.

Absolute discounting (Ney, Essen & Kneser 1994) with the three discounts of Chen & Goodman 1999, section 3. Below the
highest order counts are those of the text, or as in Kneser & Ney 1995 the number of characters that an n-gram comes
after. Symbols are numbers from 0 to `size` - 1, an n-gram is the number that its symbols spell in that base, and the
lowest order of all knows nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
Discounts = tuple[float, float, float]

FLAT = tuple((d, d, d) for d in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95))
STEEP = tuple(product((0.5, 0.7, 0.85), (1.0, 1.3), (1.4, 2.0)))  # of n-grams counted once, twice, more often
KINDS = ("plain", "continuation")
SWEEPS = 2


@dataclass(frozen=True)
class Level:
    """What one order knows: each n-gram with its count, and of each context what follows it.

    Attributes:
        grams, counts: (n,) n-grams in order, and how often each was counted.
        contexts, totals: (m,) their contexts in order, and the sum of the counts of each.
        types: (m, 3) how many different symbols were counted once, twice, and more often after a context.
    """

    grams: Codes
    counts: Codes
    contexts: Codes
    totals: Codes
    types: Codes

    @classmethod
    def of(cls, grams: Codes, counts: Codes, size: int) -> "Level":
        contexts, starts = np.unique(grams // size, return_index=True)
        kinds = np.stack([counts == 1, counts == 2, counts > 2], axis=1).astype(np.int64)
        totals, types = (np.add.reduceat(a, starts, axis=0) for a in (counts, kinds))
        return cls(grams, counts, contexts, totals, types)


@dataclass(frozen=True)
class Seen:
    """What a level knows of some places of a text: count of the n-gram, total and (k, 3) types of its context."""

    counts: Numbers
    totals: Numbers
    types: Numbers


@dataclass(frozen=True)
class Chosen:
    """Order, kind of counts, and the discounts of each order from 1 on; `nats` a character on the validation text."""

    order: int
    kind: str
    discounts: tuple[Discounts, ...]
    nats: float


def spelled(pieces: Sequence[NDArray[np.int64]], order: int, size: int, skip: int) -> Codes:
    """The n-grams that end at every place of the pieces from `skip` on; an n-gram lies within its piece."""
    if size**order >= 2**63:
        raise ValueError(f"{order} symbols of {size} do not fit into 63 bits; ask for a lower order")
    weights = np.array([size**place for place in range(order)][::-1], np.int64)
    start = max(skip - order + 1, 0)
    cut = (np.lib.stride_tricks.sliding_window_view(piece[start:], order) @ weights for piece in pieces)
    return np.concatenate(list(cut))


def levels(pieces: Sequence[NDArray[np.int64]], most: int, size: int) -> Mapping[str, tuple[Level, ...]]:
    """The orders from 1 to `most` with plain counts, and those from 1 to `most` - 1 with continuation counts."""
    grams, counts = zip(
        *(np.unique(spelled(pieces, n, size, 0), return_counts=True) for n in range(1, most + 1)), strict=True
    )
    plain = tuple(Level.of(g, c, size) for g, c in zip(grams, counts, strict=True))
    ends = (np.unique(longer % size**n, return_counts=True) for n, longer in enumerate(grams[1:], 1))
    return {"plain": plain, "continuation": tuple(Level.of(g, c, size) for g, c in ends)}


def looked_up(level: Level, grams: Codes, size: int) -> Seen:
    """What a level knows of n-grams of its order; zeros of what it never saw."""

    def found(keys: Codes, asked: Codes, *values: Codes) -> tuple[Numbers, ...]:
        place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        there = keys[place] == asked
        return tuple(np.where(there if v.ndim == 1 else there[:, None], v[place], 0).astype(float) for v in values)

    (counts,) = found(level.grams, grams, level.counts)
    totals, types = found(level.contexts, grams // size, level.totals, level.types)
    return Seen(counts, totals, types)


def shares(seen: Sequence[Seen], discounts: Sequence[Discounts], size: int) -> Numbers:
    """The probability of each place, from the lowest order up."""
    found = np.full(len(seen[0].counts), 1 / size)
    for level, three in zip(seen, discounts, strict=True):
        found = _above(found, level, three)
    return found


def _above(below: Numbers, level: Seen, three: Discounts) -> Numbers:
    taken = np.array([0.0, *three])[np.minimum(level.counts, 3).astype(np.int64)]
    known = np.maximum(level.counts - taken, 0) + (level.types @ np.array(three)) * below
    return np.where(level.totals > 0, known / np.maximum(level.totals, 1), below)


def chosen(of: Mapping[str, tuple[Level, ...]], held: Sequence[Codes], size: int) -> list[Chosen]:
    """The best of each order from 1 on by the validation n-grams `held`, one array an order, and by kind of counts.

    Discounts are improved one order at a time, from the highest down, starting from those of the order before.
    """
    plain = [looked_up(level, grams, size) for level, grams in zip(of["plain"], held, strict=True)]
    lower = [looked_up(level, grams, size) for level, grams in zip(of["continuation"], held, strict=False)]
    start = {kind: ((0.5, 0.5, 0.5),) * len(held) for kind in KINDS}
    found = []
    for order in range(1, len(held) + 1):
        tried = []
        for kind in KINDS:
            seen = [*(plain if kind == "plain" else lower)[: order - 1], plain[order - 1]]
            discounts, nats = _improved(seen, start[kind][:order], size)
            start[kind] = (*discounts, *start[kind][order:])
            tried.append(Chosen(order, kind, discounts, nats))
        found.append(min(tried, key=lambda one: one.nats))
    return found


def _improved(seen: Sequence[Seen], start: Sequence[Discounts], size: int) -> tuple[tuple[Discounts, ...], float]:
    best = list(start)
    least = -float(np.log(shares(seen, best, size)).mean())
    for _ in range(SWEEPS):
        for place in reversed(range(len(seen))):
            below = shares(seen[:place], best[:place], size) if place else np.full(len(seen[0].counts), 1 / size)
            for three in (*FLAT, *STEEP):
                found = below
                for level, used in zip(seen[place:], [three, *best[place + 1 :]], strict=True):
                    found = _above(found, level, used)
                nats = -float(np.log(found).mean())
                if nats < least:
                    best[place], least = three, nats
    return tuple(best), least


def nats(of: Mapping[str, tuple[Level, ...]], model: Chosen, asked: Sequence[Codes], size: int) -> float:
    """Mean surprise at the places of a text, whose n-grams are `asked`, one array an order."""
    kinds = [model.kind] * (model.order - 1) + ["plain"]
    seen = [looked_up(of[kind][n], asked[n], size) for n, kind in enumerate(kinds)]
    return -float(np.log(shares(seen, model.discounts, size)).mean())
