"""How many support vectors does a Gaussian kernel need for functions that a small net computes, as inputs grow?

Exact, on all strings of n bits: the parity, the majority and the first bit; and on a line the sign of a sine with 8
to 128 changes. Two numbers of each: what support vector machines have, fewest over a grid of gamma and C among those
without an error; and the fewest centres with which any sum of Gaussians and a bias makes none (`machines.py`). The
first is no measure of a function: where every string can be moved to every other by flips that keep the labels, or
turn all of them, the machine's solution, which is unique, has every string as a support vector. That is so of the
parity, and of a single bit.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.expressivity import cube, machines

DATASET = "synthetic"
METRICS = {
    "net_errors": "strings whose parity a net of n threshold units tells wrongly, over all n, strings",
    "net_units": "hidden units of that net at the largest n, units",
    "svm_vectors": "support vectors of the machine that has fewest, at the largest size, a number",
    "svm_share": "the same over all strings or points, least of all sizes, share",
    "svm_lead": "squared residuals of log2 vectors on log2 size less those on size itself: over 0 it is exponential",
    "svm_slope": "doublings of the support vectors for each bit, or for each doubling of the changes, a number",
    "centres": "fewest centres that any sum of Gaussians needs, at the largest size, a number",
    "centres_share": "the same over all strings, least of all sizes, share",
    "centres_lead": "squared residuals of log2 centres on log2 size less those on size itself",
    "least_share": "the lesser of the shares of vectors and of centres, share",
    "least_lead": "the lesser of the leads of vectors and of centres",
    "changes_ratio": "support vectors over half of the changes of sign, least of all sizes, ratio",
}
PARITY, MAJORITY, CHANGES = tuple(range(4, 13)), (5, 7, 9, 11), (8, 16, 32, 64, 128)
WIDTHS, COSTS = (0.1, 0.3, 1.0, 3.0, 10.0), (1.0, 1e2, 1e4)
NEIGHBOURS = (Fraction(1, 100), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10))
"""What the kernel of two strings that differ in one bit is, for counting centres."""
POINTS = 16  # on the line, for each change of sign


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier in ("full", "pilot"):  # pilots stop before the sizes of the verdict
        full = tier == "full"
        seeds = () if full else (PILOT_SEEDS,)
        sizes = {"parity": PARITY, "one_bit": PARITY, "majority": MAJORITY, "sine": CHANGES}
        chosen = {name: of if full else of[:3] for name, of in sizes.items()}
        return tuple(_arm(name, of, seeds) for name, of in chosen.items())
    return (_arm("parity", PARITY[:3], (0,)),) if tier == "quick" else ()


def _arm(function: str, sizes: Sequence[int], seeds: Sequence[int]) -> Arm:
    seconds = 150.0 if max(sizes) == 12 else 5.0
    return Arm(function, {"function": function, "sizes": list(sizes)}, tuple(seeds), seconds=seconds, megabytes=600)


def cases(function: str, size: int) -> machines.Part:
    """All inputs (count, inputs) of a function and their labels ±1."""
    if function == "sine":
        x = (np.arange(size * POINTS) + 0.5) / POINTS  # from 0 to the number of changes, which are at whole numbers
        return x[:, None], np.where(np.floor(x) % 2 == 0, 1.0, -1.0)
    x = cube.cube(size)
    return x, {"parity": cube.parity, "majority": cube.majority, "one_bit": cube.first_bit}[function](x)


def fewest_vectors(function: str, size: int) -> float:
    """Support vectors of the machine that has fewest, of those of the grid that make no error.

    Raises:
        ArithmeticError: none makes none.
    """
    seen = cases(function, size)
    scale = (
        float(np.var(seen[0])) if function == "sine" else 1.0
    )  # so that there gamma is for the distance of two changes
    found = machines.fitting(machines.grid(seen, seen, seen, [scale * w for w in WIDTHS], COSTS))
    if not found:
        raise ArithmeticError(f"no machine of the grid fits the {function} of size {size}; widen the grid")
    return float(min(machine.vectors for machine in found))


def fewest_centres(function: str, size: int) -> float | None:
    """Of any sum of Gaussians and a bias; on the line it is not known.

    A majority needs one centre, at the string of ones, as the kernel falls with each bit that is -1. A single bit
    needs two: a string and its opposite in that bit; one centre alone tells strings by their distance from it.
    """
    if function == "parity":
        return float(min(machines.least_for_parity(size, e) for e in NEIGHBOURS))
    return {"majority": 1.0, "one_bit": 2.0}.get(function)


def lead(sizes: Sequence[int], counts: Sequence[float]) -> float:
    """How much worse a line through log2 counts against log2 sizes fits than one against the sizes, in squares."""
    logs = np.log2(counts)
    polynomial, exponential = (
        float(np.sum((logs - np.polyval(np.polyfit(x, logs, 1), x)) ** 2)) for x in (np.log2(sizes), np.asarray(sizes))
    )
    return polynomial - exponential


def measured(function: str, sizes: Sequence[int]) -> dict[str, float | None]:
    vectors = [fewest_vectors(function, size) for size in sizes]
    line = function == "sine"
    inputs = [size * POINTS if line else 2**size for size in sizes]
    found: dict[str, float | None] = {
        "svm_vectors": vectors[-1],
        "svm_share": min(np.divide(vectors, inputs)),
        "svm_slope": float(np.polyfit(np.log2(sizes) if line else sizes, np.log2(vectors), 1)[0]),
    }
    if line:
        return found | {"changes_ratio": min(np.divide(vectors, np.divide(sizes, 2)))}
    centres = [c for size in sizes if (c := fewest_centres(function, size)) is not None]
    shares, leads = (
        [float(min(np.divide(c, inputs))) for c in (vectors, centres)],
        [lead(sizes, vectors), lead(sizes, centres)],
    )
    found |= {
        "svm_lead": leads[0],
        "centres": centres[-1],
        "centres_share": shares[1],
        "centres_lead": leads[1],
        "least_share": min(shares),
        "least_lead": min(leads),
    }
    if function == "parity":
        wrong = (np.sum(cube.counting_net(x) != cube.parity(x)) for x in map(cube.cube, sizes))
        found |= {"net_errors": float(sum(wrong)), "net_units": float(sizes[-1])}
    return found


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        metrics = measured(settings["function"], settings["sizes"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
