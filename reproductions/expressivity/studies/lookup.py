"""Does a net with a detector for every string of n bits represent every Boolean function of them?

Exact: all functions of 1 to 3 bits, and random ones of 4 to 12, each on every string. The detectors are threshold
units, the output adds those of the strings that the function is to be true of, without a bias, and is true where its
sum is positive. Nothing is trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.expressivity.cube import cube, firing

DATASET = "synthetic"
METRICS = {
    "errors": "strings told wrongly, over all functions and numbers of bits, strings",
    "misfires": "strings for which another number of detectors fires than one, over all numbers of bits, strings",
    "missed_without_one": "functions of 3 bits told wrongly after the loss of a detector, fewest over the detectors, "
    "share of 256",
}
ALL, RANDOM = (1, 2, 3), tuple(range(4, 13))
FUNCTIONS = 16  # random ones of each number of bits


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (PILOT_SEEDS,)}.get(tier, ())
    settings = {"all": list(ALL), "random": list(RANDOM), "functions": FUNCTIONS}
    return (Arm("cube", settings, seeds, seconds=0.5, megabytes=400),) if tier != "gpu" else ()


def every_function(n: int) -> NDArray[np.bool_]:
    """All Boolean functions of n bits, a column each: shape (2**n, 2**2**n)."""
    return np.asarray(np.arange(2**2**n) >> np.arange(2**n)[:, None] & 1, bool)


def told(fires: NDArray[np.bool_], functions: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What nets of such detectors answer, one for each function: their output weights are its values at their cases.

    Args:
        fires: (strings, detectors), functions: (detectors, functions).
    """
    return np.asarray(fires.astype("float32") @ functions.astype("float32") > 0)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        wrong, misfires = {}, {}
        for n in (*settings["all"], *settings["random"]):
            fires = firing(cube(n), cube(n))
            drawn = generator.random((2**n, settings["functions"])) < 0.5
            functions = every_function(n) if n in settings["all"] else drawn
            wrong[n] = int(np.sum(told(fires, functions) != functions))
            misfires[n] = int(np.sum(fires.sum(axis=1) != 1))
        three = every_function(3)
        fires = firing(cube(3), cube(3))
        lost = (np.delete(np.arange(8), gone) for gone in range(8))
        missed = [np.mean(np.any(told(fires[:, kept], three[kept]) != three, axis=0)) for kept in lost]
        metrics = {
            "errors": float(sum(wrong.values())),
            "misfires": float(sum(misfires.values())),
            "missed_without_one": float(min(missed)),
        }
        curves = {"errors": list(wrong.items()), "misfires": list(misfires.items())}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)
