"""Does training on FGSM examples lower the clean error of a net of two layers of 1600, trained for 40 epochs?

The pair of `clean_error` at the published width, which takes an accelerator.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.adversarial import measures, pairs

DATASET = "images"
RATES = {"clean": 3e-3, "fgsm": 3e-3}  # those of `clean_error`
SETTINGS: dict[str, Any] = {
    "rates": RATES, "width": 1600, "steps": 40 * 468, "train": "train+validation", "test": "test", "tested": 10_000,
    "attacked": measures.ATTACKED,
}  # fmt: skip


def arms(tier: Tier) -> tuple[Arm, ...]:
    return (Arm("pair_1600", SETTINGS, tuple(range(10)), lanes=5, seconds=60),) if tier == "gpu" else ()


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return pairs.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from pairs.run(settings, seeds, lanes)
