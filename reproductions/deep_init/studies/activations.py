"""Which of ReLU, tanh and sigmoid learns in the fewest epochs, and does the sigmoid ever come near?

All 50 000 training images, plain SGD with a constant rate, eight epochs; each activation from its own weights:
sqrt(2/n) for ReLU, Glorot's for tanh, four times Glorot's for the sigmoid. Epochs to 2 % error are read from validation
images; a run that never arrives counts with the budget. Each arm's rate is the best of three on pilot seeds at 1 and 8
layers and in the convolutional net; 2 layers take that of 1, and 4 that of 8.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import keras

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.deep_init import nets

DATASET = "images"
IMAGES, WIDTH, BATCH, EPOCHS, SEEDS = 50_000, 256, 64, 8, 10
PER_EPOCH = 4  # evaluations
TARGET, QUICK_TARGET = 2.0, 15.0  # per cent wrong
PILOT_IMAGES = 20_000
QUICK_IMAGES, QUICK_WIDTH, QUICK_EPOCHS = 2_000, 64, 12
LENT = {"depth2": "depth1", "depth4": "depth8"}
INITS = {"relu": "he", "tanh": "glorot", "sigmoid": "glorot_x4"}
NETS = ("depth1", "depth2", "depth4", "depth8", "cnn")
GRID = {"relu": (0.03, 0.1, 0.3), "tanh": (0.03, 0.1, 0.3), "sigmoid": (0.1, 0.5, 2.5)}
RATES = {
    "relu_depth1": 0.3,
    "tanh_depth1": 0.3,
    "sigmoid_depth1": 2.5,
    "relu_depth8": 0.1,
    "tanh_depth8": 0.1,
    "sigmoid_depth8": 0.1,
    "relu_cnn": 0.3,
    "tanh_cnn": 0.3,
    "sigmoid_cnn": 0.1,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    cells = [(activation, net) for net in NETS for activation in INITS]
    if tier == "full":
        return tuple(_arm(*cell, range(SEEDS)) for cell in cells)
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        piloted = [cell for cell in cells if cell[1] not in LENT]
        return (*_quick(seeds), *(_arm(*cell, seeds[:2], tried) for cell in piloted for tried in GRID[cell[0]]))
    return ()


def _arm(activation: str, net: str, seeds: Sequence[int], tried: float | None = None) -> Arm:
    name = f"{activation}_{net}"
    chosen = RATES[f"{activation}_{LENT.get(net, net)}"]
    rate, epochs, images = (chosen, EPOCHS, IMAGES) if tried is None else (tried, 1, PILOT_IMAGES)
    settings = _settings(activation, net, WIDTH, images, epochs, rate, TARGET)
    step = 4e-3 if net == "cnn" else 0.8e-3 + 0.3e-3 * int(net.removeprefix("depth"))
    seconds = epochs * (IMAGES / BATCH * step + 0.3) + 1
    return Arm(name + ("" if tried is None else f"_rate_{tried:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rest = (QUICK_WIDTH, QUICK_IMAGES, QUICK_EPOCHS, 0.3, QUICK_TARGET)
    return tuple(
        Arm(f"quick_{activation}", _settings(activation, "depth2", *rest), tuple(seeds), lanes=4, seconds=0.5)
        for activation in ("relu", "sigmoid")
    )


def _settings(
    activation: str, net: str, width: int, images: int, epochs: int, rate: float, target: float
) -> dict[str, Any]:
    shape = {"activation": activation, "init": INITS[activation], "net": net, "width": width, "images": images}
    return {**shape, "batch": BATCH, "epochs": epochs, "rate": rate, "target": target, "held_out": min(images, 10_000)}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    images = datasets.load_images()
    epoch = min(settings["images"], len(images.train.labels)) // BATCH
    depth = 1 if settings["net"] == "cnn" else int(settings["net"].removeprefix("depth"))
    steps = {"depth": depth, "steps": settings["epochs"] * epoch, "every": epoch // PER_EPOCH}
    plain = nets.experiment({**settings, **steps}, evaluate=nets.held_out(settings["held_out"]))
    if settings["net"] != "cnn":
        return plain
    activation, side = settings["activation"], int(sqrt(images.train.images.shape[1]))
    scale, mode = {"relu": (2.0, "fan_in"), "tanh": (1.0, "fan_avg"), "sigmoid": (16.0, "fan_avg")}[activation]
    distribution = "untruncated_normal" if activation == "relu" else "uniform"
    init = keras.initializers.VarianceScaling(scale, mode, distribution)  # as in the other nets, by fan
    return replace(plain, build_model=lambda hyper: nets.convolutional(side, activation, init))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield nets.timed(trial, settings["epochs"], settings["target"])
