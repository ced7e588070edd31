"""Does a net learn better from log(1 + x) of inputs that vary by orders of magnitude?

Eight inputs x = exp(σ z), z standard normal; of `sparse` nine in ten are 0 instead. The target is z1 z2 + sin(2 z3) +
z4, of `sparse` the same of log(1 + x), standardised; of `linear` the sum of the standardised x. Examples are drawn
afresh. Each is given to one hidden layer of 32 ReLU units as it is (`raw`), standardised (less its mean, over its
deviation), as log(1 + x), as that standardised, or by its rank, standardised: means and deviations are those of the
distribution. Plain SGD on squared error, each arm at a rate of its own, the best of its grid on pilot seeds by the
error of fresh examples. The error is in units of the targets' variance: 1 is answering their mean.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import exp, sqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train
from reproductions.inputs import model

DATASET = "synthetic"
METRICS = {
    "test_error": "squared error on fresh examples at the end, in units of their targets' variance",
    "train_loss": "mean squared error since the look before, in units of the targets' variance about",
}
DIMENSIONS, WIDTH, BATCH, STEPS, SIZE = 8, 32, 64, 2_000, 8_192
FILLED = 0.1  # the share of inputs of `sparse` that are not 0
CASES = {  # sigma, and what the target is made of
    "lognormal_0.03": (0.03, "log"),
    "lognormal_0.1": (0.1, "log"),
    "lognormal_1": (1.0, "log"),
    "lognormal_2": (2.0, "log"),
    "lognormal_4": (4.0, "log"),
    "linear_2": (2.0, "linear"),
    "sparse_2": (2.0, "sparse"),
}
FORMS = ("standardised", "log1p_standardised")
ARMS = (*((c, f) for c in CASES for f in FORMS), *(("lognormal_2", f) for f in ("raw", "log1p", "rank")))
GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
WIDE = ("lognormal_0.03", "lognormal_0.1", "lognormal_1", "lognormal_2_rank")
"""Arms, by how their names begin, whose best rate lay at the end of the grid, so that a higher one was tried."""
RATES = {
    "lognormal_0.03_standardised": 0.3, "lognormal_0.03_log1p_standardised": 0.3, "lognormal_0.1_standardised": 0.1,
    "lognormal_0.1_log1p_standardised": 0.3, "lognormal_1_standardised": 0.1, "lognormal_1_log1p_standardised": 0.3,
    "lognormal_2_standardised": 0.01, "lognormal_2_log1p_standardised": 0.1, "lognormal_4_standardised": 0.01,
    "lognormal_4_log1p_standardised": 0.1, "linear_2_standardised": 0.01, "linear_2_log1p_standardised": 0.1,
    "sparse_2_standardised": 0.01, "sparse_2_log1p_standardised": 0.03, "lognormal_2_raw": 1e-3,
    "lognormal_2_log1p": 0.03, "lognormal_2_rank": 0.3,
}  # fmt: skip
PILOTS = 3


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(case, form, RATES[f"{case}_{form}"]) for case, form in ARMS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((c, f, r) for c, f in ARMS for r in grid(f"{c}_{f}"))
        return (*_quick(seeds), *(_arm(c, f, r, seeds[:PILOTS], f"{c}_{f}_rate_{r:g}") for c, f, r in tried))
    return ()


def grid(name: str) -> tuple[float, ...]:
    """The rates that pilots of an arm try."""
    if name == "lognormal_2_raw":
        return (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
    return (*GRID, 1.0) if name.startswith(WIDE) else GRID


def _arm(case: str, form: str, tried: float, seeds: Sequence[int] = (), label: str = "", steps: int = STEPS) -> Arm:
    settings = {"case": case, "form": form, "rate": tried, "steps": steps}
    return Arm(label or f"{case}_{form}", settings, tuple(seeds), lanes=4, seconds=0.15 * steps / STEPS)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    return (_arm("lognormal_2", FORMS[1], RATES[f"lognormal_2_{FORMS[1]}"], seeds, "quick", steps=500),)


@cache
def moments(sigma: float, kind: str) -> tuple[float, float, float, float]:
    """Mean and deviation of x, and of log(1 + x)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    filled = FILLED if kind == "sparse" else 1.0
    logs = np.log1p(np.exp(sigma * nodes))
    first, second = filled * float(weights @ logs), filled * float(weights @ logs**2)
    mean, square = filled * exp(sigma**2 / 2), filled * exp(2 * sigma**2)
    return mean, sqrt(square - mean**2), first, sqrt(second - first**2)


def draw(case: str, form: str) -> Callable[[Any, int], tuple[Any, Any]]:
    """What `Stream` draws: (count, 8) inputs in that form, and (count,) targets."""
    sigma, kind = CASES[case]
    mean, deviation, log_mean, log_deviation = moments(sigma, kind)

    def drawn(seeds: Any, count: int) -> tuple[Any, Any]:
        z = keras.random.normal((count, DIMENSIONS), seed=seeds)
        x = ops.exp(sigma * z)
        if kind == "sparse":
            x = ops.where(keras.random.uniform((count, DIMENSIONS), seed=seeds) < FILLED, x, 0.0)
        logs = (ops.log1p(x) - log_mean) / log_deviation
        standard = (x - mean) / deviation
        seen = {"raw": x, "standardised": standard, "log1p": ops.log1p(x), "log1p_standardised": logs}
        seen["rank"] = sqrt(12) * (0.5 * (1 + ops.erf(z / sqrt(2))) - 0.5)
        return seen[form], target({"log": z, "linear": standard, "sparse": logs}[kind], kind)

    return drawn


def target(of: Any, kind: str) -> Any:
    if kind == "linear":
        return ops.sum(of, axis=1) / sqrt(DIMENSIONS)
    return (of[:, 0] * of[:, 1] + ops.sin(2 * of[:, 2]) + of[:, 3]) / sqrt(2.5)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    fresh = Stream(draw(settings["case"], settings["form"]))
    return Experiment(
        build_model=lambda hyper: model.regressor(DIMENSIONS, WIDTH),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=model.squared,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={"test": Evaluation(fresh, model.relative, SIZE, SIZE)},
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
