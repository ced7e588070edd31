"""On which tasks is a forget gate of one half adequate, and on which does a bias of 1, 2 or 5 do better?

Short and long tasks, one that needs forgetting, and characters of a text, which has a fixed budget and no stop.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run, train
from reproductions.forget_bias import model

DATASET = "synthetic"
TASKS: Mapping[str, tuple[str, int, float, int, int, tuple[float, ...], int]] = {
    # arm: task, length, rate, budget, steps between evaluations, biases, seeds
    "adding_100": ("adding", 100, 1e-2, 3_000, 50, (0.0, 1.0, 2.0, 5.0), 16),
    "adding_10": ("adding", 10, 1e-2, 2_000, 20, (0.0, 1.0, 5.0), 24),
    "resets_20": ("resets", 20, 1e-2, 1_000, 20, (0.0, 1.0, 5.0), 24),
    "order_50": ("order", 50, 1e-2, 1_500, 50, (0.0, 1.0, 5.0), 16),
    "parity_10": ("parity", 10, 1e-2, 2_000, 50, (0.0, 1.0, 5.0), 16),
    "copy_20": ("copy", 20, 1e-2, 2_000, 50, (0.0, 1.0, 5.0), 10),
}
RATES, TRIED = (3e-3, 1e-2, 3e-2), ("adding_100", "resets_20")  # on pilot seeds; the other tasks take that rate over
STEP = 85e-6  # seconds for one of a sequence's steps in one optimiser step, on one core


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, bias, tuple(range(TASKS[name][-1]))) for name in TASKS for bias in TASKS[name][-2])
    if tier == "quick":
        return (_arm("resets_20", 0.0, tuple(range(4))),)
    if tier == "pilot":
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        tried = [_arm(name, 1.0, seeds[:1], tried) for name in TRIED for tried in RATES]
        return (_arm("resets_20", 0.0, seeds), *tried)
    return ()


def _arm(name: str, bias: float, seeds: tuple[int, ...], tried: float | None = None) -> Arm:
    """An arm at its task's rate; or, on a third of its budget, one at a rate that is tried."""
    task, steps, rate, budget, every, _, _ = TASKS[name]
    rate, budget = (rate, budget) if tried is None else (tried, budget // 3)
    settings = {"task": task, "steps": steps, "bias": bias, "rate": rate, "budget": budget, "every": every}
    length = steps + 20 * (task == "copy")
    suffix = "" if tried is None else f"_rate_{tried:g}"
    return Arm(f"{name}_b{bias:g}{suffix}", settings, seeds, seconds=0.3 + 0.6 * budget * length * STEP)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.with_time_to_solve(trial, settings)


experiment = model.experiment
