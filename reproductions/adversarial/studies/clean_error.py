"""Does training on FGSM examples lower the error of a dropout net on clean digits?

Two layers of 1024, dropout of 0.2 on inputs and 0.5 on hidden units, all 60 000 images that are not for testing. A
trial trains a seed on clean digits and on half FGSM examples; three seeds are trained on random signs of that size too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.adversarial import measures, pairs

DATASET = "images"
STEPS = 40 * 468  # epochs of 60 000 images
RATES = {"clean": 3e-3, "noise": 3e-3, "fgsm": 3e-3}
GRID = (3e-4, 1e-3, 3e-3)  # the best by the clean error on validation images, after a tenth of the steps
PILOT_SHARE = 0.1
SECONDS = {"clean": 200.0, "noise": 360.0, "fgsm": 450.0}
FULL: dict[str, Any] = {"width": 1024, "steps": STEPS}
MEASURED: dict[str, Any] = {
    "train": "train+validation", "test": "test", "tested": 10_000, "attacked": measures.ATTACKED,
}  # fmt: skip
QUICK: dict[str, Any] = {"width": 64, "steps": 300, "test": "validation", "tested": 1_000, "attacked": 100}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        pair = {loss: RATES[loss] for loss in ("clean", "fgsm")}
        noise = {"rates": {"noise": RATES["noise"]}, **FULL, **MEASURED}
        return (
            Arm(
                "pair",
                {"rates": pair, **FULL, **MEASURED},
                tuple(range(10)),
                seconds=SECONDS["clean"] + SECONDS["fgsm"],
            ),
            Arm("noise", noise, tuple(range(3)), seconds=SECONDS["noise"]),
        )
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(loss, rate, seeds[:2]) for loss in RATES for rate in GRID))
    return ()


def _quick(seeds: Sequence[int]) -> Arm:
    return Arm("small_pair", {"rates": {"clean": 3e-3, "fgsm": 3e-3}, **QUICK}, tuple(seeds), lanes=4, seconds=3)


def _pilot(loss: str, rate: float, seeds: Sequence[int]) -> Arm:
    settings = {"rates": {loss: rate}, **FULL, "steps": round(PILOT_SHARE * STEPS), "select": True}
    return Arm(f"{loss}_rate_{rate:g}", settings, tuple(seeds), seconds=PILOT_SHARE * SECONDS[loss])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return pairs.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from pairs.run(settings, seeds, lanes)
