"""How much of the parity can an untrained unit see, for each first layer that `initialisation` trains?

Exact, nothing is trained: the Fourier coefficient of single units on the full parity, with a bias of one root mean
square weight (at an odd number of bits no unit without a bias sees anything) and divided by that size.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run, key_words
from reproductions.parity import model
from reproductions.parity.step_zero import signal

DATASET = "synthetic"
METRICS = {
    "median_signal": "size of a unit's coefficient on the parity over its r.m.s. weight, median of 64 units, ratio",
    "largest_signal": "the same, largest of 64 units, ratio",
    "root_mean_square_signal": "the same, root mean square of 64 units, ratio",
}
BITS = 31
UNITS = 64  # a seed
DOSES = (0.1, 0.2, 0.3, 0.5)  # Gaussian noise on ±1/sqrt(n), relative to it
LAYERS = ("rademacher", "glorot", "normal_002", "normal_unit", "equal")
SMALLER = (7, 11, 15, 19, 23, 27)  # bits, for Glorot weights: how fast the signal goes


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "full" and tier != "pilot":
        return ()
    seeds = (PILOT_SEEDS,) if tier == "pilot" else ()
    layers = [_arm(name, name, BITS, 0.0, seeds) for name in LAYERS]
    doses = [_arm(f"rademacher_noise_{dose:g}", "rademacher", BITS, dose, seeds) for dose in DOSES]
    return (*layers, *doses, *(_arm(f"glorot_n{n}", "glorot", n, 0.0, seeds) for n in SMALLER))


def _arm(name: str, init: str, n: int, noise: float, seeds: tuple[int, ...]) -> Arm:
    settings = {"init": init, "n": n, "noise": noise, "units": UNITS}
    return Arm(name, settings, seeds, seconds=UNITS * 2 ** (n / 2) * 3e-7 + 0.5, megabytes=400)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        found = np.abs([signal(w, size) / size for w, size in _units(settings, seed)])
        metrics = {"median_signal": float(np.median(found)), "largest_signal": float(found.max())}
        metrics["root_mean_square_signal"] = float(np.sqrt((found**2).mean()))
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def _units(settings: Mapping[str, Any], seed: int) -> Iterator[tuple[np.ndarray, float]]:
    """Weights (n,) of each unit, drawn by the initialiser that is trained elsewhere, and their root mean square."""
    initializer = model.first_layer(settings["init"], settings["n"], settings["noise"])["kernel_initializer"]
    if hasattr(initializer, "seed"):
        initializer.seed = key_words(seed, "init")[0] >> 1  # a Keras seed is an int32
    kernel = ops.convert_to_numpy(initializer((settings["n"], settings["units"]), dtype="float32")).astype(float)
    for weights in kernel.T:
        yield weights, float(np.sqrt((weights**2).mean()))
