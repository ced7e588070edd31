"""Does clipping the norm of the gradient make a huge difference to recurrent nets?

Each arm is one net, task and optimiser; a trial trains one seed without clipping and clipped at 1, 5 and 15, each at
13 rates from 1e-4 to 100. The gradient is that of the mean over the batch; the loss is due at the last step, but for
`resets`, where it is summed over the steps. Judged are tanh nets under SGD; LSTMs and Adam are extras of 8
seeds, on the two shorter tasks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.gradient_clipping import model, rates

DATASET = "synthetic"
UNITS, LANES, SEEDS, EXTRAS = 32, 8, 16, 8
CLIPS = ("none", "1", "5", "15")
LOWEST, HIGHEST = -8, 4  # places in half decades: 1e-4 and 100
TASKS = {"adding": (100, 400, 1024), "temporal_order": (50, 1_000, 256), "resets": (50, 500, 256)}
"""Length, optimiser steps, and held-out sequences: more of them where an answer is one number and so noisier."""
SECONDS = {"rnn": 12e-6, "lstm": 26e-6}  # an optimiser step of one seed, by time step


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        judged = [_arm("rnn", task, "sgd", range(SEEDS)) for task in TASKS]
        others = (("lstm", "sgd"), ("rnn", "adam"))
        extras = [_arm(net, task, opt, range(EXTRAS)) for net, opt in others for task in ("temporal_order", "resets")]
        return (*judged, *extras)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)),)
    return ()


def _arm(net: str, task: str, optimizer: str, seeds: Sequence[int]) -> Arm:
    length, steps, held_out = TASKS[task]
    settings = {"net": net, "task": task, "optimizer": optimizer, "units": UNITS, "length": length, "radius": 1.0}
    settings |= {"over_time": "sum", "steps": steps, "every": steps // 5, "held_out": held_out}
    settings |= {"clips": list(CLIPS), "lowest": LOWEST, "highest": HIGHEST}
    cells = len(CLIPS) * (HIGHEST - LOWEST + 1)
    seconds = cells * SECONDS[net] * length * (steps + 10 * held_out / 96)  # an evaluation goes forward only
    return Arm(f"{net}_{task}_{optimizer}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "task": "resets", "optimizer": "sgd", "units": 16, "length": 30, "radius": 1.0}
    settings |= {"over_time": "sum", "steps": 150, "every": 75, "held_out": 64}
    settings |= {"clips": ["none", "1"], "lowest": -3, "highest": 0}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return model.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    places = range(settings["lowest"], settings["highest"] + 1)
    norms = {clip: model.norm_of(clip) for clip in settings["clips"]}
    grid = dict.fromkeys(norms, places)
    for seed, columns, runs in rates.columns(experiment(settings), norms, grid, seeds, lanes):
        yield rates.together(seed, runs, rates.compared(columns), columns)
