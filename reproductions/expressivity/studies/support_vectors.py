"""Of how many of its training cases does a Gaussian SVM make support vectors, on hard tasks and on easy ones?

Half of all strings of n bits are trained on; a quarter are for validation and a quarter for tests. Hard: their
parity, and labels by a fair coin. Easy: the side of a random hyperplane through zero. All are tuned on one grid
(`machines.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.expressivity import cube, machines
from reproductions.expressivity.machines import Array, Part

DATASET = "synthetic"
METRICS = {
    "share": "training cases that are support vectors of the tuned machine, share",
    "least_share": "the same of the machine that has fewest, of those of the grid without an error in training, share",
    "fitting": "machines of the grid without an error in training, share",
    "seen_accuracy": "training cases that the tuned machine tells rightly, share",
    "test_accuracy": "unseen cases that the tuned machine tells rightly, share of the tests",
    "nearest_accuracy": "unseen cases that have the label of their nearest training case, share of the tests",
    "width": "gamma of the tuned machine times inputs and their variance, a number",
    "cost": "C of the tuned machine, a number",
}
TASKS = ("parity", "coins", "plane")
BITS, OTHERS = 10, (8, 11)
CHEAP = (1.0, 1e2)
"""Values of C that are solved soon, for the quick tier."""


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        others = (_arm("parity", n, name=f"parity{n}") for n in OTHERS)
        return (*(_arm(task, BITS) for task in TASKS), *others)
    if tier == "quick":
        return (_arm("parity", 8, range(2), "quick_parity", CHEAP),)
    if tier == "pilot":
        return tuple(replace(arm, seeds=tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))) for arm in arms("quick"))
    return ()


def _arm(task: str, n: int, seeds: Sequence[int] = (), name: str = "", costs: Sequence[float] = machines.COSTS) -> Arm:
    seconds = {8: 0.3, 10: 4.0, 11: 20.0}[n]
    return Arm(
        name or task, {"task": task, "bits": n, "costs": list(costs)}, tuple(seeds), seconds=seconds, megabytes=400
    )


def labels(task: str, strings: Array, generator: np.random.Generator) -> Array:
    """±1 for each string, (count, n)."""
    if task == "parity":
        return cube.parity(strings)
    if task == "coins":
        # NumPy 2.5 declares that this gives whole numbers
        return generator.choice([-1.0, 1.0], len(strings))  # type: ignore[return-value, unused-ignore]
    return np.sign(strings @ generator.normal(size=strings.shape[1]))


def parts(task: str, n: int, seed: int) -> tuple[Part, Part, Part]:
    """Training, validation and test cases with their labels: a half and two quarters of all strings of n bits."""
    generator = np.random.default_rng(seed)
    strings = generator.permutation(cube.cube(n))
    told, half, quarter = labels(task, strings, generator), 2 ** (n - 1), 2 ** (n - 2)
    seen, validation, test = slice(half), slice(half, half + quarter), slice(half + quarter, None)
    return (strings[seen], told[seen]), (strings[validation], told[validation]), (strings[test], told[test])


def measured(seen: Part, validation: Part, test: Part, costs: Sequence[float] = machines.COSTS) -> dict[str, Any]:
    """What the grid came to on these three parts."""
    found = machines.grid(seen, validation, test, costs=costs)
    taken, fit = machines.tuned(found), machines.fitting(found)
    size = len(machines.WIDTHS) * len(costs)
    return {
        "share": taken.vectors / len(seen[1]),
        "least_share": min(machine.vectors for machine in fit) / len(seen[1]) if fit else None,
        "fitting": len(fit) / size,
        "seen_accuracy": taken.seen,
        "test_accuracy": taken.test,
        "nearest_accuracy": float(np.mean(machines.nearest(seen, test[0]) == test[1])),
        "width": taken.width,
        "cost": taken.cost,
    }


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        metrics = measured(*parts(settings["task"], settings["bits"], seed), settings["costs"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
