"""What is the largest rate at which a recurrent net trains without clipping, and is it of any use?

A trial trains one seed by plain SGD at 17 rates from 1e-7 to 10, and clipped at a norm of 1 at seven from 1e-3 to 1,
for the same 200 steps. The task asks for an answer at each of 50, 100 or 200 steps and the loss is their sum, which
makes gradients as large as they come. Recurrent matrices, in an LSTM each gate's, have a spectral radius of 1 to 1.5.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.gradient_clipping import model, rates

DATASET = "synthetic"
UNITS, STEPS, HELD_OUT, LANES, SEEDS = 32, 200, 128, 8, 16
LENGTHS = (50, 100, 200)
RADII = {"rnn": ("1", "1.25", "1.5"), "lstm": ("1", "1.5")}
LOWEST, HIGHEST = -14, 2  # places in half decades: 1e-7 and 10
CLIPPED = (-6, 0)  # 1e-3 and 1
NORM = "1"
SECONDS = {"rnn": 13e-6, "lstm": 26e-6}  # an optimiser step of one seed, by time step


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        shapes = [(net, length, radius) for net, radii in RADII.items() for length in LENGTHS for radius in radii]
        return tuple(_arm(*shape, range(SEEDS)) for shape in shapes)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)),)
    return ()


def _arm(net: str, length: int, radius: str, seeds: Sequence[int]) -> Arm:
    settings = {"net": net, "units": UNITS, "length": length, "radius": float(radius)}
    settings |= {"steps": STEPS, "every": STEPS // 2, "held_out": HELD_OUT}
    settings |= {"lowest": LOWEST, "highest": HIGHEST, "clipped": list(CLIPPED)}
    cells = HIGHEST - LOWEST + CLIPPED[1] - CLIPPED[0] + 2
    seconds = cells * SECONDS[net] * length * (STEPS + 6 * HELD_OUT / 96)
    return Arm(f"{net}_steps{length}_radius{radius}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "units": 16, "length": 30, "radius": 1.0, "steps": 100, "every": 50, "held_out": 64}
    settings |= {"lowest": -10, "highest": 0, "clipped": [-2, -1]}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.8)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return model.experiment({**settings, "task": "resets", "over_time": "sum", "optimizer": "sgd"})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    first, last = settings["clipped"]
    norms = {clip: model.norm_of(clip) for clip in ("none", NORM)}
    grid = {"none": range(settings["lowest"], settings["highest"] + 1), NORM: range(first, last + 1)}
    for seed, columns, runs in rates.columns(experiment(settings), norms, grid, seeds, lanes):
        yield rates.together(seed, runs, rates.unclipped(columns["none"], columns[NORM]), columns)
