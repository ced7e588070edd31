"""Does a growing batch come closer to the optimum than a small or a full one, for the same number of gradients?

Is a digit odd: logistic loss of a linear model on 1 000 images of unit length, λ = 1/1000, thirty passes. Batches of
eight throughout; the full gradient; batches of eight that grow by a fifth with every pass, so that they hold all images
as the budget ends (Friedlander & Schmidt 2012); and batches of eight whose rate falls as 1/(1 + passes). Each has the
best of its own grid of rates, in units of 1/L, on pilot seeds. `batch…` arms ask how far the gradient of a batch is
from the full one, at the weights that one pass of the small batches leads to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import Arm, Tier
from common.training import Run
from reproductions.minibatches import solvers
from reproductions.minibatches.convex import Counted, Problem, odd_digits

DATASET = "images"
METRICS = {
    "suboptimality": "loss above the optimum's when the gradients are spent, nats",
    "optimum_error": "how far the optimum's loss may lie above the true one at most, nats",
    "gradients": "gradients of examples that were asked for, up to one batch beyond the budget, passes",
    "gradient_error": "root mean square distance of a batch's gradient from the full one, of 200 batches, norm",
}
EXAMPLES, PASSES, SMALL, GROWTH = 1_000, 30, 8, 1.2
SIZES = (1, 8, 64, 512)  # of batches whose gradient is compared with the full one
DRAWS = 200
PILOTS, TUNERS = range(20_000, 20_050), range(20_000, 20_004)
GRIDS = {  # in units of 1/L, an octave apart
    "small": (0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0),
    "growing": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
    "decay": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0),
    "full": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
}
RATES = {"small": 0.125, "growing": 1.0, "decay": 2.0, "full": 4.0}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (*(_arm(name) for name in RATES), *(_error(size) for size in SIZES))
    if tier in ("quick", "pilot"):
        seeds = tuple(range(3) if tier == "quick" else PILOTS)
        own = [_arm("growing", seeds, examples=200, prefix="quick_")]
        own += [_error(size, seeds, examples=600, prefix="quick_") for size in SIZES[::3]]
        tuned = [_arm(name, tuple(TUNERS), rate) for name, grid in GRIDS.items() for rate in grid]
        return (*own, *(tuned if tier == "pilot" else ()))
    return ()


def _arm(
    name: str, seeds: tuple[int, ...] = (), tried: float | None = None, examples: int = EXAMPLES, prefix: str = ""
) -> Arm:
    rate = RATES[name] if tried is None else tried
    settings = {"batches": name, "examples": examples, "passes": PASSES, "rate": rate}
    return Arm(prefix + name + ("" if tried is None else f"_rate_{tried:g}"), settings, seeds, 1, 0.4, 500)


def _error(size: int, seeds: tuple[int, ...] = (), examples: int = EXAMPLES, prefix: str = "") -> Arm:
    settings = {"size": size, "examples": examples, "rate": RATES["small"]}
    return Arm(f"{prefix}batch{size}", settings, seeds, 1, 0.3, 500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        problem = odd_digits(seed, settings["examples"])
        metrics = _distance(problem, seed, settings) if "size" in settings else _spent(problem, seed, settings)
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def sizes(batches: str, n: int) -> Callable[[int], int]:
    """How many examples a batch holds after so many whole passes."""
    if batches == "full":
        return lambda passes: n
    growth = GROWTH if batches == "growing" else 1.0
    return lambda passes: min(n, round(SMALL * growth**passes))


def path(problem: Problem, seed: int, batches: str, rate: float) -> tuple[Counted, Iterator[np.ndarray]]:
    """The counted oracle and the weights after each step; `rate` is in units of 1/L."""
    oracle, n, scale = Counted(problem), len(problem.y), rate / problem.smoothness()

    def decayed(step: int) -> float:
        return scale / (1 + (oracle.asked / n if batches == "decay" else 0))

    return oracle, solvers.minibatches(oracle, seed, decayed, sizes(batches, n))


def _spent(problem: Problem, seed: int, settings: Mapping[str, Any]) -> dict[str, float | None]:
    best, error = problem.optimum()
    oracle, weights = path(problem, seed, settings["batches"], settings["rate"])
    last = next(w for w in weights if oracle.asked >= settings["passes"] * len(problem.y))
    spent = oracle.asked / len(problem.y)
    above = problem.value(last) - problem.value(best)
    return {"suboptimality": above, "optimum_error": error, "gradients": spent}


def _distance(problem: Problem, seed: int, settings: Mapping[str, Any]) -> dict[str, float | None]:
    oracle, weights = path(problem, seed, "small", settings["rate"])
    w = next(w for w in weights if oracle.asked >= len(problem.y))
    full = oracle.mean(w)
    generator, n = np.random.default_rng([seed, 2]), len(problem.y)
    rows = (generator.choice(n, min(settings["size"], n), replace=False) for _ in range(DRAWS))
    squares = [float(((oracle.mean(w, chosen) - full) ** 2).sum()) for chosen in rows]
    return {"gradient_error": float(np.mean(squares)) ** 0.5}
