"""Does less gradient pass through a saturated unit than through others of its layer, and what does that do to a net?

Nothing is trained. Weights of five hidden layers are Glorot's times a scale from 0.5 to 10; the gradient is that of
the cross-entropy on 256 images with their labels. In `all` every layer is scaled, which also makes each layer pass on
more on the way back, so that only units of one net can be compared; in `first` only the first layer is. In `biases` the
weights stay as they are, and a bias of as much, with a random sign for each unit, saturates. A sigmoid or tanh counts
as saturated beyond 95 % of the way from its middle to its ends, a ReLU where it is at zero.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import exp, log, log10
from typing import Any

import numpy as np

from common.statistics import rank_correlation
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.deep_init import model, nets

DATASET = "images"
METRICS = {
    "saturated_ratio": "mean |dL/dz| over saturated units over that of the others of their layer, the "
    "geometric mean over layers and nets, a ratio",
    "rank_correlation": "Spearman's, of the saturated share with the gradient at layer 1 over the nets, a number",
    "most_saturated": "largest share of saturated units, a share",
}
DEPTH, WIDTH, IMAGES = 5, 256, 256
SCALES = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.5, 10.0)
Function = Callable[[np.ndarray], np.ndarray]
ACTIVATIONS: Mapping[str, tuple[Function, Function, Function]] = {  # of z: f; of f(z): its slope, and saturated or not
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda f: f * (1 - f), lambda f: np.abs(2 * f - 1) > 0.95),
    "tanh": (np.tanh, lambda f: 1 - f**2, lambda f: np.abs(f) > 0.95),
    "relu": (lambda z: np.maximum(z, 0), lambda f: (f > 0).astype(float), lambda f: f <= 0),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(kind, what, ()) for kind in ACTIVATIONS for what in ("all", "first", "biases"))
    seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50) if tier == "pilot" else range(4)
    return (_arm("sigmoid", "all", seeds),) if tier != "gpu" else ()


def _arm(activation: str, scaled: str, seeds: Sequence[int]) -> Arm:
    settings = {"activation": activation, "scaled": scaled}
    return Arm(f"{activation}_{scaled}", settings, tuple(seeds), seconds=0.3, megabytes=500)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    data = model.training_images(IMAGES)
    images, labels = data.x.astype(float), data.y
    for seed in seeds:
        cells = [passed_back(images, labels, seed, settings["activation"], settings["scaled"], s) for s in SCALES]
        shares, logs = [share for share, _, _ in cells], [log10(gradient) for _, gradient, _ in cells]
        metrics = {"rank_correlation": rank_correlation(shares, logs), "most_saturated": max(shares)}
        ratios = [ratio for _, _, of_layers in cells for ratio in of_layers]
        if ratios:
            metrics["saturated_ratio"] = geometric_mean(ratios)
        points = {"saturated": list(enumerate(shares)), "log10_gradient": list(enumerate(logs))}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=points)


def geometric_mean(ratios: Sequence[float]) -> float:
    return exp(sum(map(log, ratios)) / len(ratios)) if min(ratios) > 0 else 0.0


def passed_back(
    images: np.ndarray, labels: np.ndarray, seed: int, activation: str, scaled: str, scale: float
) -> tuple[float, float, list[float]]:
    """What saturates in one net, and what passes back.

    Returns: the share of saturated units over all layers and images; the root mean square of the gradient at layer 1;
    and of each layer that has both kinds the mean size of the gradient over its saturated units by that over others.
    Gradients are with respect to the pre-activations, an image at a time, in double precision.
    """
    function, slope, saturated = ACTIVATIONS[activation]
    generator = np.random.default_rng(seed)
    fans = [images.shape[1], *[WIDTH] * DEPTH, model.CLASSES]
    weights = [generator.uniform(-1, 1, (m, n)) * 3**0.5 * nets.deviation("glorot", m, n) for m, n in pairwise(fans)]
    if scaled != "biases":
        weights = [scale * w if scaled == "all" or not layer else w for layer, w in enumerate(weights)]
    biases = generator.choice((-1.0, 1.0), (DEPTH, WIDTH)) * (scale if scaled == "biases" else 0.0)
    signals = [images]
    for matrix, bias in zip(weights, biases, strict=False):
        signals.append(function(signals[-1] @ matrix + bias))
    logits = signals[-1] @ weights[-1]
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    gradient = chances / chances.sum(axis=1, keepdims=True) - np.eye(model.CLASSES)[labels]
    ratios = []
    for matrix, signal in zip(reversed(weights[1:]), reversed(signals[1:]), strict=True):
        gradient = gradient @ matrix.T * slope(signal)
        flat, size = saturated(signal), np.abs(gradient)
        if flat.any() and not flat.all():
            ratios.append(float(size[flat].mean() / size[~flat].mean()))
    share = float(np.mean([saturated(signal) for signal in signals[1:]]))
    return share, float(np.sqrt(np.mean(gradient**2))), ratios
