"""A net's loss along a line through its weights, as a power series: Taylor's coefficients of any order, exact.

Taylor-mode differentiation by hand (Griewank & Walther 2008, chapter 13): every intermediate is a list of coefficients
of h^0 to h^K, of which each rule makes the next. The net has one hidden layer: logits a(x w1 + b1) w2 + b2.
"""

from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = dict[str, Array]


def along(w: Weights, d: Weights, x: Array, y: Array, order: int, unit: str) -> Array:
    """Coefficients of h^0 … h^order of the mean cross-entropy at w + h d, shape (order + 1,).

    Args:
        w, d: weights `w1`, `b1`, `w2`, `b2`, and the direction.
        x, y: inputs (n, inputs) and labels (n,).
        unit: `tanh`, or `relu`, whose series holds as far as no unit changes sides.
    """
    z = _linear([x], w["w1"], d["w1"], w["b1"], d["b1"], order)
    logits = _linear(UNITS[unit](z), w["w2"], d["w2"], w["b2"], d["b2"], order)
    top = logits[0].max(axis=1)
    total = _log([power.sum(axis=1) for power in _exp([logits[0] - top[:, None], *logits[1:]])])
    total[0] += top
    rows = np.arange(len(y))
    return np.array([(total[k] - logits[k][rows, y]).mean() for k in range(order + 1)])


def _linear(a: list[Array], w: Array, dw: Array, b: Array, db: Array, order: int) -> list[Array]:
    """(a_0 + h a_1 + …)(w + h dw) + b + h db, cut after h^order."""
    zero = np.zeros((len(a[0]), w.shape[1]))
    terms = [
        (a[k] @ w if k < len(a) else zero) + (a[k - 1] @ dw if 0 < k <= len(a) else zero) for k in range(order + 1)
    ]
    terms[0] = terms[0] + b
    if order:
        terms[1] = terms[1] + db
    return terms


def _tanh(z: list[Array]) -> list[Array]:
    """From y' = (1 - y²) z'."""
    y, slope = [np.tanh(z[0])], [1 - np.tanh(z[0]) ** 2]
    for k in range(1, len(z)):
        y.append(np.sum([j * z[j] * slope[k - j] for j in range(1, k + 1)], axis=0) / k)
        slope.append(-np.sum([y[i] * y[k - i] for i in range(k + 1)], axis=0))
    return y


def _relu(z: list[Array]) -> list[Array]:
    return [term * (z[0] > 0) for term in z]


def _exp(z: list[Array]) -> list[Array]:
    """From y' = y z'."""
    y = [np.exp(z[0])]
    for k in range(1, len(z)):
        y.append(np.sum([j * z[j] * y[k - j] for j in range(1, k + 1)], axis=0) / k)
    return y


def _log(s: list[Array]) -> list[Array]:
    """From s y' = s'."""
    y = [np.log(s[0])]
    for k in range(1, len(s)):
        y.append((s[k] - sum(j * y[j] * s[k - j] for j in range(1, k)) / k) / s[0])
    return y


UNITS = {"tanh": _tanh, "relu": _relu}


def predicted(coefficients: Array, h: float) -> Array:
    """What the orders 1 to K say of the change of the loss over a step h, shape (K,)."""
    return np.cumsum(coefficients[1:] * h ** np.arange(1, len(coefficients)))


def stencil(order: int, points: int, step: float) -> tuple[Array, Array]:
    """Where a function is to be taken, and the weights of a central finite difference for its derivative / order!."""
    places = np.arange(points) - points // 2
    unit = np.zeros(points)
    unit[order] = factorial(order)
    weights = np.linalg.solve(np.vander(places, increasing=True).T.astype(float), unit)
    return step * places, weights / (factorial(order) * step**order)
