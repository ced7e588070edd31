"""Is a large forget bias worse where much has to be forgotten?

Count the ones since the last reset, up to seven, at every step of a stream of 30, of which a quarter are resets.
Solved: 3 % of the loss of an answer without memory, on 256 fresh streams, looked at every 5 updates; a run that is not
solved counts with the budget. 32 units, batches of 32, Adam, norms clipped at 1; every arm has the best of four rates
on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import sequences
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.forget_bias import model

DATASET = "synthetic"
METRICS = {
    "solved": "whether the loss came down to the bound, 0 or 1",
    "updates": "when it first did, or the budget, updates",
    "log2_steps": "the same as a logarithm to base two, log2 updates",
    "test_loss": "loss on fresh streams at the end, nats",
    "test_relative": "the same over that of an answer without memory, ratio",
    "test_accuracy": "share of fresh answers that are right, ratio",
    "train_loss": "loss of the last batches, nats",
}
LENGTH, UNITS, BATCH, STEPS, EVERY, LOOKED_AT, SOLVED = 30, 32, 32, 2_000, 5, 256, 0.03
BIASES = (0, 1, 5)
GRID = (1e-2, 3e-2, 1e-1, 3e-1)
RATES: Mapping[int, float] = {0: 1e-1, 1: 1e-1, 5: 1e-1}
QUICK_RATE, QUICK_STEPS = 3e-2, 400


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(f"b{bias}", bias, RATES[bias], STEPS, (), 8) for bias in BIASES)
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        cells = [(bias, tried) for bias in BIASES for tried in GRID]
        tries = (_arm(f"b{bias}_rate_{tried:g}", bias, tried, STEPS, seeds[:2], 2) for bias, tried in cells)
        return (*_quick(seeds), *tries)
    return ()


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    return tuple(_arm(f"quick_b{bias}", bias, QUICK_RATE, QUICK_STEPS, seeds, 4) for bias in (0, 5))


def _arm(name: str, bias: int, rate: float, steps: int, seeds: Sequence[int], lanes: int) -> Arm:
    return Arm(name, {"bias": bias, "rate": rate, "steps": steps}, tuple(seeds), lanes=lanes, seconds=0.5)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    sizes: dict[str, Any] = {"units": UNITS, "batch": BATCH, "every": EVERY, "looked_at": LOOKED_AT}
    task, stop = sequences.resets(LENGTH), model.under("test_relative", SOLVED)
    return model.experiment(task, settings["bias"], rate=settings["rate"], steps=settings["steps"], stop=stop, **sizes)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.timed(trial, settings["steps"], "test_relative", SOLVED)
