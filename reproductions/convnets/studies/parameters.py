"""How many weights has a layer of 32x32x30 units on 5x5x3 pixels each, with weights of their own and with shared ones?

Exact: the layers are built on a picture of 32x32x3, and their weights are counted. Nothing is trained.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.convnets.layers import LocallyConnected2D

DATASET = "synthetic"
METRICS = {
    "units": "units of either layer, a count",
    "unshared_weights": "weights of the layer that does not share them, a count",
    "shared_weights": "weights of the one that does, a count",
    "unshared_biased": "weights and biases of the layer that shares neither, a count",
    "shared_biased": "weights and biases of the one that shares both, a count",
}
PICTURE, WINDOW, FILTERS = (32, 32, 3), 5, 30


def arms(tier: Tier) -> tuple[Arm, ...]:
    settings = {"picture": list(PICTURE), "window": WINDOW, "filters": FILTERS}
    seeds = {"quick": (0,), "pilot": (2 * PILOT_SEEDS,)}.get(tier, ())
    return (Arm("layers", settings, seeds, seconds=0.5),) if tier != "gpu" else ()


def counts(picture: Sequence[int], window: int, filters: int) -> dict[str, float]:
    found: dict[str, float] = {}
    entry = keras.Input(tuple(picture))
    for name, layer in {"unshared": LocallyConnected2D, "shared": keras.layers.Conv2D}.items():
        for what, biased in {"weights": False, "biased": True}.items():
            made = layer(filters, window, padding="same", use_bias=biased)
            found["units"] = prod(made(entry).shape[1:])
            found[f"{name}_{what}"] = made.count_params()
    return found


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        metrics = counts(settings["picture"], settings["window"], settings["filters"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
