"""Does a forget bias of 5 learn to remember over 100 steps what one of 0 does not learn within the same budget?

Delayed recall as in `recall`. Each bias has the best of five rates on pilot seeds: by the share solved, then by the
updates to solve, and where no rate solves any seed by the loss.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.forget_bias import model
from reproductions.forget_bias.studies import recall

DATASET = "synthetic"
METRICS = {
    "solved": "whether the loss came down to a tenth of that without memory, 0 or 1",
    "updates": "when it first did, or the budget, updates",
    "log2_steps": "the same as a logarithm to base two, log2 updates",
    "test_loss": "loss on fresh sequences at the end, nats",
    "test_relative": "the same over that of an answer without memory, ratio",
    "test_accuracy": "share of fresh sequences answered rightly, ratio",
    "train_loss": "loss of the last batches, nats",
}
DELAY, STEPS = 100, 4_000
GRID = (2e-4, 5e-4, 2e-3, 1e-2, 3e-2)
RATES = {0: 2e-3, 5: 2e-3}
USED = {0: 1.0, 5: 0.1}  # share of the budget


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(f"b{bias}", bias, rate, (), 8) for bias, rate in RATES.items())
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 4)
        return tuple(_arm(f"b{b}_rate_{tried:g}", b, tried, seeds, 4) for b in RATES for tried in GRID)
    return ()


def _arm(name: str, bias: int, rate: float, seeds: Sequence[int], lanes: int) -> Arm:
    settings = {"bias": bias, "rate": rate, "steps": STEPS}
    return Arm(name, settings, tuple(seeds), lanes=lanes, seconds=USED[bias] * STEPS * 2.8e-3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    built = recall.experiment({"delay": DELAY, "steps": settings["steps"]}, settings["bias"])
    return model.varied(built, learning_rate=settings["rate"])


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.timed(trial, settings["steps"], "test_relative", recall.SOLVED)
