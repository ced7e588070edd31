"""Do Glorot's weights train a net of four hidden layers faster than the standard ones, and to the same error?

All 50 000 training images, plain SGD with a constant rate, eight epochs. Epochs to 3 % error are read from validation
images, between two evaluations by a straight line; a run that never arrives counts with the budget. The rates of the
tanh nets are the best of `GRID` on pilot seeds after the full budget. The others had three rates and one epoch, in
which no sigmoid net learned; He's and orthogonal weights take the rate of Glorot's.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.deep_init import nets

DATASET = "images"
METRICS = {
    "epochs_to_target": "passes over the training images until the validation error is at the target, epochs",
    "validation_error": "wrong labels among the validation images after the last epoch, per cent",
    "test_error": "wrong labels among 10 000 test images after the last epoch, per cent",
    "train_loss": "cross-entropy over the last steps, nats",
}
IMAGES, DEPTH, WIDTH, BATCH, EPOCHS = 50_000, 4, 300, 64, 8
PER_EPOCH = 4  # evaluations
TARGET, QUICK_TARGET = 3.0, 30.0  # per cent wrong
QUICK_IMAGES, QUICK_WIDTH, QUICK_EPOCHS = 2_000, 64, 10
PAIRS = ("tanh", "softsign", "sigmoid", "relu")
EXTRAS = (("tanh", "he"), ("tanh", "orthogonal"), ("relu", "he"), ("relu", "orthogonal"))  # drawn, never judged
PILOTED = ("tanh",)
GRID = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
RATES = {  # on two pilot seeds: the fewest epochs to the target
    "tanh_standard": 0.3,
    "tanh_glorot": 0.2,
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
        return tuple(_arm(*cell) for cell in (*cells, *EXTRAS))
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        tuned = [cell for cell in cells if cell[0] in PILOTED]
        return (*_quick(seeds), *(_arm(*cell, seeds[:2], tried) for cell in tuned for tried in GRID))
    return ()


def _arm(activation: str, init: str, seeds: Sequence[int] = (), tried: float | None = None) -> Arm:
    name = f"{activation}_{init}"
    rate = RATES.get(name, RATES[f"{activation}_glorot"]) if tried is None else tried
    settings = _settings(activation, init, WIDTH, IMAGES, EPOCHS, rate, TARGET)
    settings["held_out"] = nets.JUDGED if tried is None else nets.TUNED
    seconds = EPOCHS * (IMAGES / BATCH * 4.5e-3 + 0.3) + 1
    return Arm(name + ("" if tried is None else f"_rate_{tried:g}"), settings, tuple(seeds), seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rest = (QUICK_WIDTH, QUICK_IMAGES, QUICK_EPOCHS, 0.1, QUICK_TARGET)
    own = {"held_out": {"validation": 1_000}}
    cells = {init: _settings("tanh", init, *rest) | own for init in ("standard", "glorot")}
    return tuple(Arm(f"quick_{init}", cell, tuple(seeds), lanes=4, seconds=0.5) for init, cell in cells.items())


def _settings(
    activation: str, init: str, width: int, images: int, epochs: int, rate: float, target: float
) -> dict[str, Any]:
    shape = {"activation": activation, "init": init, "depth": DEPTH, "width": width, "images": images, "batch": BATCH}
    return {**shape, "epochs": epochs, "rate": rate, "target": target}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    images = datasets.load_images()
    epoch = min(settings["images"], len(images.train.labels)) // BATCH
    steps = {"steps": settings["epochs"] * epoch, "every": epoch // PER_EPOCH}
    return nets.experiment({**settings, **steps}, evaluate=nets.held_out(settings["held_out"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield nets.timed(trial, settings["epochs"], settings["target"])
