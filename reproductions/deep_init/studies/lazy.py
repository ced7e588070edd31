"""Is 0.02·randn usually enough, whatever the depth, the width and the kind of net?

Each arm is one architecture, trained for 800 steps on 10 000 images from 0.02·randn and from scaled weights (1/sqrt(n)
for tanh, sqrt(2/n) for ReLU, Keras' own for the LSTM), with the same seeds and order of data. What counts is the test
error from the lazy weights, held against that of softmax regression and that from the scaled ones. Each has the best
rate of `GRID` on pilot seeds, the nets at width 300; those of 20 layers take that of 10.
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
METRICS = {
    "lazy_test_error": "wrong labels among 10 000 test images from weights of 0.02·randn, per cent",
    "scaled_test_error": "the same from scaled weights, per cent",
    "lazy_over_scaled": "test error from lazy weights over that from scaled ones, a ratio",
    "lazy_validation_error": "wrong labels among the validation images from 0.02·randn, per cent",
    "scaled_validation_error": "the same from scaled weights, per cent",
    "lazy_over_scaled_validation": "validation error from lazy weights over that from scaled ones, a ratio",
}
IMAGES, BATCH, STEPS = 10_000, 64, 800
LAZY = "std_0.02"
SCALED = {"relu": "he", "tanh": "scale_1"}
SHAPES = {100: (1, 2, 3, 5, 10, 20), 300: (1, 2, 3, 5, 10, 20), 1000: (1, 2, 3, 5)}  # width to depths
OTHERS = ("cnn", "lstm")
PILOT_WIDTH = 300
PILOTED = (1, 2, 3, 5, 10)  # depths
QUICK_STEPS = 300
GRID = (0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0)
FURTHER = {"lstm": (4.0,)}
RATES = {  # lazy, scaled; from lazy weights ten layers learn at no rate
    "relu_depth1": (0.5, 1.0),
    "relu_depth2": (0.5, 0.5),
    "relu_depth3": (0.5, 0.5),
    "relu_depth5": (0.5, 0.2),
    "relu_depth10": (0.03, 0.2),
    "tanh_depth1": (0.5, 0.5),
    "tanh_depth2": (0.5, 0.5),
    "tanh_depth3": (0.2, 0.2),
    "tanh_depth5": (0.5, 0.2),
    "tanh_depth10": (0.03, 0.2),
    "cnn": (0.5, 0.5),
    "lstm": (2.0, 1.0),
    "softmax": (0.2,),  # from lazy weights; where it starts does not matter much to it
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        cells = [(a, depth, width) for a in SCALED for width, depths in SHAPES.items() for depth in depths]
        return (*(_arm(*cell) for cell in cells), *(_arm(kind, 0, 0) for kind in (*OTHERS, "softmax")))
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        cells = [(a, depth, PILOT_WIDTH) for a in SCALED for depth in PILOTED]
        cells += [(kind, 0, 0) for kind in (*OTHERS, "softmax")]
        return (*_quick(seeds), *(_arm(*cell, seeds[:2], rate) for cell in cells for rate in grid(cell[0])))
    return ()


def grid(kind: str) -> tuple[float, ...]:
    """The rates among which pilots choose."""
    return (*GRID, *FURTHER.get(kind, ()))


def _arm(kind: str, depth: int, width: int, seeds: Sequence[int] = (), tried: float | None = None) -> Arm:
    group = f"{kind}_depth{depth}" if depth else kind
    chosen = RATES[f"{kind}_depth{min(depth, PILOTED[-1])}" if depth else kind]
    rates = {name: tried or rate for name, rate in zip(("lazy", "scaled"), chosen, strict=False)}
    name = (f"{group}_width{width}" if depth else group) + ("" if tried is None else f"_rate_{tried:g}")
    settings = {"kind": kind, "depth": depth, "width": width, "images": IMAGES, "steps": STEPS, "rates": rates}
    settings["held_out"] = nets.JUDGED if tried is None else nets.TUNED
    flops = 384 * (784 * width + (depth - 1) * width**2) if depth else {"softmax": 1e6}.get(kind, 8e8)
    seconds = len(rates) * STEPS * (0.1e-3 * (depth + 1) + flops / 4.2e10) + 1
    return Arm(name, settings, tuple(seeds), lanes=4 if width == 100 else 1, seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    """One shape that 0.02 serves, and one that it does not, by the same rate."""
    shape = {
        "kind": "relu",
        "images": 2_000,
        "held_out": {"validation": 1_000},
        "steps": QUICK_STEPS,
        "rates": {"lazy": 0.2, "scaled": 0.2},
    }
    shallow, deep = {**shape, "depth": 1, "width": 64}, {**shape, "depth": 5, "width": 64}
    arms = (("quick_depth1", shallow), ("quick_depth5", deep))
    return tuple(Arm(name, settings, tuple(seeds), lanes=4, seconds=0.4) for name, settings in arms)


def experiment(settings: Mapping[str, Any], weights: str = "lazy") -> Experiment:
    kind, steps = settings["kind"], settings["steps"]
    depth = 0 if kind == "softmax" else settings["depth"] or 1
    shape = {"depth": depth, "width": settings["width"] or 1, "images": settings["images"]}
    init = SCALED.get(kind, "he") if weights == "scaled" else LAZY
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
            metrics |= {f"{weights}_{part}_error": trial.metrics.get(f"{part}_error") for part in settings["held_out"]}
        for part, name in (("test", "lazy_over_scaled"), ("validation", "lazy_over_scaled_validation")):
            lazy, scaled = metrics.get(f"lazy_{part}_error"), metrics.get(f"scaled_{part}_error")
            if lazy is not None and scaled:
                metrics[name] = lazy / scaled
        yield nets.together(seed, runs, metrics)
