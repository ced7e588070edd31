"""How does the covariance of a minibatch's gradient fall with the size of the minibatch?

At fixed weights, those that a small tanh net starts from, 200 minibatches of each size are drawn from 6000 training
pictures, with replacement, and of the largest size without it as well. The trace of the covariance is the mean squared
distance of their gradients from the full one, which is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.statistics import slope
from common.study import Arm, Tier
from common.training import Run
from reproductions.gradients import pixels
from reproductions.gradients.series import Array

DATASET = "images"
METRICS = {
    "trace_1": "trace of the covariance of the gradient of one picture, squared norm of all weights",
    "trace_128": "trace of the covariance of the gradient of 128 pictures, squared norm of all weights",
    "ratio": "trace at 1 over trace at 128, ratio",
    "slope": "slope of log trace over log size of the batch, log-log",
    "without_over_law": "trace without replacement at the largest batch over what the finite population gives, ratio",
    "offset": "squared distance of the mean gradient of batches of 128 from the full one over what is expected, ratio",
}
SIZES = (1, 4, 16, 64, 128, 256, 1024, 4096)
BATCHES, PICTURES = 200, 6000


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("all", SIZES),)
    seeds = {"quick": range(2), "pilot": range(20_000, 20_050)}
    return (_arm("two", (1, 128), tuple(seeds[tier])),) if tier in seeds else ()


def _arm(name: str, sizes: Sequence[int], seeds: tuple[int, ...] = ()) -> Arm:
    return Arm(name, {"sizes": list(sizes)}, seeds, seconds=0.1 * len(sizes), megabytes=400)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    x, y = (part[:PICTURES] for part in pixels.pictures("train"))
    sizes = [size for size in settings["sizes"] if size < len(y)]
    for seed in seeds:
        generator = np.random.default_rng(seed)
        w = pixels.weights(generator, x.shape[1], "tanh")
        each = pixels.per_example(w, x, y, "tanh").astype(np.float32)
        full = each.mean(axis=0, dtype=float)
        means = {size: gradients(each, size, generator, replace=True) for size in sizes}
        traces = {size: trace(found, full) for size, found in means.items()}
        apart = trace(gradients(each, sizes[-1], generator, replace=False), full)
        law = traces[1] / sizes[-1] * (len(y) - sizes[-1]) / (len(y) - 1)
        off = float(((means[128].mean(axis=0) - full) ** 2).sum())
        metrics = {
            "trace_1": traces[1],
            "trace_128": traces[128],
            "ratio": traces[1] / traces[128],
            "slope": slope(np.log(sizes), np.log(list(traces.values()))),
            "without_over_law": apart / law,
            "offset": off / (traces[128] / BATCHES),
        }
        curves = {"trace": list(traces.items())}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def gradients(each: Array, size: int, generator: np.random.Generator, *, replace: bool) -> Array:
    """The gradients of so many minibatches, from those of each example: (BATCHES, weights)."""
    n = len(each)
    if replace:
        rows = generator.integers(n, size=(BATCHES, size))
    else:
        rows = np.argpartition(generator.random((BATCHES, n), np.float32), size, axis=1)[:, :size]
    places = (rows + n * np.arange(BATCHES)[:, None]).ravel()
    counts = np.bincount(places, minlength=BATCHES * n).reshape(BATCHES, n).astype(np.float32)
    return (counts @ each).astype(float) / size


def trace(found: Array, full: Array) -> float:
    """The mean squared distance from the full gradient."""
    return float(((found - full) ** 2).sum(axis=1).mean())
