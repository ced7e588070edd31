"""In how many linear pieces does a net fall along a line, by how its units are arranged in layers?

Exact: the tent map composed with itself, two units a layer, 4 to 24 units in all, beside the most that as many units
can do in one layer, which is one piece more than there are units: each adds one kink. And fresh nets of 48 units, He
weights without biases, 8 inputs, along a random line. Nothing is trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.expressivity import piecewise

DATASET = "synthetic"
METRICS = {
    "pieces": "linear pieces over the whole line, of the tent map that of 16 units, pieces",
    "least_ratio": "pieces of the tent map over those of one layer of as many units, least of 4 to 24 units, ratio",
    "miscounted": "nets of a known number of pieces that are counted otherwise, nets",
}
UNITS = tuple(range(4, 25, 2))
SHAPES = {"random_1x48": (48,), "random_2x24": (24, 24), "random_4x12": (12,) * 4, "random_6x8": (8,) * 6}
INPUTS = 8


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "gpu":
        return ()
    seeds = {"quick": (0,), "pilot": (PILOT_SEEDS,)}.get(tier, ())
    tent = Arm("tent", {"units": list(UNITS)}, seeds, seconds=0.2, megabytes=200)
    if tier == "quick":
        return (tent,)
    drawn = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 12)) if tier == "pilot" else ()
    return tent, *(
        Arm(name, {"widths": list(widths)}, drawn, seconds=0.02, megabytes=200) for name, widths in SHAPES.items()
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        curves: dict[str, list[tuple[int, float]]] = {}
        if "units" in settings:
            counts = {units: piecewise.pieces(piecewise.tent(units // 2)) for units in settings["units"]}
            metrics = {
                "pieces": float(counts[16]),
                "least_ratio": min(count / (units + 1) for units, count in counts.items()),
                "miscounted": float(miscounted(generator)),
            }
            curves = {"pieces": [(units, float(count)) for units, count in counts.items()]}
        else:
            metrics = {"pieces": float(piecewise.pieces(piecewise.random_net(settings["widths"], INPUTS, generator)))}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def miscounted(generator: np.random.Generator) -> int:
    """Nets of 1 to 48 units in one layer, their kinks apart, have a piece more; x = relu(x) - relu(-x) has one.

    The same with each unit there twice, once taken off again, has one as well.
    """
    wrong = 0
    for units in range(1, 49):
        net = piecewise.one_layer(generator.permutation(units) + generator.uniform(0, 0.5, units), generator)
        (kernel, bias), (out, end) = net
        undone = [(np.tile(kernel, 2), np.tile(bias, 2)), (np.concatenate([out, -out]), end)]
        wrong += (piecewise.pieces(net) != units + 1) + (piecewise.pieces(undone) != 1)
    both_ways, back = np.array([[1.0, -1.0]]), np.array([[1.0], [-1.0]])
    for depth in range(1, 9):
        inner = [(back @ both_ways, np.zeros(2))] * (depth - 1)
        wrong += piecewise.pieces([(both_ways, np.zeros(2)), *inner, (back, np.zeros(1))]) != 1
    return int(wrong)
