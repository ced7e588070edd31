"""Does the scale of signals and gradients change by the same factor in every layer of an untrained net?

Nothing is trained: images pass forward through 50 random layers, and random gradients pass back. In double
precision, as a gain of 0.1 over 50 layers leaves the range of single precision.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log, sqrt
from typing import Any

import numpy as np

from common.statistics import r_squared, slope
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.deep_init import model

DATASET = "images"
METRICS = {
    "growth": "least slope over depth of |ln(variance of the signal over that of the images)|, away from the "
    "critical gain, nats a layer",
    "forward_slope_error": "largest relative distance of ln variance a layer from theory, a share",
    "backward_slope_error": "the same of ln squared gradient a layer, a share",
    "flat_slope": "largest slope at the critical gain, nats a layer",
    "least_r_squared": "least R² of a straight line through the logarithms, a share",
}
DEPTH, IMAGES = 50, 64
GAINS = (0.1, 0.3, 0.577, 1.0, sqrt(2), 2.0)
SMALL_SIGNAL = GAINS[:3]  # tanh and sigmoid follow their slope at the origin only here
Function = Callable[[np.ndarray], np.ndarray]


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-z)))


ACTIVATIONS: Mapping[str, tuple[Function, Function, float, tuple[float, ...]]] = {  # f, f', c, gains judged
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float), sqrt(0.5), GAINS),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, 1.0, SMALL_SIGNAL),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * _sigmoid(-z), 0.25, SMALL_SIGNAL),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, width, ()) for width in (128, 512, 1024) for name in ACTIVATIONS)
    seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50)) if tier == "pilot" else (0, 1)
    return (_arm("relu", 256, seeds),) if tier != "gpu" else ()


def _arm(activation: str, width: int, seeds: tuple[int, ...]) -> Arm:
    settings = {"activation": activation, "width": width}
    return Arm(f"{activation}_width{width}", settings, seeds, seconds=0.2 + 6e-6 * width**2, megabytes=500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    images = model.training_images(IMAGES).x.astype(float)
    for seed in seeds:
        metrics, curves = propagate(images, seed, settings["activation"], settings["width"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def propagate(
    images: np.ndarray, seed: int, activation: str, width: int
) -> tuple[dict[str, float], dict[str, list[tuple[int, float]]]]:
    """Metrics over the judged gains, and the curves of log signal and log squared gradient for every gain.

    Layer l has weights gain · N(0, 1 / fan_in) and no bias. Theory: each layer multiplies the variance of the
    pre-activations, and the squared norm of the gradient on its way back, by (gain · c)², with c² the mean of the
    squared slope of the activation at small signals.
    """
    function, derivative, constant, judged = ACTIVATIONS[activation]
    curves: dict[str, list[tuple[int, float]]] = {}
    errors: dict[str, list[float]] = {"forward": [], "backward": []}
    flat, fits, growth = [0.0], [1.0], []
    start = log(np.mean(images**2))
    weights = [_weights(seed, layer, images.shape[1] if layer == 0 else width, width) for layer in range(DEPTH)]
    for gain in GAINS:
        forward, slopes = _forward(images, weights, gain, function, derivative)
        backward = _backward(weights, slopes, gain, np.random.default_rng([seed, DEPTH]))
        theory = 2 * log(gain * constant)
        for way, logs in (("forward", forward), ("backward", backward)):
            layers = list(range(1, len(logs) + 1))
            curves[f"{way}_gain_{gain:.3g}"] = list(zip(layers, map(float, logs), strict=True))
            if gain not in judged or (activation == "sigmoid" and way == "forward"):
                continue  # a sigmoid's forward signal is its mean, which no gain sends to zero
            found = slope(layers, logs)
            if abs(theory) < 1e-9:
                flat.append(abs(found))
            else:
                errors[way].append(abs(found / theory - 1))
                fits.append(r_squared(layers, logs))
                if way == "forward":
                    growth.append(slope(layers, [abs(reached - start) for reached in logs]))
    metrics = {f"{way}_slope_error": max(found) for way, found in errors.items() if found}
    if growth:
        metrics["growth"] = min(growth)
    return metrics | {"flat_slope": max(flat), "least_r_squared": min(fits)}, curves


def _weights(seed: int, layer: int, fan_in: int, width: int) -> np.ndarray:
    return np.random.default_rng([seed, layer]).standard_normal((fan_in, width)) / sqrt(fan_in)


def _forward(
    images: np.ndarray, weights: Sequence[np.ndarray], gain: float, function: Function, derivative: Function
) -> tuple[list[float], list[np.ndarray]]:
    """Log mean square of each layer's pre-activations, and the slope of every unit there."""
    logs, slopes, signal = [], [], images
    for matrix in weights:
        before = gain * signal @ matrix
        logs.append(log(np.mean(before**2)))
        slopes.append(derivative(before))
        signal = function(before)
    return logs, slopes


def _backward(
    weights: Sequence[np.ndarray], slopes: Sequence[np.ndarray], gain: float, generator: np.random.Generator
) -> list[float]:
    """Log mean square of the gradient at each layer's pre-activations, from the last layer to the first."""
    gradient = generator.standard_normal(slopes[-1].shape) * slopes[-1]
    logs = [log(np.mean(gradient**2))]
    for layer in range(len(weights) - 1, 0, -1):
        gradient = gain * (gradient @ weights[layer].T) * slopes[layer - 1]
        logs.append(log(np.mean(gradient**2)))
    return logs
