"""How many steps do SGD and gradient descent take to the same loss, and how many gradients?

Is a digit odd: logistic loss of a linear model on 1 000 images of unit length, λ = 1/1000, started at zero. SGD takes
one image a step, gradient descent all of them, each at the constant rate of its own grid (in units of 1/L) that comes
to 1e-2 nats above the optimum in the fewest steps. `sgd_falling` has the rate 1/(L + λt), under which SGD converges.
SGD is looked at every fifty steps, so that its counts are up to 49 too high; a run ends at 1e-6 or after 300 passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Run
from reproductions.minibatches import solvers
from reproductions.minibatches.convex import Counted, odd_digits

DATASET = "images"
METRICS = {
    "steps_to_1e-2": "steps until the loss is at most 1e-2 nats above the optimum's, at most the budget's, steps",
    "passes_to_1e-2": "gradients of examples until then, divided by the examples, passes",
    "passes_to_1e-6": "the same until the loss is at most 1e-6 nats above the optimum's, passes",
    "reached": "1 where the loss came to 1e-2 nats above the optimum's within the budget, else 0, yes or no",
}
EXAMPLES, EVERY = 1_000, 50
TARGETS = {"1e-2": 1e-2, "1e-6": 1e-6}
BUDGETS = {"sgd": 20, "gd": 300, "sgd_falling": 300}  # passes; SGD at a constant rate comes to no 1e-6
GRIDS = {
    "sgd": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0),
    "gd": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
}
RATES = {"sgd": 0.125, "gd": 4.0, "sgd_falling": 1.0}
PILOTS, TUNERS = range(20_000, 20_050), range(20_000, 20_004)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name) for name in RATES)
    if tier in ("quick", "pilot"):
        seeds = tuple(range(3) if tier == "quick" else PILOTS)
        own = (_arm("gd", seeds, examples=200, prefix="quick_"),)
        tuned = [_arm(name, tuple(TUNERS), rate) for name, grid in GRIDS.items() for rate in grid]
        return (*own, *(tuned if tier == "pilot" else ()))
    return ()


def _arm(
    name: str, seeds: tuple[int, ...] = (), tried: float | None = None, examples: int = EXAMPLES, prefix: str = ""
) -> Arm:
    rate = RATES[name] if tried is None else tried
    settings = {"solver": name, "examples": examples, "rate": rate, "passes": BUDGETS[name]}
    seconds = {"sgd": 0.3, "gd": 0.4, "sgd_falling": 3.0}[name]
    return Arm(prefix + name + ("" if tried is None else f"_rate_{tried:g}"), settings, seeds, 1, seconds, 500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        steps, metrics = race(seed, **settings)
        yield Run(seed=seed, status="ok", steps=steps, stopped=False, metrics=metrics, curves={})


def race(seed: int, solver: str, examples: int, rate: float, passes: int) -> tuple[int, dict[str, float | None]]:
    """The steps that were made, and when the loss came to each target; the whole budget where it did not."""
    problem = odd_digits(seed, examples)
    optimum, _ = problem.optimum()
    least, scale, n = problem.value(optimum), rate / problem.smoothness(), len(problem.y)
    oracle = Counted(problem)
    falls = problem.strength / problem.smoothness() if solver == "sgd_falling" else 0.0
    if solver == "gd":
        path = solvers.minibatches(oracle, seed, lambda t: scale, lambda done: n)
    else:
        path = solvers.sgd(oracle, seed, lambda t: scale / (1 + falls * t))
    every, budget = (1, passes) if solver == "gd" else (EVERY, passes * n)
    found: dict[str, int] = {}
    for step, w in enumerate(path, start=1):
        if step % every == 0:
            above = problem.value(w) - least
            found |= {name: step for name, target in TARGETS.items() if name not in found and above <= target}
        if step >= budget or len(found) == len(TARGETS):
            break
    each = oracle.asked / step / n
    times = {f"passes_to_{name}": each * found.get(name, budget) for name in TARGETS}
    return step, {"steps_to_1e-2": found.get("1e-2", budget), "reached": float("1e-2" in found), **times}
