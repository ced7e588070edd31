"""Is four times Glorot's bound the best for the sigmoid, and one time for tanh?

Training loss after ten epochs of plain SGD on 10 000 images, for one to five hidden layers. A trial trains one seed
from every multiple of the bound, with the same order of data; each multiple has the best of nine rates on pilot
seeds at 3 and 5 layers.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import nets

DATASET = "images"
IMAGES, WIDTH, BATCH, EPOCHS = 10_000, 128, 64, 10
DEPTHS = (1, 2, 3, 4, 5)
MULTIPLES = {"sigmoid": (1, 2, 4, 8), "tanh": (1, 4)}
PILOTED = {1: 3, 2: 3, 3: 3, 4: 5, 5: 5}  # depth to the one whose rates it takes
GRID = {  # in steps of 1.6, all of the budget: on a coarser one, or sooner, the multiples change places
    "sigmoid": (0.1, 0.16, 0.25, 0.4, 0.63, 1.0, 1.6, 2.5, 4.0),
    "tanh": (0.025, 0.04, 0.063, 0.1, 0.16, 0.25, 0.4, 0.63, 1.0),
}
TRIED_SEEDS = range(20_000, 20_004)
RATES = {  # one for each multiple: the least training loss, the mean of four pilot seeds
    "sigmoid_depth3": (2.5, 2.5, 1.6, 1.0),
    "sigmoid_depth5": (2.5, 1.0, 0.63, 0.4),
    "tanh_depth3": (0.4, 0.25),
    "tanh_depth5": (0.25, 0.063),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(activation, depth, range(10)) for activation in MULTIPLES for depth in DEPTHS)
    if tier == "pilot":
        return tuple(_arm(a, depth, TRIED_SEEDS, tried) for a in MULTIPLES for depth in (3, 5) for tried in GRID[a])
    return ()  # the quick tier reads `depth`


def _arm(activation: str, depth: int, seeds: Sequence[int], tried: float | None = None) -> Arm:
    name, multiples = f"{activation}_depth{depth}", MULTIPLES[activation]
    rates = RATES[f"{activation}_depth{PILOTED[depth]}"] if tried is None else (tried,) * len(multiples)
    steps = EPOCHS * (IMAGES // BATCH)
    settings = _settings(activation, depth, WIDTH, IMAGES, steps, dict(zip(map(str, multiples), rates, strict=True)))
    seconds = len(multiples) * steps * (0.3 + 0.12 * depth) / 1000 + 0.5
    suffix = "" if tried is None else f"_rate_{tried:g}"
    return Arm(name + suffix, settings, tuple(seeds), lanes=min(len(seeds), 5), seconds=seconds)


def _settings(
    activation: str, depth: int, width: int, images: int, steps: int, rates: Mapping[str, float]
) -> dict[str, Any]:
    shape = {"activation": activation, "depth": depth, "width": width, "init": "glorot"}
    return {**shape, "images": images, "batch": BATCH, "steps": steps, "every": steps // 4, "rates": dict(rates)}


def experiment(settings: Mapping[str, Any], multiple: str = "1") -> Experiment:
    return nets.experiment({**settings, "rate": settings["rates"][multiple]}, times=float(multiple))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """The loss over the last quarter of the steps for each multiple, and that of four times over the others'."""
    experiments = {multiple: experiment(settings, multiple) for multiple in settings["rates"]}
    for trial, runs in nets.side_by_side(experiments, seeds, lanes):
        losses = {multiple: run.metrics.get("train_loss") for multiple, run in runs.items()}
        four, metrics = losses["4"], {f"train_loss_x{multiple}": loss for multiple, loss in losses.items()}
        for multiple, loss in losses.items():
            if multiple != "4" and four and loss:
                metrics[f"x4_over_x{multiple}"] = four / loss
        yield nets.together(trial, runs, metrics)
