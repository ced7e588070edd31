"""If two classifiers of a given accuracy err independently, how often are they right where they agree?

No nets: a million answers of each of two classifiers are drawn. A wrong answer is any of the other classes. With
probability `copied` the second answers as the first does, which makes their errors alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.generalisation import agreement

DATASET = "synthetic"
METRICS = {
    "right_given_agree": "share of right answers among those on which both agree, a share",
    "closed_form": "the probability of which that is an estimate, a share",
    "off": "how far the share is from it, in its standard errors",
    "agreed": "answers on which both agree, a count",
}
SIZE = 1_000_000
CLASSES, COPIED = (2, 10, 100, 1_000), (0.1, 0.3, 0.9)
CASES = {  # accuracy, classes, copied
    **{f"right_{a}_of_{k}": (a / 100, k, 0.0) for a in (30, 70) for k in CLASSES},
    **{f"right_30_of_10_copied_{c:g}": (0.3, 10, c) for c in COPIED},
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, SIZE) for name in CASES)
    if tier == "quick":
        return (_arm("right_30_of_10", 100_000, range(2), "quick"),)
    if tier == "pilot":
        return (_arm("right_30_of_10", 100_000, range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50), "quick"),)
    return ()


def _arm(name: str, size: int, seeds: Sequence[int] = (), label: str = "") -> Arm:
    accuracy, classes, copied = CASES[name]
    settings = {"accuracy": accuracy, "classes": classes, "copied": copied, "size": size}
    return Arm(label or name, settings, tuple(seeds), seconds=0.1, megabytes=300)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    accuracy, classes, copied = settings["accuracy"], settings["classes"], settings["copied"]
    law = agreement.right_given_agree(accuracy, accuracy, classes, copied)
    for seed in seeds:
        share, count = agreement.drawn(np.random.default_rng(seed), accuracy, classes, copied, settings["size"])
        off = abs(share - law) / (law * (1 - law) / count) ** 0.5
        found = {"right_given_agree": share, "closed_form": law, "off": off, "agreed": float(count)}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=found, curves={})
