"""Is four times Glorot's bound the best for the sigmoid, and one time for tanh?

Training loss after ten epochs of plain SGD on 10 000 images, for one to five hidden layers. A trial trains one seed
from every multiple of the bound, with the same order of data; each multiple at each depth has its own best rate of
`GRID` on pilot seeds, after the full budget.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import nets

DATASET = "images"
METRICS = {
    "train_loss_x1": "cross-entropy over the last quarter of the steps from Glorot's bound, nats",
    "train_loss_x2": "the same from twice the bound, nats",
    "train_loss_x4": "the same from four times the bound, nats",
    "train_loss_x8": "the same from eight times the bound, nats",
    "x4_over_x1": "loss from four times the bound over that from one time, a ratio",
    "x4_over_x2": "the same over that from twice the bound, a ratio",
    "x4_over_x8": "the same over that from eight times the bound, a ratio",
}
IMAGES, WIDTH, BATCH, EPOCHS = 10_000, 128, 64, 10
DEPTHS = (1, 2, 3, 4, 5)
MULTIPLES = {"sigmoid": (1, 2, 4, 8), "tanh": (1, 4)}
GRID = {  # factors of 1.6: on a grid of factors of 5 which multiple ended lower hung on the rates
    "sigmoid": (0.1, 0.16, 0.25, 0.4, 0.63, 1.0, 1.6, 2.5, 4.0),
    "tanh": (0.025, 0.04, 0.063, 0.1, 0.16, 0.25, 0.4, 0.63, 1.0),
}
RATES = {  # one for each multiple: the least training loss, the median of four pilot seeds at 3 and 5 layers, else two
    "sigmoid_depth1": (2.5, 2.5, 1.6, 1.0),
    "sigmoid_depth2": (2.5, 2.5, 1.6, 1.0),
    "sigmoid_depth3": (2.5, 2.5, 1.6, 1.0),
    "sigmoid_depth4": (2.5, 2.5, 1.6, 0.63),
    "sigmoid_depth5": (0.4, 1.0, 0.63, 0.4),
    "tanh_depth1": (0.63, 0.63),
    "tanh_depth2": (0.63, 0.4),
    "tanh_depth3": (0.4, 0.25),
    "tanh_depth4": (0.4, 0.1),
    "tanh_depth5": (0.25, 0.063),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(activation, depth) for activation in MULTIPLES for depth in DEPTHS)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 4)
        return tuple(_arm(a, depth, seeds, tried) for a in MULTIPLES for depth in DEPTHS for tried in GRID[a])
    return ()  # the quick tier reads `depth`


def _arm(activation: str, depth: int, seeds: Sequence[int] = (), tried: float | None = None) -> Arm:
    name, multiples = f"{activation}_depth{depth}", MULTIPLES[activation]
    rates = RATES[name] if tried is None else (tried,) * len(multiples)
    steps = EPOCHS * (IMAGES // BATCH)
    settings = _settings(activation, depth, WIDTH, IMAGES, steps, dict(zip(map(str, multiples), rates, strict=True)))
    seconds = len(multiples) * steps * (0.45 + 0.3 * depth) / 1000 + 0.5
    suffix = "" if tried is None else f"_rate_{tried:g}"
    return Arm(name + suffix, settings, tuple(seeds), lanes=4, seconds=seconds)


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
