"""Does dropout lower the test error of a large net?

Two layers of 1024 ReLU units, dropout 0.5 hidden and 0.2 at the input, against the same net without (Srivastava et al.
2014, appendix B.1); and dropout with incoming weights of a length of at most 2. The rate of each is chosen on
validation images after ten of the sixty epochs, then the net is trained on training and validation images together.
The quick finding is one of `grid`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.dropout import model, nets

DATASET = "images"
METRICS = {
    "test_error": "share of test images misread with dropout off, %",
    "test_nll": "mean of -log p(label) on test images, nats",
    "validation_error": "share of validation images misread, of pilots alone, %",
    "validation_nll": "mean of -log p(label) on validation images, of pilots alone, nats",
    "train_loss": "mean of -log p(label) on the last batches with dropout on, nats",
}
DEPTH, WIDTH, BATCH, EPOCHS = 2, 1024, 100, 60
ALL, PILOT_IMAGES, PILOT_EPOCHS = 60_000, 50_000, 10
OWN: dict[str, dict[str, float | None]] = {
    "dropout": {"drop_hidden": nets.HIDDEN, "max_norm": None},
    "plain": {"drop_hidden": 0.0, "max_norm": None},
    "dropout_max_norm": {"drop_hidden": nets.HIDDEN, "max_norm": 2.0},
}
TRIED = (*nets.GRID, nets.BEYOND["plain"])
RATES = {"dropout": 0.03, "plain": 0.1, "dropout_max_norm": 0.03}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        settings = nets.on_test_images(nets.net(DEPTH, WIDTH, ALL, EPOCHS, batch=BATCH)) | {"refit": True}
        return tuple(_arm(name, name, (), settings, RATES[name]) for name in OWN)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 2)
        settings = nets.net(DEPTH, WIDTH, PILOT_IMAGES, PILOT_EPOCHS, batch=BATCH) | {"refit": False}
        tried = [(name, rate) for name in OWN for rate in TRIED]
        return tuple(_arm(f"{name}_rate_{rate:g}", name, seeds, settings, rate) for name, rate in tried)
    return ()


def _arm(name: str, kind: str, seeds: Sequence[int], settings: Mapping[str, Any], rate: float) -> Arm:
    return Arm(name, {**settings, **OWN[kind], "rate": rate}, tuple(seeds), seconds=nets.seconds(settings))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Validation images that a net is trained on are not looked at again."""
    evaluate = nets.held_out(settings)
    if settings["refit"]:
        del evaluate["validation"]
    data = model.training_images(settings["images"], refit=settings["refit"])
    base = nets.experiment(settings, data, evaluate=evaluate)
    return nets.changed(base, nets.dropped(settings["drop_hidden"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from map(nets.rounded, train(experiment(settings), seeds, lanes=lanes))
