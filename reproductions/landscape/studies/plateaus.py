"""Does momentum bring gradient descent through a plateau in fewer iterations, each at its own best rate?

Three functions that are known whole: a quadratic of condition number 1000, the saddle x² - y² + y⁴, and a product of
small matrices that is to become the identity. An iteration is on the plateau until 5 % of its height is gone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.landscape import descent

DATASET = "synthetic"
METRICS = {
    "plateau_steps": "iterations until 5 % of the plateau's height is gone, iterations",
    "half_steps": "the same for half of it, iterations",
    "end_steps": "the same for 99 % of it, iterations",
}
DEPTHS = (0.05, 0.5, 0.99)
CONDITION, WIDTH, LAYERS, SCALE = 1_000.0, 4, 3, 0.1
BUDGET = 5_000
GRIDS = {
    "quadratic": (0.6, 1.0, 1.4, 1.7, 1.9, 2.2, 2.6, 3.0, 3.4, 3.8),
    "saddle": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
    "deep_linear": (0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8),
}
RATES = {
    "quadratic": {0.0: 1.7, 0.5: 2.2, 0.9: 3.0, 0.99: 2.2},
    "saddle": {0.0: 0.8, 0.9: 0.3},
    "deep_linear": {0.0: 0.6, 0.9: 0.3},
}  # of each momentum; on six pilot seeds the fewest iterations on the plateau, where all come to its end


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        tuned = [_arm(name, m, rate) for name, rates in RATES.items() for m, rate in rates.items()]
        matched = [_arm(name, 0.9, RATES[name][0.0], f"{name}_matched") for name in ("quadratic", "saddle")]
        return (*tuned, *matched)
    if tier == "quick":
        return tuple(_arm("quadratic", m, RATES["quadratic"][m], seeds=(0, 1, 2)) for m in (0.0, 0.9))
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50))
        quick = [_arm(arm.settings["function"], arm.settings["momentum"], arm.settings["rate"], arm.name, seeds)
                 for arm in arms("quick")]  # fmt: skip
        tried = [
            _arm(name, m, rate, f"{name}_{m:g}_rate_{rate:g}", seeds[:6])
            for name, grid in GRIDS.items()
            for m in RATES[name]
            for rate in grid
        ]
        return (*quick, *tried)
    return ()


def _arm(function: str, momentum: float, rate: float, name: str = "", seeds: tuple[int, ...] = ()) -> Arm:
    settings = {"function": function, "momentum": momentum, "rate": rate}
    return Arm(name or f"{function}_{momentum:g}", settings, seeds, seconds=0.1, megabytes=300)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        function, start = begun(settings["function"], np.random.default_rng(seed))
        found = descent.times(function, start, settings["rate"], settings["momentum"], BUDGET, DEPTHS)[:, 0]
        metrics = {name: float(time) for name, time in zip(METRICS, found, strict=True)}
        steps = int(found.max())
        yield Run(seed=seed, status="ok", steps=steps, stopped=steps < BUDGET, metrics=metrics, curves={})


def begun(name: str, generator: np.random.Generator) -> tuple[descent.Function, np.ndarray]:
    """The function and where descent on it begins, one start."""
    if name == "quadratic":
        return descent.quadratic(generator, 1, CONDITION)
    if name == "saddle":
        return descent.saddle(generator, 1)
    return descent.deep_linear(generator, 1, WIDTH, LAYERS, SCALE)
