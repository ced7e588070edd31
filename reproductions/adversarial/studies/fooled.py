"""How often does a small perturbation fool nets that were trained in the ordinary way, and how often does noise?

Softmax regression, 3-vs-7 logistic regression, ReLU nets with and without dropout, maxout and a small convolutional
net, all attacked by FGSM and by PGD-40, and met by noise and by patterns computed for other images.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from common import attacks
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, Tensor, train
from reproductions.adversarial import model

DATASET = "images"
STEPS = 3_906  # ten epochs of 50 000 images
STRIP = 5  # images of the picture
FEW_STEPS = 2_000  # of convex problems
QUICK: dict[str, Any] = {"steps": 400, "test": "validation", "tested": 2_000, "attacked": 500, "rate": 3e-3}
FULL: dict[str, Any] = {"steps": STEPS, "test": "test", "tested": 10_000, "attacked": model.ATTACKED}
RATES = {"softmax": 3e-3, "logistic_3_vs_7": 3e-3, "mlp": 3e-3, "mlp_dropout": 3e-3, "cnn": 3e-3}
"""Of each net the best of `PILOT_RATES` on two pilot seeds, by the error on validation images."""
PILOT_RATES, PILOT_STEPS = (3e-4, 1e-3, 3e-3), 600


def logistic(pixels: int) -> Any:
    """One unit; its output is the logit of class 1, beside a logit of 0 for class 0."""
    inputs = keras.Input((pixels,))
    score = keras.layers.Dense(1)(model.Draws()(inputs))
    return keras.Model(inputs, keras.layers.concatenate([keras.layers.Rescaling(0.0)(score), score]))


def maxout(pixels: int) -> Any:
    """Two layers of 240 units, each the largest of five linear pieces, as in Goodfellow et al. 2013 for MNIST."""

    def dense(count: int) -> Any:
        start, bound = keras.initializers.RandomUniform(-0.005, 0.005), keras.constraints.MaxNorm(1.9365, axis=0)
        return keras.layers.Dense(count, kernel_initializer=start, kernel_constraint=bound)

    inputs = keras.Input((pixels,))
    x = keras.layers.Dropout(0.2)(model.Draws()(inputs))
    for _ in range(2):
        pieces = keras.layers.Reshape((240, 5))(dense(1200)(x))
        x = keras.layers.Dropout(0.5)(ops.max(pieces, axis=-1))
    return keras.Model(inputs, dense(model.CLASSES)(x))


NETS: Mapping[str, Callable[[int], Any]] = {
    "softmax": lambda pixels: model.mlp(pixels, ()),
    "logistic_3_vs_7": logistic,
    "mlp": lambda pixels: model.mlp(pixels, (512, 512)),
    "mlp_dropout": lambda pixels: model.mlp(pixels, (512, 512), dropout=(0.2, 0.5)),
    "maxout": maxout,
    "cnn": model.cnn,
    "small_mlp": lambda pixels: model.mlp(pixels, (64, 64)),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    ten = tuple(range(10))
    if tier == "full":
        convex = FULL | {"steps": FEW_STEPS}
        return (
            _arm("softmax", convex, ten, seconds=4),
            _arm("logistic_3_vs_7", convex, ten, seconds=3),
            _arm("mlp", FULL | {"curve": True, "strip": True}, ten, seconds=45),
            _arm("mlp_dropout", FULL, ten, seconds=45),
            _arm("maxout", FULL | {"sgd": True, "rate": 0.1}, ten[:5], seconds=75),
            _arm("cnn", FULL, ten[:5], seconds=60),
        )
    if tier == "quick":
        return (_arm("small_mlp", QUICK, ten[:4], "_quick"),)
    if tier == "pilot":
        pilots = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        tried = QUICK | {"steps": PILOT_STEPS}
        rates = (_arm(net, tried | {"rate": r}, pilots[:2], f"_rate_{r:g}", 15) for net in RATES for r in PILOT_RATES)
        return (*(replace(arm, seeds=pilots) for arm in arms("quick")), *rates)
    return ()


def _arm(net: str, settings: Mapping[str, Any], seeds: tuple[int, ...], suffix: str = "", seconds: float = 1.0) -> Arm:
    digits = {"digits": [3, 7]} if net == "logistic_3_vs_7" else {}
    return Arm(net + suffix, {"net": net, "rate": RATES.get(net), **digits, **settings}, seeds, seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    built = model.experiment(settings, NETS[settings["net"]], model.clean_loss)
    if not settings.get("strip"):
        return built
    shown = model.evaluation(model.images(settings["test"], STRIP), strip)
    return replace(built, evaluate={**built.evaluate, "strip": shown})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for one in train(experiment(settings), seeds, lanes=lanes):
        kept = {name: value for name, value in one.metrics.items() if not name.startswith("strip_")}
        (found,) = model.finished([replace(one, metrics=kept)])
        drawn = drawing(one.metrics, model.images(settings["test"], STRIP).x) if settings.get("strip") else {}
        yield replace(found, curves={**found.curves, **(drawn if one.seed == 0 and one.status == "ok" else {})})


def strip(net: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """What a picture of the first images needs: how FGSM moves each pixel, and the answers before and after.

    The engine records numbers, so half a row of moves (down, none, up) is one number, to base 3: exact up to 14 pixels.
    """
    moved = attacks.fgsm(model.deployed(net), x, y, model.EPSILON)
    side = isqrt(x.shape[-1])
    digits = ops.reshape(ops.sign(moved - x) + 1, (STRIP, side, 2, side // 2))
    packed = ops.sum(digits * 3.0 ** np.arange(side // 2), axis=-1)
    found = {
        f"{image}_{row}_{half}": packed[image, row, half]
        for image in range(STRIP)
        for row in range(side)
        for half in range(2)
    }
    for name, inputs in (("before", x), ("after", moved)):
        scores = net(inputs, training=False)
        found |= {f"{image}_{name}": ops.argmax(scores, axis=-1)[image] for image in range(STRIP)}
        found |= {f"{image}_{name}_confidence": model.confidence(scores)[image] for image in range(STRIP)}
    return {name: ops.cast(value, "float32") for name, value in found.items()}


def drawing(metrics: Mapping[str, float | None], x: np.ndarray) -> dict[str, list[tuple[int, float]]]:
    """The numbers of `strip` as curves: each row of an image, and of where it is moved up, over the column."""
    side = isqrt(x.shape[-1])
    curves: dict[str, list[tuple[int, float]]] = {}
    for image, pixels in enumerate(x.reshape(-1, side, side)):
        for row in range(side):
            halves = [round(metrics[f"strip_{image}_{row}_{half}"] or 0.0) for half in range(2)]
            moves = [halves[c // (side // 2)] // 3 ** (c % (side // 2)) % 3 - 1 for c in range(side)]
            curves[f"strip_{image}_image_{row}"] = [(c, round(float(v), 2)) for c, v in enumerate(pixels[row]) if v]
            curves[f"strip_{image}_moves_{row}"] = [(c, float(move)) for c, move in enumerate(moves) if move >= 0]
        curves[f"strip_{image}_answers"] = [
            (round(metrics[f"strip_{image}_{name}"] or 0.0), metrics[f"strip_{image}_{name}_confidence"] or 0.0)
            for name in ("before", "after")
        ]
    return {name: points for name, points in curves.items() if points}
