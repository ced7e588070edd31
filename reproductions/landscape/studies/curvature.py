"""As a net trains and its loss falls, does a greater share of the Hessian's eigenvalues become positive?

A net of one hidden tanh layer learns ten digits from sixteen numbers an image, by minibatch SGD on the cross-entropy.
At moments of the run the loss on all its images and every eigenvalue of the exact Hessian are taken; Spearman's
correlation over these moments is what decides. The source speaks of critical points; a trajectory stands in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.statistics import rank_correlation
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.landscape import images
from reproductions.landscape.net import Problem, gradient, hessian
from reproductions.landscape.search import CUT, shares

DATASET = "images"
METRICS = {
    "correlation": "Spearman's correlation of loss and share of positive eigenvalues over the run, -1 to 1",
    "correlation_curved": "the same with the share among the eigenvalues that are not zero, -1 to 1",
    "correlation_falling": "Spearman's correlation of loss and share of negative eigenvalues over the run, -1 to 1",
    "sign_changes": "of the cuts 1e-8 and 1e-4 those at which the correlation has another sign than at 1e-6, count",
    "first_loss": "loss on all its images before training, nats",
    "last_loss": "the same after training, nats",
    "first_positive": "share of positive eigenvalues before training, 0 to 1",
    "last_positive": "the same after training, 0 to 1",
}
IMAGES, WIDTH, LARGER, BATCH = 300, 10, 40, 30
MOMENTS = (0, 1, 3, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)  # steps of SGD
QUICK_MOMENTS = (0, 3, 10, 30, 100, 300)
CUTS = (CUT, 1e-8, 1e-4)
GRID = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATES = {WIDTH: 1.0, LARGER: 3.0}  # on four pilot seeds the least loss at the end


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return _arm("net", WIDTH), _arm("larger", LARGER)
    if tier == "quick":
        return (_arm("net", WIDTH, tuple(range(3)), moments=QUICK_MOMENTS),)
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50))
        quick = [replace(arm, seeds=seeds) for arm in arms("quick")]
        ends = (0, MOMENTS[-1])
        tried = [
            _arm(f"{name}_rate_{rate:g}", width, seeds[:4], ends, rate)
            for name, width in (("net", WIDTH), ("larger", LARGER))
            for rate in GRID
        ]
        return (*quick, *tried)
    return ()


def _arm(
    name: str, width: int, seeds: tuple[int, ...] = (), moments: Sequence[int] = MOMENTS, rate: float = 0.0
) -> Arm:
    settings = {"width": width, "moments": list(moments), "rate": rate or RATES[width]}
    return Arm(name, settings, seeds, seconds=3.0 if width == WIDTH else 16.0, megabytes=700)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    moments = settings["moments"]
    for seed in seeds:
        generator = np.random.default_rng(seed)
        x, labels = images.sample(generator, IMAGES)
        problem = Problem(x, images.one_hot(labels), settings["width"], "softmax")
        weights, losses, spectra = problem.start(generator), [], []
        for step in range(moments[-1] + 1):
            if step in moments:
                loss, _, matrix = hessian(problem, weights)
                losses.append(loss)
                spectra.append(np.linalg.eigvalsh(matrix))
            rows = generator.choice(IMAGES, BATCH, replace=False)
            weights = weights - settings["rate"] * gradient(problem.batch(rows), weights)[1]
        told, positive, negative = _told(losses, spectra)
        curves = {
            "loss": list(zip(moments, losses, strict=True)),
            "positive": list(zip(moments, positive, strict=True)),
            "negative": list(zip(moments, negative, strict=True)),
        }
        yield Run(seed=seed, status="ok", steps=moments[-1], stopped=False, metrics=told, curves=curves)


def _told(
    losses: Sequence[float], spectra: Sequence[np.ndarray]
) -> tuple[dict[str, float | None], list[float], list[float]]:
    """What decides, and the shares of positive and of negative eigenvalues at each moment."""
    by_cut = [[shares(values, cut) for values in spectra] for cut in CUTS]
    positive, negative = ([pair[side] for pair in by_cut[0]] for side in (0, 1))
    curved = [p / (p + n) for p, n in by_cut[0]]
    found, *others = (rank_correlation(losses, [pair[0] for pair in pairs]) for pairs in by_cut)
    told: dict[str, float | None] = {
        "correlation": found,
        "correlation_curved": rank_correlation(losses, curved),
        "correlation_falling": rank_correlation(losses, negative),
        "sign_changes": float(sum(np.sign(other) != np.sign(found) for other in others)),
        "first_loss": losses[0],
        "last_loss": losses[-1],
        "first_positive": positive[0],
        "last_positive": positive[-1],
    }
    return told, positive, negative
