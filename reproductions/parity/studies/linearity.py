"""How much of an untrained net's output is an affine function of its input?

Nothing is trained: R² of the best affine fit to ten outputs of random nets, on 20 000 strings of ±1 bits and on as
many images. The weights are Glorot-uniform times a scale, biases zero. Signals are kept as changes from those of a
zero input: in a deep sigmoid net of small weights they are too small to be seen beside the signals themselves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import sqrt
from typing import Any

import numpy as np

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run

DATASET = "images"
METRICS = {
    "r_squared_depth1": "R² of the best affine fit to a net of 1 hidden layer, share of variance",
    "r_squared_depth2": "the same for 2 hidden layers, share of variance",
    "r_squared_depth4": "the same for 4 hidden layers, share of variance",
    "r_squared_depth8": "the same for 8 hidden layers, share of variance",
    "least_r_squared": "the least of these four, share of variance",
    "fall_with_depth": "by how much it falls from 1 layer to 8, share of variance",
}
EXAMPLES, OUTPUTS, BITS = 20_000, 10, 20
DEPTHS = (1, 2, 4, 8)
SCALES = (0.1, 0.5, 1.0, 2.0, 4.0)
KEPT = 1e-9  # relative variance under which a direction of the input is one that no example varies in


Change = Callable[[np.ndarray, np.ndarray], np.ndarray]  # f(z + change) - f(z), from z and change


def _tanh(z: np.ndarray, change: np.ndarray) -> np.ndarray:
    """By tanh a - tanh b = tanh(a - b) (1 - tanh a tanh b), which loses no digits of a small change."""
    return np.asarray(np.tanh(change) * (1 - np.tanh(z + change) * np.tanh(z)))


ACTIVATIONS: Mapping[str, Change] = {
    "relu": lambda z, change: np.maximum(z + change, 0) - np.maximum(z, 0),
    "tanh": _tanh,
    "sigmoid": lambda z, change: 0.5 * _tanh(0.5 * z, 0.5 * change),
}
AT_ZERO = {"relu": 0.0, "tanh": 0.0, "sigmoid": 0.5}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(inputs, activation, width, scale)
            for inputs in ("bits", "pixels")
            for width in (64, 512)
            for activation in ACTIVATIONS
            # Without biases a ReLU net only grows with the scale of its weights, so one scale stands for all.
            for scale in (SCALES if activation != "relu" else (1.0,))
        )
    if tier == "gpu":
        return ()
    seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50)) if tier == "pilot" else tuple(range(5))
    return tuple(_arm("bits", activation, 64, 1.0, seeds) for activation in ("relu", "tanh"))


def _arm(inputs: str, activation: str, width: int, scale: float, seeds: tuple[int, ...] = ()) -> Arm:
    settings = {"inputs": inputs, "activation": activation, "width": width, "scale": scale}
    seconds = 0.1 + 2e-3 * width + 7e-6 * width**2
    return Arm(f"{inputs}_{activation}_width{width}_scale{scale:g}", settings, seeds, seconds=seconds, megabytes=1500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    x = examples(settings["inputs"])
    basis = affine_basis(settings["inputs"])
    for seed in seeds:
        found = {
            depth: r_squared(basis, y)
            for depth, y in outputs(x, seed, settings["activation"], settings["width"], settings["scale"])
        }
        metrics = {f"r_squared_depth{depth}": value for depth, value in found.items()}
        metrics |= {"least_r_squared": min(found.values()), "fall_with_depth": found[1] - found[max(found)]}
        curves = {"r_squared": list(found.items())}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


@cache
def examples(inputs: str) -> np.ndarray:
    """The inputs that every seed shares, shape (20 000, 20) of ±1 or (20 000, pixels); fewer of a small data set."""
    if inputs == "bits":
        return np.random.default_rng(0).integers(0, 2, (EXAMPLES, BITS)).astype(np.float32) * 2 - 1
    split = datasets.load_images().train
    return datasets.subset(split, min(EXAMPLES, len(split.labels))).images


@cache
def affine_basis(inputs: str) -> np.ndarray:
    return orthonormal(examples(inputs)).astype(np.float32)


def orthonormal(x: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span the centred columns of x: with a constant, all affine functions of x."""
    centred = x - x.mean(axis=0, dtype=float)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    kept = variances > KEPT * variances.max()
    return np.asarray(centred @ (directions[:, kept] / np.sqrt(variances[kept])))


def r_squared(basis: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance of y, all columns together, that an affine function explains; adjusted for its size."""
    centred = y - y.mean(axis=0, dtype=float)
    whole = (centred**2).sum()
    left = whole - ((basis.T @ centred.astype(basis.dtype)) ** 2).sum()
    count, free = basis.shape
    return float(1 - left / whole * (count - 1) / (count - free - 1))


def outputs(x: np.ndarray, seed: int, activation: str, width: int, scale: float) -> Iterator[tuple[int, np.ndarray]]:
    """(depth, ten linear outputs, up to a constant) of a net read out after 1, 2, 4 and 8 of its hidden layers."""
    function = ACTIVATIONS[activation]
    change, still = x, np.zeros(x.shape[1], x.dtype)  # the signals of a zero input are `still`
    zero = np.zeros(width, x.dtype)
    for depth in range(1, max(DEPTHS) + 1):
        weights = glorot(seed, depth, len(still), width, scale)
        change = function(still @ weights, change @ weights)
        still = AT_ZERO[activation] + function(zero, still @ weights)
        if depth in DEPTHS:
            yield depth, change @ glorot(seed, -depth, width, OUTPUTS, scale)


def glorot(seed: int, layer: int, fan_in: int, fan_out: int, scale: float) -> np.ndarray:
    """Glorot & Bengio 2010, equation 16, times `scale`; `layer` is negative for a readout after that layer."""
    limit = scale * sqrt(6 / (fan_in + fan_out))
    generator = np.random.default_rng([seed, abs(layer), layer < 0])
    return generator.uniform(-limit, limit, (fan_in, fan_out)).astype(np.float32)
