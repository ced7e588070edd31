"""What a picture of attacked digits needs, as numbers and as curves of a few points."""

from collections.abc import Iterator, Mapping, Sequence
from math import isqrt
from typing import Any

import numpy as np
from keras import ops

from common import attacks
from reproductions.adversarial.measures import confidence
from reproductions.adversarial.model import EPSILON, Tensor, deployed

STRIP = 5  # images of the picture
GROUP = 4  # neighbouring pixels that share a point of a curve
GREYS = 16
KINDS = {"image": GREYS, "moves": 3}  # to the base of their packed numbers


def strip(net: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """How FGSM moves each pixel of the first images, and the answers before and after.

    The engine records numbers, so half a row of moves (down, none, up) is one number, to base 3: exact up to 14 pixels.
    """
    predict = deployed(net)
    moved = attacks.fgsm(predict, x, y, EPSILON)
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
        scores = predict(inputs)
        found |= {f"{image}_{name}": ops.argmax(scores, axis=-1)[image] for image in range(STRIP)}
        found |= {f"{image}_{name}_confidence": confidence(scores)[image] for image in range(STRIP)}
    return {name: ops.cast(value, "float32") for name, value in found.items()}


def drawing(metrics: Mapping[str, float | None], x: np.ndarray) -> dict[str, list[tuple[int, float]]]:
    """The numbers of `strip` as curves, and the images `x` (5, pixels) in 16 greys beside them.

    `strip_i_image_r`, `strip_i_moves_r`: row r of image i, groups of four pixels. `strip_i_answers`: the label and its
    confidence before and after. Nothing where the numbers are missing, as those of a diverged seed are.
    """
    side = isqrt(x.shape[-1])
    if any(metrics.get(f"strip_{image}_{row}_1") is None for image in range(STRIP) for row in range(side)):
        return {}
    curves: dict[str, list[tuple[int, float]]] = {}
    for image, pixels in enumerate(x.reshape(-1, side, side)):
        for row in range(side):
            halves = [round(metrics[f"strip_{image}_{row}_{half}"] or 0.0) for half in range(2)]
            moves = [halves[c // (side // 2)] // 3 ** (c % (side // 2)) % 3 for c in range(side)]
            greys = [round(float(v) * (GREYS - 1)) for v in pixels[row]]
            for kind, values in (("image", greys), ("moves", moves)):
                curves[f"strip_{image}_{kind}_{row}"] = list(enumerate(_packed(values, KINDS[kind])))
        curves[f"strip_{image}_answers"] = [
            (round(metrics[f"strip_{image}_{name}"] or 0.0), metrics[f"strip_{image}_{name}_confidence"] or 0.0)
            for name in ("before", "after")
        ]
    return curves


def _packed(values: Sequence[int], base: int) -> Iterator[float]:
    for start in range(0, len(values), GROUP):
        yield float(sum(value * base**place for place, value in enumerate(values[start : start + GROUP])))
