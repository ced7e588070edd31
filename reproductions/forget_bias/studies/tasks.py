"""On which tasks does a forget bias of 0 do as well as the best of 0, 1, 2 and 5?

Four short ranges: the adding problem over 10 steps, temporal order over 30, running parity of 30 bits, characters of a
text; three long ones: adding, temporal order and delayed recall over 100. 32 units (characters: 64), batches of 32,
Adam, norms clipped at 1. A trial trains one seed from every bias, each at the best of its rates on pilot seeds, to
the end of the budget, or on the long tasks until solved: a loss of 6 % of that of an answer without memory.

`score` is the accuracy, or for adding the share of the variance explained, at the end; for characters, which are
never solved, the inverse of the loss. `b0_over_best`: the score at 0 over the best; 0 where no bias solved the task, as
then it shows nothing. `log2_slowdown`: the logarithm of the updates to solve at 0 over the fewest, with the budget for
what is not solved; 0 for characters. `only_larger`: 1 where a larger bias solves the task and 0 does not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log2
from typing import Any

from common import datasets, sequences
from common.sequences import Task
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import side_by_side
from reproductions.forget_bias import model

DATASET = "text"
METRICS = {
    "score_b0": "accuracy, or share of the variance explained, or inverse loss, at the end from a bias of 0, score",
    "score_b1": "accuracy, or share of the variance explained, or inverse loss, at the end from a bias of 1, score",
    "score_b2": "accuracy, or share of the variance explained, or inverse loss, at the end from a bias of 2, score",
    "score_b5": "accuracy, or share of the variance explained, or inverse loss, at the end from a bias of 5, score",
    "solved_b0": "whether a bias of 0 solves it, 0 or 1",
    "solved_b1": "whether a bias of 1 solves it, 0 or 1",
    "solved_b2": "whether a bias of 2 solves it, 0 or 1",
    "solved_b5": "whether a bias of 5 solves it, 0 or 1",
    "log2_steps_b0": "updates to solve from a bias of 0, or the budget, log2 updates",
    "log2_steps_b1": "updates to solve from a bias of 1, or the budget, log2 updates",
    "log2_steps_b2": "updates to solve from a bias of 2, or the budget, log2 updates",
    "log2_steps_b5": "updates to solve from a bias of 5, or the budget, log2 updates",
    "b0_over_best": "score at 0 over the best, ratio",
    "log2_slowdown": "updates to solve at 0 over the fewest, log2 ratio",
    "only_larger": "whether a larger bias solves it and 0 does not, 0 or 1",
}
BATCH, LOOKED_AT, SOLVED = 32, 256, 0.06
BIASES = (0, 1, 2, 5)
WINDOW = 50


@dataclass(frozen=True)
class Kind:
    """One task: what is asked, the budget, updates between evaluations, when a run may end, and the rates tried.

    `cost` is the expected milliseconds of an update, `used` the expected share of the budget.
    """

    steps: int
    every: int
    grid: tuple[float, ...]
    cost: float
    units: int = 32
    ends: bool = False
    used: float = 1.0


KINDS: Mapping[str, Kind] = {
    "adding10": Kind(2_000, 50, (3e-3, 1e-2, 3e-2, 1e-1, 3e-1), 0.4),
    "order30": Kind(2_000, 50, (1e-3, 3e-3, 1e-2, 3e-2, 1e-1), 0.9),
    "parity30": Kind(3_000, 50, (3e-3, 1e-2, 3e-2, 1e-1, 3e-1), 0.9),
    "characters": Kind(2_000, 200, (3e-3, 1e-2, 3e-2, 1e-1), 5.0, units=64),
    "adding100": Kind(4_000, 50, (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1), 2.2, ends=True, used=0.5),
    "order100": Kind(3_000, 50, (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1), 2.6, ends=True, used=0.5),
    "recall100": Kind(2_000, 20, (5e-4, 2e-3, 1e-2, 3e-2), 2.6, ends=True, used=0.6),
}
RATES: Mapping[str, tuple[float, ...]] = {  # of each bias
    "adding10": (3e-2, 1e-1, 3e-2, 3e-2),
    "order30": (3e-3, 1e-2, 3e-2, 1e-2),
    "parity30": (3e-2, 1e-1, 1e-1, 1e-1),
    "characters": (3e-2, 3e-2, 3e-2, 3e-2),
    "adding100": (1e-1, 1e-1, 3e-2, 1e-1),
    "order100": (3e-2, 1e-3, 3e-3, 1e-2),
    "recall100": (2e-3, 1e-2, 2e-3, 2e-3),
}


BUILD: Mapping[str, Callable[[int], Task]] = {
    "adding": sequences.adding,
    "order": sequences.temporal_order,
    "parity": sequences.running_parity,
    "recall": sequences.delayed_recall,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        rates = {name: dict(zip(map(str, BIASES), RATES[name], strict=True)) for name in KINDS}
        return tuple(_arm(name, name, rates[name], "test", (), 8) for name in KINDS)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 2)
        return tuple(
            _arm(f"{name}_b{bias}_rate_{tried:g}", name, {str(bias): tried}, "validation", seeds, 2)
            for name, kind in KINDS.items()
            for bias in BIASES
            for tried in kind.grid
        )
    return ()


def _arm(name: str, task: str, rates: Mapping[str, float], split: str, seeds: Sequence[int], lanes: int) -> Arm:
    kind = KINDS[task]
    settings = {"task": task, "rates": dict(rates), "steps": kind.steps, "split": split}
    seconds = 1e-3 * kind.cost * kind.used * kind.steps * len(rates) + 0.5
    return Arm(name, settings, tuple(seeds), lanes=lanes, seconds=seconds)


@cache
def asked(name: str, split: str) -> tuple[Task, Task]:
    """The task of training and that of evaluation: the same fresh stream, or windows of two parts of the text."""
    length = int(name.lstrip("abcdefghijklmnopqrstuvwxyz") or WINDOW)
    if name == "characters":
        text = datasets.load_text()
        alphabet = "".join(sorted(set(text.train)))
        held_out = {"validation": text.validation, "test": text.test}[split]
        trained = sequences.characters(text.train, alphabet, WINDOW)
        return trained, sequences.characters(held_out, alphabet, WINDOW, reference=text.train)
    return (BUILD[name.rstrip("0123456789")](length),) * 2


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """From the first of the biases, at its rate."""
    bias, rate = next(iter(settings["rates"].items()))
    kind = KINDS[settings["task"]]
    trained, held_out = asked(settings["task"], settings["split"])
    return model.experiment(
        trained,
        float(bias),
        units=kind.units,
        rate=rate,
        batch=BATCH,
        steps=settings["steps"],
        every=min(kind.every, settings["steps"]),
        looked_at=LOOKED_AT,
        stop=model.under("test_relative", SOLVED) if kind.ends else model.never,
        held_out=held_out,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    built = experiment(settings)
    experiments = {
        bias: model.varied(built, forget=float(bias), learning_rate=rate) for bias, rate in settings["rates"].items()
    }
    for seed, runs in side_by_side(experiments, seeds, lanes):
        timed = {b: model.timed(one, settings["steps"], "test_relative", SOLVED) for b, one in runs.items()}
        yield model.together(seed, timed, compared(settings["task"], settings["steps"], timed), "test_relative")


def compared(task: str, budget: int, runs: Mapping[str, Run]) -> dict[str, float | None]:
    """Score, success and updates of every bias; with all of them, how far 0 is behind the best.

    A run that diverged has the score 0, and takes the budget.
    """
    scores = {bias: score(task, one) for bias, one in runs.items()}
    steps = {bias: one.metrics.get("log2_steps") for bias, one in runs.items()}
    metrics: dict[str, float | None] = {f"score_b{bias}": value for bias, value in scores.items()}
    metrics |= {f"solved_b{bias}": one.metrics.get("solved") or 0.0 for bias, one in runs.items()}
    metrics |= {f"log2_steps_b{bias}": value for bias, value in steps.items()}
    if set(runs) != set(map(str, BIASES)):
        return metrics
    taken = {bias: log2(budget) if value is None else value for bias, value in steps.items()}
    learned = task == "characters" or any(metrics[f"solved_b{bias}"] for bias in runs)
    best = max(scores.values())
    metrics["b0_over_best"] = scores["0"] / best if learned and best > 0 else 0.0
    larger = max(metrics[f"solved_b{bias}"] or 0.0 for bias in BIASES[1:])
    metrics["only_larger"] = max(0.0, larger - (metrics["solved_b0"] or 0.0))
    metrics["log2_slowdown"] = 0.0 if task == "characters" else taken["0"] - min(taken.values())
    return metrics


def score(task: str, one: Run) -> float:
    """At least 0, the larger the better; see above."""
    loss = one.metrics.get("test_loss")
    if loss is None:
        return 0.0
    if task == "characters":
        return 1 / loss
    if task.startswith("adding"):
        return max(0.0, 1 - (one.metrics["test_relative"] or 0.0))
    return one.metrics["test_accuracy"] or 0.0
