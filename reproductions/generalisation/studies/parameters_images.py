"""Is a net of 100 weights overfitted on 3200 images?

As in `parameters`, with the first seven principal components of MNIST for inputs and the question whether a digit is
odd; a seed draws its training images, and the gap is taken on the same 10 000 held-out images in all seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.generalisation import gaps
from reproductions.generalisation.studies import parameters

DATASET = "images"
METRICS = {
    "gap_0.25": "wrong answers on held-out images less those on N/4 training images, share",
    "gap_1": "the same of N training images, share",
    "gap_32": "the same of 32 N, share",
    "seen_0.25": "wrong answers on N/4 training images, share",
    "seen_1": "the same of N training images, share",
    "seen_32": "the same of 32 N, share",
    "error_0.25": "wrong answers on held-out images after training on N/4, share",
    "error_1": "the same after N, share",
    "error_32": "the same after 32 N, share",
}
UNITS, MULTIPLES, JUDGED = 11, [0.25, 1, 32], 10_000


def arms(tier: Tier) -> tuple[Arm, ...]:
    """The rate is that of `parameters`; no arm is needed but at the full tier."""
    given: dict[str, Any] = {"multiples": MULTIPLES, "rate": parameters.RATE, "judged": "test", "tested": JUDGED}
    return (gaps.arm("n100", UNITS, **given),) if tier == "full" else ()


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return gaps.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from gaps.run(settings, seeds, lanes)
