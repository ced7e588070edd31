"""How large must a Boolean circuit of two hidden layers be that sorts, and how small may one of any depth be?

Exact: counts and comparisons of whole numbers. Nothing is trained.

The bound. With all but their leading bits at 0, the middle one of n sorted numbers, n odd, has the majority of n bits
as its leading bit; of an even number of them one is fixed. Let a circuit of two hidden layers compute it: an OR of ANDs
of ORs of inputs and negated inputs. (An AND of ORs of ANDs is its dual, and majority of an odd number of bits is its
own.) Call an OR wide when it reads more than k inputs that are not negated.

1. Fix t inputs, drawn at random, to 1. A wide OR keeps all of its k + 1 or more with a chance of at most
   C(n-k-1, t) / C(n, t). Unless there are C(n, t) / C(n-k-1, t) wide ones, some choice makes every wide one true.
2. What is left has m = n - t inputs, asks whether r = (n+1)/2 - t of them are 1, and has no wide OR. An AND accepts at
   most k^r of the C(m, r) points with exactly r ones. If it accepts more, there is a point y of fewer ones such that
   for any k places some accepted x has ones wherever y has them, and zeros at those of the places where y has zeros.
   (Either any k places miss the ones of some accepted point, and y = 0 will do. Or some k places meet them all, and
   one of these is in a k-th of them or more: set it in y, take it away from those, and go on with r - 1.) The circuit
   says no to y, so an OR of that AND is false at y. Take the inputs that it reads plainly as the places: it is false
   at x as well, which the AND accepts. So there are at least C(m, r) / k^r ANDs.

The circuit has at least as many gates as the lesser of the two numbers, for each k and r. An OR that stands under the
last one, or an AND under an AND, is merged into it, which adds no gate. With k = sqrt(n · log2(e) / 2) the bound is
2^(0.849·sqrt(n)) for large n, that of Håstad, Jukna & Pudlák 1995, whose argument, from memory, this is.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import comb, isqrt, log2
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.sorting import model
from reproductions.sorting.studies.boolean import INPUTS, ones, points

DATASET = "synthetic"
MOST = 3_000  # numbers, of as many bits
KNOWN = range(3, 100, 2)  # inputs of a majority whose OR of ANDs is held against the bound
EXPONENT = 0.849  # of the published bound, as its abstract gives it
METRICS = {
    "overtakes_at": "from how many numbers of as many bits on the bound exceeds the net's hidden units, numbers",
    "published_overtakes_at": "the same for the published 2^(0.849·sqrt(n)), numbers",
    "bits_over_units": "log2 of the bound over the net's hidden units at the most numbers tried, bits",
    "bits_per_root": "log2 of the bound over sqrt(n) at the most numbers tried, bits",
    "bound_above_known": "majorities for which a circuit is known that is smaller than the bound, count",
    "errors": "strings on which the circuit of adders is not the majority of 4 to 12 bits, count",
    "gates": "gates of the circuit of adders at 12 bits, count",
    "terms": "terms of the OR of ANDs at 12 bits, count",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier not in ("full", "pilot"):
        return ()
    seeds = (PILOT_SEEDS,) if tier == "pilot" else ()
    return tuple(Arm(name, {"counted": name}, seeds, seconds=5.0) for name in ("bound", "adders"))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        metrics, curves = (two_hidden if settings["counted"] == "bound" else adders)()
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def two_hidden() -> tuple[dict[str, float | None], dict[str, list[tuple[int, float]]]]:
    """The bound beside the hidden units of the net that sorts n numbers of n bits."""
    sizes = range(3, MOST + 1)
    bounds, units = {n: bound(n - 1 + n % 2) for n in sizes}, {n: model.units(n, n) for n in sizes}
    published = {n: 2 ** (EXPONENT * n**0.5) for n in sizes}
    metrics = {
        "overtakes_at": overtakes(bounds, units),
        "published_overtakes_at": overtakes(published, units),
        "bits_over_units": log2(bounds[MOST]) - log2(units[MOST]),
        "bits_per_root": log2(bounds[MOST]) / MOST**0.5,
        "bound_above_known": float(sum(bound(n) > comb(n, (n + 1) // 2) + 1 for n in KNOWN)),
    }
    drawn = range(100, MOST + 1, 100)
    curves = {
        "log2_bound": [(n, log2(bounds[n])) for n in drawn],
        "log2_units": [(n, log2(units[n])) for n in drawn],
    }
    return metrics, curves


def overtakes(bounds: Mapping[int, float], units: Mapping[int, int]) -> float | None:
    """The n from which on a bound exceeds the units at every n; None where it does not at the last."""
    behind = [n for n in units if bounds[n] <= units[n]]
    return None if max(units) in behind else float(max(behind, default=min(units) - 1) + 1)


def bound(n: int) -> int:
    """Gates, rounded down, that a circuit of two hidden layers for the majority of n bits cannot do without; n is odd.

    The best of a few k and r around those that are best for large n; any of them is a bound.
    """
    widths, ranks = isqrt(18 * n // 25), isqrt(87 * n // 250)  # 0.849·sqrt(n) and 0.589·sqrt(n)
    near = [
        least_gates(n, k, r)
        for k in range(max(widths - 2, 1), widths + 2)
        for r in range(max(ranks - 2, 1), ranks + 2)
        if r <= (n + 1) // 2
    ]
    return max(near)


def least_gates(n: int, k: int, r: int) -> int:
    """What steps 1 and 2 give with ORs that are wide above k, and r ones left to be seen."""
    t = (n + 1) // 2 - r
    ands: int = comb(n - t, r) // k**r
    missed = comb(n - k - 1, t)
    return min(ands, comb(n, t) // missed) if missed else ands


def adders() -> tuple[dict[str, float | None], dict[str, list[tuple[int, float]]]]:
    """Majority by full adders, a circuit whose depth grows with its inputs."""
    errors, gates = 0, {}
    for n in INPUTS:
        found, gates[n] = majority_by_adders(n)
        errors += int((found != (ones(n) >= (n + 1) // 2)).sum())
    last = max(INPUTS)
    metrics = {"errors": float(errors), "gates": float(gates[last]), "terms": float(comb(last, (last + 1) // 2))}
    return {**metrics}, {"adder_gates": [(n, float(count)) for n, count in gates.items()]}


def majority_by_adders(n: int) -> tuple[np.ndarray, int]:
    """The circuit's answer on all 2**n strings, and its ANDs and ORs of two inputs each; negations are free.

    Bits of a place are added two or three at a time, which carries to the next place; then the sum is compared with
    (n+1)/2, a gate a place.
    """
    places, gates, answer = {0: list(points(n).T == 1)}, 0, np.ones(2**n, bool)
    for place in range(n.bit_length()):
        column = places.setdefault(place, [])
        while len(column) > 1:
            a, b = column.pop(), column.pop()
            carry, total = a & b, (a | b) & ~(a & b)
            gates += 3
            if column:
                c = column.pop()
                carry, total = carry | (total & c), (total | c) & ~(total & c)
                gates += 4
            column.append(total)
            places.setdefault(place + 1, []).append(carry)
        bit = column[0]
        answer = answer & bit if (n + 1) // 2 >> place & 1 else answer | bit
        gates += 1
    return answer, gates
