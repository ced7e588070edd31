"""Of how many of 1000 images of threes and sevens does a Gaussian SVM make support vectors?

An easy task beside those of `support_vectors`, tuned on the same grid. The images are those of MNIST; each trial
draws its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common import datasets
from common.study import Arm, Tier
from common.training import Run
from reproductions.expressivity.machines import Part
from reproductions.expressivity.studies import support_vectors

DATASET = "images"
METRICS = {
    "share": "training cases that are support vectors of the tuned machine, share",
    "least_share": "the same of the machine that has fewest, of those of the grid without an error in training, share",
    "fitting": "machines of the grid without an error in training, share",
    "seen_accuracy": "training cases that the tuned machine tells rightly, share",
    "test_accuracy": "unseen cases that the tuned machine tells rightly, share of the tests",
    "nearest_accuracy": "unseen cases that have the label of their nearest training case, share of the tests",
    "width": "gamma of the tuned machine times inputs and their variance, a number",
    "cost": "C of the tuned machine, a number",
}
SIZE, HELD_OUT, PAIR = 1_000, 500, (3, 7)


def arms(tier: Tier) -> tuple[Arm, ...]:
    return (Arm("threes_sevens", {"judged": "test"}, seconds=15.0, megabytes=600),) if tier == "full" else ()


def drawn(part: str, size: int, generator: np.random.Generator) -> Part:
    """`size` of the part's threes and sevens, or all where there are fewer, in random order, labelled ±1."""
    split = getattr(datasets.load_images(), part)
    chosen = generator.permutation(np.flatnonzero(np.isin(split.labels, PAIR)))[:size]
    return split.images[chosen].astype(np.float64), np.where(split.labels[chosen] == PAIR[0], 1.0, -1.0)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        x, y = drawn("train", SIZE + HELD_OUT, generator)
        seen, validation = (x[:SIZE], y[:SIZE]), (x[SIZE:], y[SIZE:])
        metrics = support_vectors.measured(seen, validation, drawn(settings["judged"], HELD_OUT, generator))
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
