"""Do Glorot's weights train a net of four hidden layers faster than the standard ones, and to the same error?

All 50 000 training images, plain SGD with a constant rate, eight epochs. Epochs to 3 % error are read from validation
images, between two evaluations by a straight line; a run that never arrives counts with the budget. Each arm's rate is
the best of three on pilot seeds; He's and orthogonal weights take that of Glorot's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.deep_init import nets

DATASET = "images"
IMAGES, DEPTH, WIDTH, BATCH, EPOCHS = 50_000, 4, 300, 64, 8
PER_EPOCH = 4  # evaluations
TARGET, QUICK_TARGET = 3.0, 30.0  # per cent wrong
PILOT_IMAGES = 20_000
QUICK_IMAGES, QUICK_WIDTH, QUICK_EPOCHS = 2_000, 64, 10
PAIRS = ("tanh", "softsign", "sigmoid", "relu")
EXTRAS = (("tanh", "he"), ("tanh", "orthogonal"), ("relu", "he"), ("relu", "orthogonal"))  # drawn, never judged
GRID = {unit: (0.1, 0.5, 2.5) if unit == "sigmoid" else (0.02, 0.1, 0.5) for unit in PAIRS}
RATES = {  # on two pilot seeds: the least validation error after an epoch of 20 000 images
    "tanh_standard": 0.1,
    "tanh_glorot": 0.1,
    "softsign_standard": 0.5,
    "softsign_glorot": 0.5,
    "sigmoid_standard": 0.5,
    "sigmoid_glorot": 0.5,
    "relu_standard": 0.5,
    "relu_glorot": 0.5,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    cells = [(activation, init) for activation in PAIRS for init in ("standard", "glorot")]
    if tier == "full":
        return (*(_arm(*cell, range(10)) for cell in cells), *(_arm(*cell, range(3)) for cell in EXTRAS))
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        rates = [_arm(*cell, seeds[:2], tried) for cell in cells for tried in GRID[cell[0]]]
        return (*_quick(seeds), *rates)
    return ()


def _arm(activation: str, init: str, seeds: Sequence[int], tried: float | None = None) -> Arm:
    name = f"{activation}_{init}"
    chosen = RATES.get(name, RATES[f"{activation}_glorot"])
    rate, epochs, images = (chosen, EPOCHS, IMAGES) if tried is None else (tried, 1, PILOT_IMAGES)
    settings = _settings(activation, init, WIDTH, images, epochs, rate, TARGET)
    seconds = epochs * (IMAGES / BATCH * 2.3e-3 + 0.3) + 1
    return Arm(name + ("" if tried is None else f"_rate_{tried:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rest = (QUICK_WIDTH, QUICK_IMAGES, QUICK_EPOCHS, 0.1, QUICK_TARGET)
    return tuple(
        Arm(f"quick_{init}", _settings("tanh", init, *rest), tuple(seeds), lanes=4, seconds=0.5)
        for init in ("standard", "glorot")
    )


def _settings(
    activation: str, init: str, width: int, images: int, epochs: int, rate: float, target: float
) -> dict[str, Any]:
    shape = {"activation": activation, "init": init, "depth": DEPTH, "width": width, "images": images, "batch": BATCH}
    return {**shape, "epochs": epochs, "rate": rate, "target": target, "held_out": min(images, 10_000)}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    images = datasets.load_images()
    epoch = min(settings["images"], len(images.train.labels)) // BATCH
    steps = {"steps": settings["epochs"] * epoch, "every": epoch // PER_EPOCH}
    return nets.experiment({**settings, **steps}, evaluate=nets.held_out(settings["held_out"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield nets.timed(trial, settings["epochs"], settings["target"])
