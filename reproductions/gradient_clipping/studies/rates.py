"""How much larger a learning rate, and how much lower a loss, does clipping allow on two tasks with one answer each?

Tanh nets and LSTMs, SGD and Adam, four thresholds by eleven rates. One answer a sequence: no sum over time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.gradient_clipping import model, scan

DATASET = "synthetic"
THRESHOLDS = (None, 1.0, 5.0, 15.0)
RATES = tuple(10 ** (k / 2) for k in range(-8, 3))  # 1e-4 to 10
ADAM_RATES = tuple(10 ** (k / 2) for k in range(-8, 1))  # 1e-4 to 1: no Adam step is longer than its rate
TASKS = (("adding", 100), ("order", 50))
BUDGET = 300
SEEDS = {("rnn", "sgd"): 10, ("lstm", "sgd"): 4, ("rnn", "adam"): 4, ("lstm", "adam"): 3}  # only the first is judged
STEP = {"rnn": 27e-6, "lstm": 70e-6}  # seconds for one of a sequence's steps in one optimiser step, on one core
QUICK_STEPS, QUICK_BUDGET, QUICK_RATES = 50, 60, (0.001, 0.01, 0.1)
QUICK_RADIUS = 1.5  # where gradients explode within a quick budget


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(cell, task, steps, optimizer, BUDGET, tuple(range(count)))
            for (cell, optimizer), count in SEEDS.items()
            for task, steps in TASKS
        )
    if tier in ("quick", "pilot"):
        seeds = tuple(range(4)) if tier == "quick" else tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        return (_arm("rnn", "adding", QUICK_STEPS, "sgd", QUICK_BUDGET, seeds),)
    return ()


def _arm(cell: str, task: str, steps: int, optimizer: str, budget: int, seeds: tuple[int, ...]) -> Arm:
    quick = budget == QUICK_BUDGET
    rates = QUICK_RATES if quick else ADAM_RATES if optimizer == "adam" else RATES
    settings = {
        "cell": cell,
        "task": task,
        "steps": steps,
        "optimizer": optimizer,
        "over_time": "mean",
        "radius": QUICK_RADIUS if quick else 1.0,
        "thresholds": list(THRESHOLDS),
        "rates": list(rates),
        "budget": budget,
        "split": "test",
    }
    seconds = 0.8 * len(THRESHOLDS) * len(rates) * budget * steps * STEP[cell]
    radius = f"_radius{QUICK_RADIUS:g}" if quick else ""
    return Arm(f"{cell}{radius}_{task}_{steps}_{optimizer}", settings, seeds, seconds=0.5 + seconds)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from scan.run(settings, seeds)


experiment = model.experiment
