"""Does a net of two hidden layers reach an error with fewer parameters than one of a single hidden layer?

Targets on the cube: radial, a product of all coordinates, Friedman's smooth function, and a sum of eight ReLU units,
which is one hidden layer by construction. ReLU nets of one and of two equal hidden layers at matched numbers of
parameters, Adam on fresh examples, the rate falling to zero as a cosine, an initial rate for each target and depth. The
error is relative to the target's variance. Of a seed, the parameters that a depth needs are those at which its
error first comes down to `GOAL`, between two sizes by a line in the logarithms.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, log2, log10, sqrt
from statistics import fmean
from typing import Any

import keras
from keras.optimizers.schedules import CosineDecay

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from common.variants import side_by_side, together
from reproductions.expressivity import classifiers, targets

DATASET = "synthetic"
METRICS = {
    "parameters_one": "parameters that one hidden layer needs for an error of 0.1, 10 000 where none is enough, count",
    "parameters_two": "parameters that two hidden layers need for it, 10 000 where none is enough, count",
    "parameters_one_0.2": "parameters that one hidden layer needs for an error of 0.2, count",
    "parameters_two_0.2": "parameters that two hidden layers need for it, count",
    "parameters_one_0.03": "parameters that one hidden layer needs for an error of 0.03, count",
    "parameters_two_0.03": "parameters that two hidden layers need for it, count",
    "parameters_one_0.01": "parameters that one hidden layer needs for an error of 0.01, count",
    "parameters_two_0.01": "parameters that two hidden layers need for it, count",
    "log2_ratio": "log2 of parameters_one over parameters_two, where both come to the error, octaves",
    "least_error_one": "least error of one hidden layer over its sizes, share of the target's variance",
    "least_error_two": "least error of two hidden layers over their sizes, share of the target's variance",
    "log_error_one": "mean over the sizes of log10 of the error of one hidden layer, decades",
    "log_error_two": "mean over the sizes of log10 of the error of two hidden layers, decades",
}
GOAL, OTHER_GOALS = 0.1, (0.2, 0.03, 0.01)
NEVER = 10_000
SIZES = (20, 50, 125, 320, 800, 2_000)
DEPTHS = {"one": 1, "two": 2}
DIMENSIONS = {"radial": 4, "product": 4, "smooth": 5, "units": 4}
FITTED, FORETOLD = (2, 3, 4), (5, 6)  # dimensions of the radial target that the law (`law.py`) is made of, and tells
STEPS, BATCH, SIZE = 2_000, 128, 8_192
GRID = (0.01, 0.03, 0.1, 0.3)
RATES = {
    "radial": {"one": 0.1, "two": 0.03},
    "product": {"one": 0.03, "two": 0.03},
    "smooth": {"one": 0.1, "two": 0.03},
    "units": {"one": 0.1, "two": 0.03},
}
"""Of the least mean error over the sizes, in decades; a radial target of other inputs has that of four."""
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LAW_SEEDS = PILOTS[:8]
LANES = 4


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (*(_arm("radial", d) for d in (*FITTED, *FORETOLD)), *(_arm(t) for t in targets.TARGETS[1:]))
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        tried = [_arm(target, seeds=PILOTS[:2], rate=rate) for target in targets.TARGETS for rate in GRID]
        return (*_quick(PILOTS), *tried, *(_arm("radial", d, LAW_SEEDS) for d in FITTED))
    return ()


def _arm(target: str, dimensions: int = 0, seeds: Sequence[int] = (), rate: float = 0.0) -> Arm:
    dimensions = dimensions or DIMENSIONS[target]
    rates = {depth: rate or chosen for depth, chosen in RATES[target].items()}
    settings = {"target": target, "dimensions": dimensions, "sizes": list(SIZES), "rates": rates, "steps": STEPS}
    name = f"radial_d{dimensions}" if target == "radial" else target
    lanes = min(len(seeds), LANES) or LANES
    return Arm(f"{name}_rate_{rate:g}" if rate else name, settings, tuple(seeds), lanes, 1.5)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    settings = {"target": "radial", "dimensions": 2, "sizes": [250], "rates": {"two": 0.01}, "steps": 500}
    return (Arm("quick", settings, tuple(seeds), 2, 0.1),)


def experiment(settings: Mapping[str, Any], depth: str = "two", place: int = 0) -> Experiment:
    d, steps, layers = settings["dimensions"], settings["steps"], DEPTHS[depth]
    width, widest = (classifiers.widest(d, layers, 1, settings["sizes"][at])[0] for at in (place, -1))
    fresh = targets.inputs(d)
    return Experiment(
        build_model=lambda hyper: targets.beside_its_target(d, layers, widest, hyper),
        build_optimizer=lambda hyper: keras.optimizers.Adam(CosineDecay(hyper["rate"], steps)),
        loss=targets.squared,
        data=fresh,
        batch_size=BATCH,
        steps=steps,
        evaluate={"test": Evaluation(fresh, targets.relative, SIZE, SIZE)},
        evaluate_every=steps,
        hyper={"rate": settings["rates"][depth], "width": float(width), "spread": sqrt(2 / width)}
        | {target: float(target == settings["target"]) for target in targets.TARGETS},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """Every seed at every depth and size."""
    cells = {
        (depth, place): experiment(settings, depth, place)
        for depth in settings["rates"]
        for place in range(len(settings["sizes"]))
    }
    for seed, runs in side_by_side(cells, seeds, lanes):
        found: dict[str, float | None] = {}
        for depth in settings["rates"]:
            errors = [runs[depth, place].metrics.get("test_error") for place in range(len(settings["sizes"]))]
            found |= measured(depth, settings, [inf if error is None else error for error in errors])
        one, two = (found.get(f"parameters_{depth}") for depth in DEPTHS)
        if one and two and max(one, two) < NEVER:
            found["log2_ratio"] = log2(one / two)
        yield together(seed, runs, found)


def measured(depth: str, settings: Mapping[str, Any], errors: Sequence[float]) -> dict[str, float | None]:
    """What the errors of one depth come to; a run that diverged has an infinite one."""
    d = settings["dimensions"]
    nets = [classifiers.widest(d, DEPTHS[depth], 1, most) for most in settings["sizes"]]
    sizes = [classifiers.parameters(d, hidden, 1) for hidden in nets]
    told = {GOAL: "", **{goal: f"_{goal:g}" for goal in OTHER_GOALS}}
    found: dict[str, float | None] = {
        f"parameters_{depth}{name}": targets.needed(sizes, errors, goal) or NEVER for goal, name in told.items()
    }
    if max(errors) < inf:
        found[f"log_error_{depth}"] = fmean(map(log10, errors))
    return found | {f"least_error_{depth}": min(errors) if min(errors) < inf else None}
