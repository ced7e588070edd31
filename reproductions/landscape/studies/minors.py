"""Do the directions of a real net's loss curve up independently of each other?

At random weights of a net of one hidden tanh layer, the exact Hessian of its cross-entropy on images of digits; of it
the rows and columns of n weights chosen at random. P(n) is the share of such choices that curve up in all directions,
p that of single weights that do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import Arm, Tier
from common.training import Run
from reproductions.landscape import images, orthogonal
from reproductions.landscape.net import Problem, hessian

DATASET = "images"
METRICS = {
    "p": "share of single weights along which the loss curves up, 0 to 1",
    "largest_ratio": "largest of P(n) / p^n for n = 2 to 6, ratio",
    "ratio3": "P(3) / p³, ratio",
    "p6": "share of choices of six weights with positive eigenvalues alone, 0 to 1",
}
IMAGES, WIDTH = 300, 10
STARTS, CHOICES = 10, 4_000
SIZES = range(2, 7)


def arms(tier: Tier) -> tuple[Arm, ...]:
    settings = {"width": WIDTH, "images": IMAGES, "starts": STARTS, "choices": CHOICES}
    return (Arm("net", settings, seconds=1.5, megabytes=700),) if tier == "full" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        x, labels = images.sample(generator, settings["images"])
        problem = Problem(x, images.one_hot(labels), settings["width"], "softmax")
        single, found = [], dict.fromkeys(SIZES, 0.0)
        for _ in range(settings["starts"]):
            _, _, matrix = hessian(problem, problem.start(generator))
            single.append(float((np.diagonal(matrix) > 0).mean()))
            order = generator.random((settings["choices"], len(matrix))).argsort(axis=1)
            for n in SIZES:
                rows = order[:, :n]
                batch = matrix[rows[:, :, None], rows[:, None, :]]
                found[n] += float(orthogonal.positive(batch).mean()) / settings["starts"]
        p = float(np.mean(single))
        metrics = {
            "p": p,
            "largest_ratio": max(share / p**n for n, share in found.items()),
            "ratio3": found[3] / p**3,
            "p6": found[6],
        }
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
