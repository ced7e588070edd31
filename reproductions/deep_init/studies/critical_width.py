"""At which width does 0.02·randn keep the scale of a signal, and is that where theory puts it?

Nothing is trained. Theory: a layer of n inputs multiplies the scale of a small signal by 0.02·sqrt(n) for tanh and by
0.02·sqrt(n/2) for ReLU, so by one at widths 2500 and 5000. Wide nets take no part in training here, so this carries
the map of initial scales beyond them.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, log, sqrt
from typing import Any

import numpy as np

from common.statistics import slope
from common.study import Arm, Tier
from common.training import Run
from reproductions.deep_init import model

DATASET = "images"
METRICS = {
    "gain_error": "largest relative distance of a layer's gain from theory from 500 units on, a share",
    "critical_width": "width at which the line of gains is one, units",
    "critical_width_error": "its relative distance from theory, a share",
}
DEVIATION, IMAGES, LAYERS = 0.02, 32, 8
SMALL = 1e-3  # inputs are divided by a thousand, so that tanh keeps its slope at the origin
WIDTHS = (100, 200, 500, 1_000, 2_500, 5_000)
JUDGED = 500  # below, chance moves the gain of a single net by several per cent (Hanin & Rolnick 2018)
CONSTANTS = {"tanh": 1.0, "relu": sqrt(0.5)}


def arms(tier: Tier) -> tuple[Arm, ...]:
    return tuple(_arm(name) for name in CONSTANTS) if tier == "full" else ()


def _arm(activation: str) -> Arm:
    seconds = 1.2e-8 * sum(LAYERS * width**2 for width in WIDTHS)
    return Arm(activation, {"activation": activation, "widths": list(WIDTHS)}, seconds=seconds, megabytes=700)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    images = model.training_images(IMAGES).x * np.float32(SMALL)
    for seed in seeds:
        gains = {width: gain(images, seed, settings["activation"], width) for width in settings["widths"]}
        curves = {"gain": sorted(gains.items())}
        metrics = compared(gains, CONSTANTS[settings["activation"]])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def gain(images: np.ndarray, seed: int, activation: str, width: int) -> float:
    """The factor by which each of the layers after the first multiplies the root mean square of the signal."""
    generator = np.random.default_rng([seed, width])
    signal, logs = images, []
    for _ in range(LAYERS):
        weights = generator.standard_normal((signal.shape[1], width), np.float32)
        before = signal @ weights * np.float32(DEVIATION)
        logs.append(log(float(np.sqrt(np.mean(np.square(before, dtype=float))))))
        signal = np.tanh(before) if activation == "tanh" else np.maximum(before, 0)
    return exp(slope(range(LAYERS), logs))


def compared(gains: Mapping[int, float], constant: float) -> dict[str, float]:
    """Largest relative distance to theory from 500 units on, and that of the width where the line of gains is one."""
    wide = {width: found for width, found in gains.items() if width >= JUDGED}
    error = max(abs(gained / (DEVIATION * constant * sqrt(width)) - 1) for width, gained in wide.items())
    mean = sum(log(gained) - log(width) / 2 for width, gained in wide.items()) / len(wide)
    critical = 1 / (DEVIATION * constant) ** 2
    return {
        "gain_error": error,
        "critical_width": exp(-2 * mean),
        "critical_width_error": abs(exp(-2 * mean) / critical - 1),
    }
