"""Is the chance that a random symmetric matrix curves up in all n directions the n-th power of that in one?

Counted on matrices of the Gaussian orthogonal ensemble, on the same moved by a multiple of the identity, and on
diagonal ones, whose directions are independent; for six to eight directions, where a count would find none, estimated
by importance. In one direction is along an axis: p is the share of entries on the diagonal that are positive.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.landscape import orthogonal

DATASET = "synthetic"
METRICS = {
    "p": "share of entries on the diagonals that are positive, 0 to 1",
    "p2": "share of 2 × 2 matrices that are positive definite, 0 to 1",
    "p3": "the same for 3 × 3, 0 to 1",
    "p4": "the same for 4 × 4, 0 to 1",
    "p5": "the same for 5 × 5, 0 to 1",
    "p6": "the same for 6 × 6, 0 to 1",
    "largest_ratio": "largest of P(n) / p^n for n = 2 to 6, ratio",
    "ratio3": "P(3) / p³, ratio",
    "standard_errors": "how far the counts for n = 2 to 6 are from p^n, at most, in its standard errors",
    "log_p6": "ln P(6) by importance, nats",
    "log_p7": "the same of P(7), nats",
    "log_p8": "the same of P(8), nats",
    "largest_error": "largest standard error of these three, nats",
}
COUNT, QUICK_COUNT = 100_000, 20_000  # matrices of each size
SIZES, BEYOND = range(2, 7), range(6, 9)
SHIFT = 1.0  # added to the diagonal, in standard deviations of its entries


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, COUNT) for name in ("gaussian", "shifted", "diagonal", "cone"))
    if tier == "quick":
        return tuple(_arm(name, QUICK_COUNT, tuple(range(3))) for name in ("gaussian", "diagonal"))
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50))
        return tuple(replace(arm, seeds=seeds) for arm in arms("quick"))
    return ()


def _arm(name: str, count: int, seeds: tuple[int, ...] = ()) -> Arm:
    return Arm(name, {"kind": name, "count": count}, seeds, seconds=1.5, megabytes=400)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    told = _estimated if settings["kind"] == "cone" else _counted
    for seed in seeds:
        metrics = told(np.random.default_rng(seed), settings["count"], settings["kind"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def _counted(generator: np.random.Generator, count: int, kind: str) -> dict[str, float]:
    found, above = {}, []
    for n in SIZES:
        batch = orthogonal.matrices(generator, count, n)
        if kind == "diagonal":
            batch *= np.eye(n)
        elif kind == "shifted":
            batch += SHIFT * np.eye(n)
        above.append(np.diagonal(batch, axis1=1, axis2=2).ravel() > 0)
        found[n] = float(orthogonal.positive(batch).mean())
    p = float(np.concatenate(above).mean())
    errors = [abs(share - p**n) / math.sqrt(p**n * (1 - p**n) / count) for n, share in found.items()]
    return {
        "p": p,
        **{f"p{n}": share for n, share in found.items()},
        "largest_ratio": max(share / p**n for n, share in found.items()),
        "ratio3": found[3] / p**3,
        "standard_errors": max(errors),
    }


def _estimated(generator: np.random.Generator, count: int, kind: str) -> dict[str, float]:
    found = {n: orthogonal.by_importance(generator, count, n) for n in BEYOND}
    return {
        **{f"log_p{n}": log for n, (log, _) in found.items()},
        "largest_error": max(error for _, error in found.values()),
    }
