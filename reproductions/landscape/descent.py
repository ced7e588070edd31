"""Gradient descent with momentum on functions that are known whole, in the form that Keras' SGD has. NumPy alone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reproductions.landscape.net import Numbers


@dataclass(frozen=True)
class Function:
    """A function with a plateau: where it is flat, and how low it comes.

    Attributes:
        value, gradient: of points (starts, coordinates) give (starts,) and (starts, coordinates).
        plateau: the value that it stays at, shape (starts,).
        least: its minimum.
    """

    value: Callable[[Numbers], Numbers]
    gradient: Callable[[Numbers], Numbers]
    plateau: Numbers
    least: float


def times(
    function: Function, start: Numbers, rate: float, momentum: float, steps: int, depths: tuple[float, ...]
) -> Numbers:
    """Steps until a share of the plateau's height is gone, for each share, shape (depths, starts); else the budget.

    Height is the plateau's value less the minimum. A step is v ← momentum v - rate g, w ← w + v.
    """
    weights, velocity = start.copy(), np.zeros_like(start)
    levels = function.plateau - np.array(depths)[:, None] * (function.plateau - function.least)
    found = np.full(levels.shape, float(steps))
    with np.errstate(over="ignore", invalid="ignore"):  # too high a rate diverges, and never comes there
        for step in range(1, steps + 1):
            velocity = momentum * velocity - rate * function.gradient(weights)
            weights = weights + velocity
            values = function.value(weights)
            reached = values <= levels
            found = np.where(reached & (found == steps), float(step), found)
            if (found < steps).all() or not np.isfinite(values).any():
                break
    return found


def quadratic(generator: np.random.Generator, starts: int, condition: float) -> tuple[Function, Numbers]:
    """Half of x² + y² / condition, from where both terms are equal: once x is gone, y makes a plateau.

    The plateau is y's term at the start.
    """
    curvature = np.array([1.0, 1 / condition])
    start = generator.choice([-1.0, 1.0], (starts, 2)) * generator.uniform(0.5, 1.5, (starts, 1)) / np.sqrt(curvature)
    plateau = 0.5 * curvature[1] * start[:, 1] ** 2
    return Function(lambda w: 0.5 * (w * w) @ curvature, lambda w: w * curvature, plateau, 0.0), start


def saddle(generator: np.random.Generator, starts: int) -> tuple[Function, Numbers]:
    """x² - y² + y⁴, from y near 0, where it is flat at the value 0; the minimum is -1/4."""
    start = generator.standard_normal((starts, 2)) * np.array([1.0, 1e-4])

    def value(w: Numbers) -> Numbers:
        return np.asarray(w[:, 0] ** 2 - w[:, 1] ** 2 + w[:, 1] ** 4)

    def gradient(w: Numbers) -> Numbers:
        return np.stack([2 * w[:, 0], -2 * w[:, 1] + 4 * w[:, 1] ** 3], axis=1)

    return Function(value, gradient, np.zeros(starts), -0.25), start


def deep_linear(
    generator: np.random.Generator, starts: int, width: int, depth: int, scale: float
) -> tuple[Function, Numbers]:
    """Half of ‖W … W₁ - I‖² over width × width matrices that begin as scale · N(0, 1/width): flat at first."""
    start = scale * generator.standard_normal((starts, depth * width * width)) / np.sqrt(width)

    def layers(w: Numbers) -> Numbers:
        return w.reshape(len(w), depth, width, width)

    def products(w: Numbers) -> tuple[list[Numbers], list[Numbers]]:
        """What stands before and behind each layer: of k, W_{k-1} … W₁ and W_d … W_{k+1}."""
        each, one = layers(w), np.broadcast_to(np.eye(width), (len(w), width, width))
        before, behind = [one], [one]
        for k in range(depth):
            before.append(each[:, k] @ before[-1])
            behind.append(behind[-1] @ each[:, depth - 1 - k])
        return before, behind[::-1]

    def value(w: Numbers) -> Numbers:
        return np.asarray(0.5 * ((products(w)[0][-1] - np.eye(width)) ** 2).sum(axis=(1, 2)))

    def gradient(w: Numbers) -> Numbers:
        before, behind = products(w)
        residual = before[-1] - np.eye(width)
        parts = [behind[k + 1].transpose(0, 2, 1) @ residual @ before[k].transpose(0, 2, 1) for k in range(depth)]
        return np.stack(parts, axis=1).reshape(w.shape)

    return Function(value, gradient, value(start), 0.0), start
