"""Do thresholds of 5 and 15 come within a few per cent of the best one?

A trial trains one seed clipped at 0.01 to 100 and not at all, each at 11 rates from 1e-3 to 100. Every threshold has
the rate of its own that validation prefers, and so has the best threshold; what is compared are their test losses. An
answer is due at every step, and the loss is once summed and once averaged over the steps. Judged are tanh nets; an LSTM
with the summed loss is an extra of 8 seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.gradient_clipping import model, rates

DATASET = "synthetic"
UNITS, LENGTH, HELD_OUT, LANES, SEEDS, EXTRAS = 32, 50, 256, 8, 16, 8
CLIPS = ("0.01", "0.1", "1", "5", "15", "100", "none")
LOWEST, HIGHEST = -6, 4  # places in half decades: 1e-3 and 100
TASK, STEPS = "resets", 500
SECONDS = {"rnn": 12e-6, "lstm": 32e-6}  # an optimiser step of one seed, by time step


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        judged = [_arm("rnn", over_time, range(SEEDS)) for over_time in ("sum", "mean")]
        return (*judged, _arm("lstm", "sum", range(EXTRAS)))
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)),)
    return ()


def _arm(net: str, over_time: str, seeds: Sequence[int]) -> Arm:
    settings = {"net": net, "task": TASK, "units": UNITS, "length": LENGTH, "over_time": over_time}
    settings |= {"steps": STEPS, "every": STEPS // 5, "held_out": HELD_OUT}
    settings |= {"clips": list(CLIPS), "lowest": LOWEST, "highest": HIGHEST}
    cells = len(CLIPS) * (HIGHEST - LOWEST + 1)
    seconds = cells * SECONDS[net] * LENGTH * (STEPS + 10 * HELD_OUT / 96)
    return Arm(f"{net}_{over_time}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "task": TASK, "units": 16, "length": 30, "over_time": "mean"}
    settings |= {"steps": 150, "every": 75, "held_out": 64}
    settings |= {"clips": ["0.01", "5", "15", "none"], "lowest": -2, "highest": 0}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.8)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return model.experiment({**settings, "optimizer": "sgd", "radius": 1.0})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    places = range(settings["lowest"], settings["highest"] + 1)
    norms = {clip: model.norm_of(clip) for clip in settings["clips"]}
    grid = dict.fromkeys(norms, places)
    for seed, columns, runs in rates.columns(experiment(settings), norms, grid, seeds, lanes):
        yield rates.together(seed, runs, rates.excess(columns), columns)
