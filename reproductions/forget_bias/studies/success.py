"""Is there a rate at which a forget bias of 0 learns what one of 5 learns over 100 steps?

Delayed recall as in `recall`, and the adding problem as in `adding`, each with a budget of 4000 updates (adding: 8000).
A trial trains one seed at three rates, and is solved when any of them is: as many tries for each bias.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from common.variants import side_by_side
from reproductions.forget_bias import model
from reproductions.forget_bias.studies import adding, recall

DATASET = "synthetic"
DELAY = 100
TASKS: Mapping[str, tuple[int, tuple[float, ...]]] = {  # budget and rates
    "recall": (4_000, (5e-4, 2e-3, 1e-2)),
    "adding": (8_000, adding.GRID),
}
COST = {"recall_b0": 1.0, "recall_b5": 0.1, "adding_b0": 0.5, "adding_b5": 0.8}  # share of the budget that is used


def arms(tier: Tier) -> tuple[Arm, ...]:
    return tuple(_arm(task, bias) for task in TASKS for bias in (0, 5)) if tier == "full" else ()


def _arm(task: str, bias: int) -> Arm:
    steps, rates = TASKS[task]
    settings = {"task": task, "bias": bias, "steps": steps, "rates": list(rates)}
    seconds = COST[f"{task}_b{bias}"] * len(rates) * steps * 2.4e-3
    return Arm(f"{task}_b{bias}", settings, tuple(range(16)), lanes=8, seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """At the first of the rates."""
    rate = settings["rates"][0]
    if settings["task"] == "adding":
        return adding.experiment({**settings, "optimizer": "adam", "rate": rate})
    return model.varied(recall.experiment({**settings, "delay": DELAY}, settings["bias"]), learning_rate=rate)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    metric, bound = ("test_loss", adding.SOLVED) if settings["task"] == "adding" else ("test_relative", recall.SOLVED)
    built = experiment(settings)
    experiments = {rate: model.varied(built, learning_rate=rate) for rate in settings["rates"]}
    for seed, runs in side_by_side(experiments, seeds, lanes):
        timed = {rate: model.timed(one, settings["steps"], metric, bound) for rate, one in runs.items()}
        yield model.together(seed, timed, any_rate(timed), "")


def any_rate(runs: Mapping[float, Run]) -> dict[str, float | None]:
    """Whether any rate solved the task, and which did; a run that diverged did not."""
    each = {f"solved_rate_{rate:g}": one.metrics.get("solved") or 0.0 for rate, one in runs.items()}
    return {"solved": max(each.values()), **each}
