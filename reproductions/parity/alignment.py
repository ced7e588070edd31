"""What the units of a net at chance have in common with the parity: all that its gradient can climb.

The derivative of a unit's correlation with the parity by its bias is E[1(w·x + b > 0) χ(x)], with x uniform in
{-1, 1}^n and χ(x) the product of its bits (for untrained nets: "initial gradient alignment", Abbe, Cornacchia, Hązła &
Kougang-Yombi 2025). Keras is imported late.
"""

import math
from typing import Any

import numpy as np

STEP, REACH = 0.05, 8.0  # of the integral below, in units of one over a unit's root mean square weight


def correlations(kernel: Any, bias: Any) -> Any:
    """|E[1(w·x + b > 0) χ(x)]| of each unit, shape (units,), from a kernel (n, units) and a bias (units,).

    By Fourier's inversion it is the integral over t > 0 of cos(t b) ∏ sin(t w_i) / (π t), with sin(t b) in place of the
    cosine at even n. The integrand is a sum of waves no shorter than 2π / Σ|w_i|, so the midpoint rule at a twentieth
    of 1/rms is exact but for its end: waves beyond t = 8/rms are left out. They matter to units whose weights are of
    unequal size; for the largest correlation of a net that trained for a while they change nothing.
    """
    from keras import ops

    size = ops.sqrt(ops.mean(ops.square(kernel), axis=0))
    points = np.arange(STEP / 2, REACH, STEP, dtype="float32")[:, None]
    product = ops.prod(ops.sin(points[:, :, None] * (kernel / size)[None]), axis=1)
    wave = ops.cos if kernel.shape[0] % 2 else ops.sin
    return ops.abs(ops.sum(product * wave(points * (bias / size)) / points, axis=0)) * (STEP / math.pi)
