"""How many examples a second does training get through, from batches of 1 to batches of 4 096?

Blocks of timings (`common/timing.py`) of one step of SGD, forward and backward, on random examples: a net of
784-512-512-10 ReLU units and a small convolutional net by Keras' own `train_on_batch`, and the first of them written
out in NumPy, which has next to no overhead a call.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import log2
from typing import Any

import keras
import numpy as np

from common import timing
from common.study import Arm, Tier
from common.training import Run
from reproductions.minibatches import handwritten

DATASET = "synthetic"
TIMED = True
METRICS = {
    "examples_1": "examples a second in batches of 1, count",
    "examples_8": "examples a second in batches of 8, count",
    "examples_32": "examples a second in batches of 32, count",
    "examples_128": "examples a second in batches of 128, count",
    "examples_512": "examples a second in batches of 512, count",
    "examples_4096": "examples a second in batches of 4 096, count",
    "octaves_128": "log2 of examples a second in batches of 128 over those in batches of 1, octaves",
    "share_of_peak_128": "operations a second in batches of 128 over the machine's peak, share",
    "spread_1_128": "larger third quartile over first of the rounds of batches of 1 and of 128, ratio",
    "unrest": "largest third quartile over first of a call's rounds, 1 on a quiet machine, ratio",
    "peak": "product of two matrices on this machine, operations a second",
    "bandwidth": "reading of a vector larger than caches on this machine, bytes a second",
}
BATCHES, ROUNDS, RATE = (1, 8, 32, 128, 512, 4_096), 9, 1e-3
COMPARED = ("1", "128")
SHAPES = {"mlp": (784, 512, 512, 10), "small": (64, 32, 10)}
PILOTS = range(20_000, 20_050)


def arms(tier: Tier) -> tuple[Arm, ...]:
    own: tuple[Arm, ...] = ()
    if tier in ("quick", "pilot"):
        seeds = tuple(range(2) if tier == "quick" else PILOTS)
        settings = {"net": "small_numpy", "batches": [1, 128], "rounds": 9, "least": 2e-4}
        own = (Arm("quick", settings, seeds, seconds=0.5, megabytes=700),)
    if tier in ("full", "pilot"):
        seeds = tuple(PILOTS[:24] if tier == "pilot" else ())
        return *own, *(
            Arm(name, {"net": name, "batches": list(BATCHES), "rounds": ROUNDS, "least": 2e-3}, seeds, seconds=5.0)
            for name in ("mlp_keras", "mlp_numpy", "cnn_keras")
        )
    return own


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        calls = {str(batch): step(settings["net"], batch, seed) for batch in settings["batches"]}
        found = timing.block(calls, rounds=settings["rounds"], least=settings["least"])
        metrics = {f"examples_{batch}": int(batch) / seconds for batch, seconds in found.seconds.items()}
        metrics["octaves_128"] = log2(metrics["examples_128"] / metrics["examples_1"])
        metrics["spread_1_128"] = max(found.spread[batch] for batch in COMPARED)
        metrics |= {"unrest": found.unrest, "peak": found.peak, "bandwidth": found.bandwidth}
        shape = SHAPES.get(settings["net"].partition("_")[0])
        if shape:
            metrics["share_of_peak_128"] = metrics["examples_128"] * handwritten.operations(shape) / found.peak
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def step(net: str, batch: int, seed: int) -> timing.Call:
    """One step of SGD on `batch` random examples, the same at every call."""
    kind, _, by = net.partition("_")
    generator = np.random.default_rng(seed)
    y = generator.integers(10, size=batch).astype("int32")
    if by == "numpy":
        x = generator.random((batch, SHAPES[kind][0]), np.float32)
        layers = handwritten.glorot(generator, SHAPES[kind])
        return lambda: handwritten.step(layers, x, y, RATE)
    x = generator.random((batch, 28, 28, 1) if kind == "cnn" else (batch, 784), np.float32)
    model = compiled(kind)
    return lambda: model.train_on_batch(x, y)


@cache
def compiled(kind: str) -> Any:
    """The net that all blocks of a process share: what its weights are does not matter to a clock, compiling does."""
    model = convolutional() if kind == "cnn" else dense()
    model.compile(keras.optimizers.SGD(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def dense() -> Any:
    hidden = [keras.layers.Dense(units, "relu") for units in SHAPES["mlp"][1:-1]]
    return keras.Sequential([keras.Input(SHAPES["mlp"][:1]), *hidden, keras.layers.Dense(10)])


def convolutional() -> Any:
    """8 and 16 filters of 3x3 with stride 2, and ten logits."""
    filters = [keras.layers.Conv2D(count, 3, 2, "same", activation="relu") for count in (8, 16)]
    return keras.Sequential([keras.Input((28, 28, 1)), *filters, keras.layers.Flatten(), keras.layers.Dense(10)])
