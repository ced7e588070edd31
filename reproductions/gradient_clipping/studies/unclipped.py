"""What is the largest rate at which a recurrent net trains without clipping, and is it of any use?

A trial trains one seed by plain SGD at 17 rates from 1e-7 to 10, and clipped at a norm of 1 at a rate that pilot seeds
chose, for the same 200 steps. The task asks for an answer at each of 50, 100 or 200 steps and the loss is their sum,
which makes gradients as large as they come. Recurrent matrices, in an LSTM each gate's, have a spectral radius of 1 to
1.5.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.gradient_clipping import model, rates

DATASET = "synthetic"
UNITS, STEPS, HELD_OUT, LANES, PILOTS = 32, 200, 128, 4, 4
LENGTHS = (50, 100, 200)
RADII = {"rnn": ("1", "1.25", "1.5"), "lstm": ("1", "1.5")}
RATES = tuple(place / 2 for place in range(-14, 3))  # log10: 1e-7 to 10
TRIED = tuple(place / 2 for place in range(-4, 3))  # log10: 1e-2 to 10, clipped, on pilot seeds
CHOSEN = {
    "rnn": 0.0,
    "lstm": 0.5,
}  # log10: the clipped rate of least median validation loss over pilot seeds and shapes
NORM = "1"
SECONDS = {"rnn": 13e-6, "lstm": 26e-6}  # an optimiser step of one seed, by time step
METRICS = {
    "log10_safe_rate": "log10 of the largest rate such that neither it nor any lower one blows up, decades",
    "start_loss": "test loss before training, baselines",
    "safe_loss": "test loss at that safe rate which the seed's validation loss prefers, baselines",
    "clipped_loss": "test loss clipped at 1, at the rate that pilot seeds chose, baselines",
    "blown_at_clipped_rate": "whether the unclipped net blows up at that rate, 1 or 0",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    shapes = [(net, length, radius) for net, radii in RADII.items() for length in LENGTHS for radius in radii]
    if tier == "full":
        return tuple(_arm(*shape, RATES, ()) for shape in shapes)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        tried = (_arm(*shape, TRIED, range(PILOT_SEEDS, PILOT_SEEDS + PILOTS), NORM) for shape in shapes)
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)), *tried)
    return ()


def _arm(net: str, length: int, radius: str, tried: Sequence[float], seeds: Sequence[int], clip: str = "none") -> Arm:
    settings = {"net": net, "units": UNITS, "length": length, "radius": float(radius)}
    settings |= {"steps": STEPS, "every": STEPS // 2, "held_out": HELD_OUT}
    settings |= {"clip": clip, "log10_rates": list(tried), "chosen": CHOSEN[net]}
    seconds = (len(tried) + 1) * SECONDS[net] * length * (STEPS + 6 * HELD_OUT / 96)
    suffix = "" if clip == "none" else "_clipped_rates"
    return Arm(f"{net}_steps{length}_radius{radius}{suffix}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "units": 16, "length": 30, "radius": 1.0, "steps": 100, "every": 50, "held_out": 64}
    settings |= {"clip": "none", "log10_rates": [place / 2 for place in range(-10, 1)], "chosen": -0.5}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.8)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return model.experiment({**settings, "task": "resets", "over_time": "sum", "optimizer": "sgd"})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    clip, chosen = settings["clip"], settings["chosen"]
    norms = {name: model.norm_of(name) for name in ("none", NORM)}
    grid = {clip: settings["log10_rates"]} | ({NORM: [chosen]} if clip == "none" else {})
    for seed, columns, runs in rates.columns(experiment(settings), norms, grid, seeds, lanes):
        if clip == "none":
            found = rates.unclipped(columns["none"], columns[NORM].test[chosen], chosen)
        else:
            found = rates.validated(columns[clip], "validation")  # of pilots alone, as what a rate is chosen by
        yield rates.together(seed, runs, found, columns)
