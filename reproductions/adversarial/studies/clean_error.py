"""Does training on FGSM examples lower the error of a dropout net on clean digits?

Two layers of 1024, dropout, all 60 000 images that are not for testing, for as many updates as 40 epochs of 50 000.
The same net without examples, and with random signs of the same size, sees the same batches. At the gpu tier the layers
have 1600 units.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import model

DATASET = "images"
STEPS = 15_625
DROPOUT = (0.2, 0.5)
RATES = {"clean": 1e-3, "noise": 1e-3, "fgsm": 1e-3}  # of three on pilot seeds, by the error on validation images
PILOT_RATES, PILOT_STEPS = (3e-4, 1e-3, 3e-3), 400
SECONDS = {"clean": 290.0, "noise": 500.0, "fgsm": 630.0}
FULL: dict[str, Any] = {"train": "train+validation", "test": "test", "tested": 10_000, "attacked": model.ATTACKED}
PILOT: dict[str, Any] = {"test": "validation", "tested": 2_000, "attacked": 500}


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = tuple(range(10))
    if tier in ("full", "gpu"):
        width, suffix = (1024, "") if tier == "full" else (1600, "_1600")
        return tuple(
            _arm(loss, width, {"steps": STEPS, "rate": rate, **FULL}, seeds[:5] if loss == "noise" else seeds, suffix)
            for loss, rate in RATES.items()
        )
    if tier == "pilot":
        pilots = (PILOT_SEEDS, PILOT_SEEDS + 1)
        return tuple(
            _arm(loss, 1024, {"steps": PILOT_STEPS, "rate": rate, **PILOT}, pilots, f"_rate_{rate:g}")
            for loss in RATES
            for rate in PILOT_RATES
        )
    return ()


def _arm(loss: str, width: int, settings: Mapping[str, Any], seeds: tuple[int, ...], suffix: str) -> Arm:
    seconds = SECONDS[loss] * settings["steps"] / STEPS * (width / 1024) ** 2
    return Arm(f"dropout_{loss}{suffix}", {"loss": loss, "width": width, **settings}, seeds, seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    widths = (settings["width"],) * 2
    return model.experiment(
        settings, lambda pixels: model.mlp(pixels, widths, dropout=DROPOUT), model.LOSSES[settings["loss"]]
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from model.finished(train(experiment(settings), seeds, lanes=lanes))
