"""Is 0.02·randn usually enough, whatever the depth, the width and the kind of net?

Each arm is one architecture, trained for 800 steps on 10 000 images from 0.02·randn and from scaled weights (1/sqrt(n)
for tanh, sqrt(2/n) for ReLU, Keras' own for the LSTM), with the same seeds and order of data. What counts is the test
error from the lazy weights over that from the scaled ones. Each has the best of three rates on pilot seeds, at width
300 and 1, 3 and 10 layers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import model, nets

DATASET = "images"
IMAGES, BATCH, STEPS, SEEDS = 10_000, 64, 800, 8
LAZY = "std_0.02"
SCALED = {"relu": "he", "tanh": "scale_1"}
SHAPES = {100: (1, 2, 3, 5, 10, 20), 300: (1, 2, 3, 5, 10, 20), 1000: (1, 2, 3, 5)}  # width to depths
OTHERS = ("cnn", "lstm")
PILOT_WIDTH = 300
PILOTED = {0: 0, 1: 1, 2: 3, 3: 3, 5: 10, 10: 10, 20: 10}  # depth to the one whose rates it takes
QUICK_STEPS = 300
GRID = (0.03, 0.2, 1.0)
RATES = {  # lazy, scaled; the middle one where none learned
    "relu_depth1": (1.0, 1.0),
    "relu_depth3": (0.2, 0.2),
    "relu_depth10": (0.2, 0.03),
    "tanh_depth1": (0.2, 0.2),
    "tanh_depth3": (0.2, 0.2),
    "tanh_depth10": (0.2, 0.03),
    "cnn": (0.2, 0.2),
    "lstm": (1.0, 1.0),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        cells = [(a, depth, width) for a in SCALED for width, depths in SHAPES.items() for depth in depths]
        grid = [_arm(*cell, range(SEEDS)) for cell in cells]
        return (*grid, *(_arm(kind, 0, 0, range(SEEDS)) for kind in OTHERS))
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        cells = [(a, depth, PILOT_WIDTH) for a in SCALED for depth in (1, 3, 10)]
        cells += [(kind, 0, 0) for kind in OTHERS]
        return (*_quick(seeds), *(_arm(*cell, seeds[:2], tried) for cell in cells for tried in GRID))
    return ()


def _arm(kind: str, depth: int, width: int, seeds: Sequence[int], tried: float | None = None) -> Arm:
    group = f"{kind}_depth{depth}" if depth else kind
    piloted = f"{kind}_depth{PILOTED[depth]}" if depth else kind
    lazy, scaled = RATES[piloted] if tried is None else (tried, tried)
    name = (f"{group}_width{width}" if depth else group) + ("" if tried is None else f"_rate_{tried:g}")
    steps = STEPS if tried is None else STEPS // 2
    settings = {"kind": kind, "depth": depth, "width": width, "images": IMAGES, "held_out": 10_000, "steps": steps}
    flops = 384 * (784 * width + (depth - 1) * width**2) if depth else 8e8
    seconds = 2 * steps * (0.1e-3 * (depth + 1) + flops / 9e10) + 1
    lanes = min(4, len(seeds)) if width == 100 else 1
    return Arm(name, {**settings, "rates": {"lazy": lazy, "scaled": scaled}}, tuple(seeds), lanes, seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    """One shape that 0.02 serves, and one that it does not, by the same rate."""
    shape = {
        "kind": "relu",
        "images": 2_000,
        "held_out": 2_000,
        "steps": QUICK_STEPS,
        "rates": {"lazy": 0.2, "scaled": 0.2},
    }
    shallow, deep = {**shape, "depth": 1, "width": 64}, {**shape, "depth": 5, "width": 64}
    arms = (("quick_depth1", shallow), ("quick_depth5", deep))
    return tuple(Arm(name, settings, tuple(seeds), lanes=4, seconds=0.4) for name, settings in arms)


def experiment(settings: Mapping[str, Any], weights: str = "lazy") -> Experiment:
    kind, steps = settings["kind"], settings["steps"]
    shape = {"depth": settings["depth"] or 1, "width": settings["width"] or 1, "images": settings["images"]}
    init = LAZY if weights == "lazy" else SCALED.get(kind, "he")
    shape |= {"activation": "tanh" if kind == "tanh" else "relu", "init": init, "rate": settings["rates"][weights]}
    shape |= {"batch": BATCH, "steps": steps, "every": steps}
    plain = nets.experiment(shape, evaluate=nets.held_out(settings["held_out"]))
    if kind not in OTHERS:
        return plain
    side, lazy = int(datasets.load_images().train.images.shape[1] ** 0.5), keras.initializers.RandomNormal(stddev=0.02)
    if kind == "cnn":
        init = lazy if weights == "lazy" else keras.initializers.HeNormal()
        return replace(plain, build_model=lambda hyper: nets.convolutional(side, "relu", init))
    inits = (lazy, lazy) if weights == "lazy" else ("glorot_uniform", "orthogonal")
    return replace(plain, build_model=lambda hyper: recurrent(side, *inits))


def recurrent(side: int, init: Any, loop: Any) -> Any:
    """64 LSTM units that read an image row by row, forget bias 1 (Keras' default), ten logits."""
    inputs = keras.Input((side * side,))
    rows = keras.layers.Reshape((side, side))(inputs)
    x = keras.layers.LSTM(64, kernel_initializer=init, recurrent_initializer=loop)(rows)
    return keras.Model(inputs, keras.layers.Dense(model.CLASSES, kernel_initializer=init)(x))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    experiments = {weights: experiment(settings, weights) for weights in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        metrics: dict[str, float | None] = {}
        for weights, trial in runs.items():
            metrics |= {
                f"{weights}_{part}_error": trial.metrics.get(f"{part}_error") for part in ("test", "validation")
            }
        lazy, scaled = metrics["lazy_test_error"], metrics["scaled_test_error"]
        if lazy is not None and scaled:
            metrics["lazy_over_scaled"] = lazy / scaled
        yield nets.together(seed, runs, metrics)
