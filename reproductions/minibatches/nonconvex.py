"""SAG on a net of eight tanh units, where a whole gradient must be kept for each example. NumPy alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reproductions.minibatches.convex import odd_digits

HIDDEN, CELLS, RATE, STRENGTH = 8, 4, 0.2, 1e-2


def coarse(x: np.ndarray) -> np.ndarray:
    """Rows of square images as means over a grid of four by four cells, shape (n, 16)."""
    side = int(len(x[0]) ** 0.5)
    step = side // CELLS
    return np.asarray(x.reshape(-1, CELLS, step, CELLS, step).mean(axis=(2, 4)).reshape(len(x), -1))


def gradients(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of each example's logistic loss, without the penalty, shape (n, weights); w holds (d, 8), then (8,)."""
    first, last = w[:-HIDDEN].reshape(-1, HIDDEN), w[-HIDDEN:]
    hidden = np.tanh(x @ first)
    slopes = -y / (1 + np.exp(y * (hidden @ last)))
    back = (slopes[:, None] * last) * (1 - hidden**2)
    return np.concatenate([(x[:, :, None] * back[:, None, :]).reshape(len(x), -1), slopes[:, None] * hidden], axis=1)


def descent(seed: int, settings: Mapping[str, Any]) -> tuple[list[tuple[float, float]], int, dict[str, float]]:
    """(passes, squared norm of the full gradient) after each pass, the steps, and what SAG asked for and kept."""
    drawn = odd_digits(seed, settings["examples"])
    x, y, n = coarse(drawn.x), drawn.y, len(drawn.y)
    x = (x - x.mean(axis=0)) / x.std(axis=0).clip(1e-3) / x.shape[1] ** 0.5
    generator = np.random.default_rng([seed, 1])
    w = generator.standard_normal(x.shape[1] * HIDDEN + HIDDEN) / 2
    table, total = np.zeros((n, len(w))), np.zeros(len(w))
    seen, points, asked = np.zeros(n, dtype=bool), [], 0
    steps = settings["passes"] * n
    for t, i in enumerate(generator.integers(n, size=steps).tolist(), start=1):
        seen[i] = True
        (gradient,) = found = gradients(w, x[i : i + 1], y[i : i + 1])
        asked += len(found)
        total += gradient - table[i]
        table[i] = gradient
        w = (1 - RATE * STRENGTH) * w - RATE * total / (seen.sum() if t < 20 * n else n)
        if t % n == 0:
            full = gradients(w, x, y).mean(axis=0) + STRENGTH * w
            points.append((t / n, float(full @ full)))
    counted = {"gradients_per_step": asked / steps, "numbers_per_example": table.size / n}
    return points, steps, {**counted, "last": points[-1][1]}
