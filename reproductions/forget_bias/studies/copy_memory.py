"""How many updates does copy memory take from a forget bias of 0, 1 and 5, and from chrono biases?

Three symbols out of four are to be repeated after 15 steps. Solved: a tenth of the loss of an answer without memory, on
256 fresh sequences, looked at every 50 updates; a run that is not solved counts with the budget. 32 units, batches of
32, Adam, norms clipped at 1; every arm has the best of four rates on pilot seeds.
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
    "test_loss": "loss on fresh sequences at the end, nats",
    "test_relative": "the same over that of an answer without memory, ratio",
    "test_accuracy": "share of fresh answers that are right, ratio",
    "train_loss": "loss of the last batches, nats",
}
DELAY, SYMBOLS, LENGTH = 15, 4, 3
UNITS, BATCH, STEPS, EVERY, LOOKED_AT, SOLVED = 32, 32, 4_000, 50, 256, 0.1
BIASES = (0, 1, 5, model.CHRONO)
GRID = (3e-3, 1e-2, 3e-2, 1e-1)
RATES: Mapping[str, float] = {"b0": 1e-2, "b1": 3e-2, "b5": 3e-2, "bchrono": 3e-2}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(f"b{bias}", bias, RATES[f"b{bias}"], (), 8) for bias in BIASES)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 2)
        return tuple(_arm(f"b{bias}_rate_{tried:g}", bias, tried, seeds, 2) for bias in BIASES for tried in GRID)
    return ()


def _arm(name: str, bias: float | str, rate: float, seeds: Sequence[int], lanes: int) -> Arm:
    settings = {"bias": bias, "rate": rate, "steps": STEPS}
    return Arm(name, settings, tuple(seeds), lanes=lanes, seconds=0.7 * STEPS * 0.9e-3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    sizes: dict[str, Any] = {"units": UNITS, "batch": BATCH, "every": EVERY, "looked_at": LOOKED_AT}
    task, stop = sequences.copy_memory(DELAY, SYMBOLS, LENGTH), model.under("test_relative", SOLVED)
    return model.experiment(task, settings["bias"], rate=settings["rate"], steps=settings["steps"], stop=stop, **sizes)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.timed(trial, settings["steps"], "test_relative", SOLVED)
