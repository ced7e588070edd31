"""Which of ReLU, tanh and sigmoid errs least, and which learns in the fewest epochs?

All 50 000 training images, plain SGD with a constant rate, eight epochs; each activation from its own weights:
sqrt(2/n) for ReLU, Glorot's for tanh, four times Glorot's for the sigmoid. Epochs to 2 % error are read from validation
images; a run that never arrives counts with the budget. Each activation in each net has its own best rate of `GRID` on
pilot seeds, after as many epochs of 20 000 images.
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
METRICS = {
    "test_error": "wrong labels among 10 000 test images after the last epoch, per cent",
    "epochs_to_target": "passes over the training images until the validation error is at the target, epochs",
    "validation_error": "wrong labels among the validation images after the last epoch, per cent",
    "train_loss": "cross-entropy over the last steps, nats",
}
IMAGES, WIDTH, BATCH, EPOCHS = 50_000, 256, 64, 8
PER_EPOCH = 4  # evaluations
TARGET, QUICK_TARGET = 2.0, 15.0  # per cent wrong
PILOT_IMAGES = 20_000
QUICK_IMAGES, QUICK_WIDTH, QUICK_EPOCHS = 2_000, 64, 12
INITS = {"relu": "he", "tanh": "glorot", "sigmoid": "glorot_x4"}
NETS = ("depth1", "depth2", "depth4", "depth8", "cnn")
GRID = {
    "relu": (0.03, 0.1, 0.2, 0.3, 0.5, 1.0),
    "tanh": (0.03, 0.1, 0.2, 0.3, 0.5, 1.0),
    "sigmoid": (0.03, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
}
CNN_GRID = {"relu": (0.1, 0.2, 0.3, 0.5, 1.0), "tanh": (0.1, 0.2, 0.3, 0.5), "sigmoid": (0.5, 1.0, 2.5, 5.0)}
"""A seed of the convolutional net costs as much as six dense ones: fewer rates, on one pilot seed."""
RATES = {
    "relu_depth1": 0.5,
    "tanh_depth1": 0.5,
    "sigmoid_depth1": 2.5,
    "relu_depth2": 0.5,
    "tanh_depth2": 0.3,
    "sigmoid_depth2": 2.5,
    "relu_depth4": 0.1,
    "tanh_depth4": 0.2,
    "sigmoid_depth4": 1.0,
    "relu_depth8": 0.1,
    "tanh_depth8": 0.1,
    "sigmoid_depth8": 0.5,
    "relu_cnn": 0.5,
    "tanh_cnn": 0.2,
    "sigmoid_cnn": 1.0,
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    cells = [(activation, net) for net in NETS for activation in INITS]
    if tier == "full":
        return tuple(_arm(*cell) for cell in cells)
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (*_quick(seeds), *(_arm(*c, seeds[: 1 if c[1] == "cnn" else 2], r) for c in cells for r in tried(*c)))
    return ()


def tried(activation: str, net: str) -> tuple[float, ...]:
    """The rates among which pilots choose."""
    return (CNN_GRID if net == "cnn" else GRID)[activation]


def _arm(activation: str, net: str, seeds: Sequence[int] = (), trial: float | None = None) -> Arm:
    name = f"{activation}_{net}"
    rate, images = (RATES[name], IMAGES) if trial is None else (trial, PILOT_IMAGES)
    settings = _settings(activation, net, WIDTH, images, EPOCHS, rate, TARGET)
    settings["held_out"] = nets.JUDGED if trial is None else nets.TUNED
    step = 17e-3 if net == "cnn" else 0.8e-3 + 0.8e-3 * int(net.removeprefix("depth"))
    seconds = EPOCHS * (images / BATCH * step + 0.3) + 1
    return Arm(name + ("" if trial is None else f"_rate_{trial:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rest = (QUICK_WIDTH, QUICK_IMAGES, QUICK_EPOCHS, 0.1, QUICK_TARGET)
    own = {"held_out": {"validation": 1_000}}
    cells = {unit: _settings(unit, "depth4", *rest) | own for unit in ("relu", "sigmoid")}
    return tuple(Arm(f"quick_{unit}", cell, tuple(seeds), lanes=4, seconds=0.5) for unit, cell in cells.items())


def _settings(
    activation: str, net: str, width: int, images: int, epochs: int, rate: float, target: float
) -> dict[str, Any]:
    shape = {"activation": activation, "init": INITS[activation], "net": net, "width": width, "images": images}
    return {**shape, "batch": BATCH, "epochs": epochs, "rate": rate, "target": target}


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
