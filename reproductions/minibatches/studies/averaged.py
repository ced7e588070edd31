"""Does SAG converge linearly at one gradient a step, where SGD does not?

Is a digit odd: a linear model of 1 000 images of unit length, λ = 1/1000, with logistic loss, and beside it with
squares. SAG at 1/L (Schmidt et al. 2017), SVRG at 1/4L with a snapshot every 2n steps (Johnson & Zhang 2013), SGD at
1/(L + λt), the decay under which it converges. A pass is as many gradients as there are examples. Read off after every
pass, until it is under 1e-11 or the budget ends, is the suboptimality: the loss above that of Newton's optimum. Linear
convergence is a line in passes of its logarithm, a power of the passes a line in theirs. `sag_net` is a net of eight
tanh units on coarse images, not convex: its squared gradient stands for the suboptimality, and a whole gradient is
kept for each example.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log, log10
from typing import Any

import numpy as np

from common.statistics import r_squared, slope
from common.study import Arm, Tier
from common.training import Run
from reproductions.minibatches import nonconvex, solvers
from reproductions.minibatches.convex import Counted, odd_digits

DATASET = "images"
METRICS = {
    "r2_passes": "share of the variance of log suboptimality that a line in passes explains, R²",
    "r2_log_passes": "share of it that a line in the logarithm of passes explains, R²",
    "lead": "r2_passes less r2_log_passes, above 0 where a line in passes explains more, R²",
    "power": "slope of log suboptimality on log passes, exponent",
    "gradients_per_step": "gradients of examples that were asked for over all steps, divided by the steps, count",
    "numbers_per_example": "numbers of memory that are kept for each example, count",
    "last": "suboptimality at the last look, nats or squared error",
    "optimum_error": "how far the optimum's loss may lie above the true one at most, nats or squared error",
    "strength": "the least curvature λ, nats or squared error",
}
EXAMPLES, PASSES, FLOOR = 1_000, 60, 1e-11
INNER = 2  # passes between snapshots of SVRG
SOLVERS = ("sag", "svrg", "sgd")
LOSSES = ("logistic", "squares")
PILOTS = range(20_000, 20_050)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        cells = [_arm(solver, loss, EXAMPLES) for solver in SOLVERS for loss in LOSSES]
        return (*cells, Arm("sag_net", {"net": True, "examples": 500, "passes": PASSES}, seconds=1.5, megabytes=500))
    if tier in ("quick", "pilot"):
        seeds = tuple(range(2) if tier == "quick" else PILOTS)
        return tuple(_arm(solver, "logistic", 100, seeds, "quick_") for solver in ("sag", "sgd"))
    return ()


def _arm(solver: str, loss: str, examples: int, seeds: tuple[int, ...] = (), prefix: str = "") -> Arm:
    settings = {"solver": solver, "loss": loss, "examples": examples, "passes": PASSES}
    return Arm(f"{prefix}{solver}_{loss}", settings, seeds, seconds=0.6 * examples / 1_000, megabytes=500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        found = nonconvex.descent(seed, settings) if "net" in settings else descent(seed, **settings)
        points, steps, metrics = found
        curve = [(round(passes), log10(value)) for passes, value in points if value > 0]
        yield Run(
            seed=seed, status="ok", steps=steps, stopped=points[-1][1] <= FLOOR, metrics={**metrics, **fits(points)},
            curves={"log10_suboptimality": curve},
        )  # fmt: skip


Descent = tuple[list[tuple[float, float]], int, dict[str, float]]
"""(passes, suboptimality) at each look, the steps, and what else is measured."""


def descent(seed: int, solver: str, loss: str, examples: int, passes: int) -> Descent:
    problem = odd_digits(seed, examples, loss)
    best, error = problem.optimum()
    least, n, bound = problem.value(best), len(problem.y), problem.smoothness()
    oracle = Counted(problem)
    path = {
        "sag": lambda: solvers.sag(oracle, seed, 1 / bound),
        "svrg": lambda: solvers.svrg(oracle, seed, 0.25 / bound, INNER * n),
        "sgd": lambda: solvers.sgd(oracle, seed, lambda t: 1 / (bound + problem.strength * t)),
    }[solver]()
    points: list[tuple[float, float]] = []
    steps = 0
    for w in path:
        steps += 1
        if oracle.asked >= (len(points) + 1) * n:
            points.append((oracle.asked / n, problem.value(w) - least))
            if points[-1][1] <= FLOOR or oracle.asked >= passes * n:
                break
    counted = {"gradients_per_step": oracle.asked / steps, "numbers_per_example": oracle.kept / n}
    return points, steps, {**counted, "last": points[-1][1], "optimum_error": error, "strength": problem.strength}


def fits(points: Sequence[tuple[float, float]]) -> dict[str, float]:
    """How well lines explain log suboptimality down to the floor; a look under it knows too few digits."""
    known = [(passes, log(value)) for passes, value in points if value > FLOOR]
    passes, logs = zip(*known, strict=True)
    across = np.log(passes)
    plain, power = r_squared(passes, logs), r_squared(across, logs)
    return {"r2_passes": plain, "r2_log_passes": power, "lead": plain - power, "power": slope(across, logs)}
