"""Does clipping the norm of the gradient make a huge difference to recurrent nets?

Each arm is one net, task and optimiser; a trial trains one seed without clipping and clipped at 5 and 15, each at 13 or
15 rates, in quarters of a decade. The gradient is that of the mean over the batch. Adding over 30 steps is judged: over
100 steps neither net begins to learn it by SGD within 3000 updates, clipped or not. `resets` asks for an answer at
every step, and its loss is summed over them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.gradient_clipping import model, rates

DATASET = "synthetic"
UNITS, LANES, PILOTS = 32, 4, 4
CLIPS = ("none", "5", "15")
TASKS = {"adding": (30, 3_000, 1024), "resets": (50, 500, 256)}
"""Length, optimiser steps, and held-out sequences: more of them where an answer is one number and so noisier."""
RATES = {  # log10: from where to where, in quarters of a decade
    "rnn": (-2.5, 0.5),
    "lstm": (-2.0, 1.0),
    "rnn_resets": (-3.0, 0.5),
    "lstm_resets": (-2.0, 1.5),
    "rnn_adam": (-4.0, -0.5),
}
CHOSEN: Mapping[str, rates.Chosen] = {  # log10: the rate of least median validation loss over the pilot seeds
    "rnn": {"none": -1.5, "5": -1.5, "15": -1.5},
    "lstm": {"none": -2.0, "5": -0.25, "15": -2.0},  # the two at the end of the range learn at no rate
    "rnn_resets": {"none": -1.75, "5": -0.5, "15": -1.0},
    "lstm_resets": {"none": -1.25, "5": 0.0, "15": -0.5},
    "rnn_adam": {"none": -2.5, "5": -2.5, "15": -2.75},
}
SECONDS = {"rnn": 12e-6, "lstm": 26e-6}  # an optimiser step of one seed, by time step
METRICS = {
    "usable_none": "log10 of the largest rate up to which training without clipping ends at 1.1 baselines, decades",
    "usable_1": "the same, clipped at 1, decades",
    "usable_5": "the same, clipped at 5, decades",
    "usable_15": "the same, clipped at 15, decades",
    "learning_none": "log10 of the largest rate up to which training without clipping ends at 0.8 baselines, decades",
    "learning_1": "the same, clipped at 1, decades",
    "learning_5": "the same, clipped at 5, decades",
    "learning_15": "the same, clipped at 15, decades",
    "range_1": "usable_1 less usable_none, decades",
    "range_5": "usable_5 less usable_none, decades",
    "range_15": "usable_15 less usable_none, decades",
    "learning_range_1": "learning_1 less learning_none, decades",
    "learning_range_5": "learning_5 less learning_none, decades",
    "learning_range_15": "learning_15 less learning_none, decades",
    "loss_none": "test loss without clipping at the rate chosen on pilot seeds, baselines",
    "loss_5": "test loss clipped at 5 at the rate chosen for it, baselines",
    "loss_15": "test loss clipped at 15 at the rate chosen for it, baselines",
    "blown_none": "share of the rates at which training without clipping blows up, of 1",
    "blown_1": "the same, clipped at 1, of 1",
    "blown_5": "the same, clipped at 5, of 1",
    "blown_15": "the same, clipped at 15, of 1",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, ()) for name in CHOSEN)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        tried = (_arm(name, range(PILOT_SEEDS, PILOT_SEEDS + PILOTS), choosing=True) for name in CHOSEN)
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)), *tried)
    return ()


def _arm(name: str, seeds: Sequence[int], *, choosing: bool = False) -> Arm:
    net, *rest = name.split("_")
    task, optimizer = "resets" if "resets" in rest else "adding", "adam" if "adam" in rest else "sgd"
    length, steps, held_out = TASKS[task]
    settings = {"net": net, "task": task, "optimizer": optimizer, "units": UNITS, "length": length, "radius": 1.0}
    settings |= {"over_time": "sum", "steps": steps, "every": steps // 5, "held_out": held_out}
    lowest, highest = RATES[name]
    tried = [lowest + place / 4 for place in range(int(4 * (highest - lowest)) + 1)]
    settings |= {"clips": list(CLIPS), "log10_rates": tried, "chosen": dict(CHOSEN[name])}
    settings |= {"choosing": True} if choosing else {}
    seconds = len(CLIPS) * len(tried) * SECONDS[net] * length * (steps + 10 * held_out / 96)  # evaluated: forward only
    return Arm(name, settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "task": "resets", "optimizer": "sgd", "units": 16, "length": 30, "radius": 1.0}
    settings |= {"over_time": "sum", "steps": 150, "every": 75, "held_out": 64}
    settings |= {"clips": ["none", "1"], "log10_rates": [-1.5, -1.0, -0.5, 0.0], "chosen": {}}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return model.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    norms = {clip: model.norm_of(clip) for clip in settings["clips"]}
    grid = dict.fromkeys(norms, settings["log10_rates"])
    for seed, columns, runs in rates.columns(experiment(settings), norms, grid, seeds, lanes):
        found = rates.compared(columns, settings["chosen"])
        if settings.get("choosing"):  # of pilots alone, as what their rates are chosen by
            for clip, column in columns.items():
                found |= rates.validated(column, f"validation_{clip}")
        yield rates.together(seed, runs, found, columns)
