"""Does training on FGSM examples lower the error of a dropout net on clean digits?

Two layers of 1024, dropout of 0.2 on inputs and 0.5 on hidden units, all 60 000 images that are not for testing. A
trial trains a seed three times: on clean digits, on half FGSM examples, and on half random signs of that size.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.adversarial import measures, pairs, rates

DATASET = "images"
METRICS = {
    "clean_error": "error of the net of clean digits on 10 000 clean test images, per cent",
    "fgsm_error": "the same of the net of FGSM examples, per cent",
    "noise_error": "the same of the net of random signs, per cent",
    "error_change": "what FGSM examples add to the error of the net of clean digits, points",
    "only_clean_wrong": "test images that the net of clean digits alone gets wrong, of it and the FGSM net, images",
    "only_fgsm_wrong": "test images that the FGSM net alone gets wrong, of these two, images",
    "clean_fgsm": "error of the net of clean digits under FGSM of 0.25, per cent",
    "fgsm_fgsm": "the same of the net of FGSM examples, per cent",
    "noise_fgsm": "the same of the net of random signs, per cent",
    "clean_pgd": "error of the net of clean digits on 2000 test images under PGD-40 of 0.25, per cent",
    "fgsm_pgd": "the same of the net of FGSM examples, per cent",
    "noise_pgd": "the same of the net of random signs, per cent",
    "budget_kept": "the least of the shares of images within the budget, a share",
    "planted_found": "planted examples that FGSM or PGD finds, whichever finds less, a share",
    "clean_validation_error": "of a pilot: error on 10 000 clean validation images, per cent",
    "fgsm_validation_error": "the same with FGSM examples, per cent",
    "noise_validation_error": "the same with random signs, per cent",
}
STEPS = 40 * 468  # epochs of 60 000 images
RATES = {"clean": 1e-3, "fgsm": 1e-3, "noise": 3e-3}
PILOT_SHARE = 0.25  # of the steps, after which rates are chosen by the clean error on validation images
SECONDS = {"clean": 200.0, "fgsm": 450.0, "noise": 360.0}
FULL: dict[str, Any] = {"width": 1024, "steps": STEPS}
MEASURED: dict[str, Any] = {
    "train": "train+validation", "test": "test", "tested": 10_000, "attacked": measures.ATTACKED,
}  # fmt: skip
QUICK: dict[str, Any] = {"width": 64, "steps": 300, "test": "validation", "tested": 1_000, "attacked": 100}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (Arm("pair", {"rates": RATES, **FULL, **MEASURED}, seconds=sum(SECONDS.values())),)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(loss, rate, seeds[:2]) for loss in RATES for rate in rates.grid(loss)))
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
