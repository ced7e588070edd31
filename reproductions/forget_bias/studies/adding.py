"""How many updates does the adding problem over 100 steps take from a forget bias of 0, 1, 2 and 5?

32 units, batches of 32, norms clipped at 1; Adam, and RMSProp as a labelled extra arm. Solved: squared error under 0.01
on 256 fresh sequences, where an answer without memory errs by 1/6; looked at every 50 updates. A run that is not
solved counts with the budget. Every arm has the best of six rates on pilot seeds.
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
    "test_loss": "squared error on fresh sequences at the end, squared units",
    "test_relative": "the same over that of an answer without memory, ratio",
    "train_loss": "loss of the last batches, squared units",
}
LENGTH, UNITS, BATCH, STEPS, EVERY, LOOKED_AT, SOLVED = 100, 32, 32, 4_000, 50, 256, 0.01
GRID = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
RATES = {
    "b0": 1e-1,
    "b1": 1e-1,
    "b2": 3e-2,
    "b5": 1e-1,
    "rmsprop_b0": 1e-2,
    "rmsprop_b2": 1e-2,
    "rmsprop_b5": 3e-3,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, name, RATES[name], (), 8) for name in RATES)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 2)
        return tuple(_arm(f"{name}_rate_{tried:g}", name, tried, seeds, 2) for name in RATES for tried in GRID)
    return ()


def _arm(name: str, kind: str, rate: float, seeds: Sequence[int], lanes: int) -> Arm:
    optimizer, _, bias = kind.rpartition("b")
    settings = {"optimizer": optimizer.rstrip("_") or "adam", "bias": int(bias), "rate": rate, "steps": STEPS}
    return Arm(name, settings, tuple(seeds), lanes=lanes, seconds=0.9 * STEPS * 2.8e-3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    sizes: dict[str, Any] = {"units": UNITS, "batch": BATCH, "every": EVERY, "looked_at": LOOKED_AT}
    chosen = {name: settings[name] for name in ("optimizer", "rate", "steps")}
    stop = model.under("test_loss", SOLVED)
    return model.experiment(sequences.adding(LENGTH), settings["bias"], stop=stop, **chosen, **sizes)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.timed(trial, settings["steps"], "test_loss", SOLVED)
