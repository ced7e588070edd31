"""A program that computes a sine, its derivative by hand, and the automatic one of the backend that Keras uses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from common.gradients import input_gradient

SMALLEST = 0.001
"""The slide's program ends at the first term that is no larger."""


def sine(x: Any) -> Any:
    """Taylor's series of the sine, added up until a term is small: how long the loop runs depends on x."""
    total = term = x
    number = 0
    while abs(term) > SMALLEST:
        number += 1
        term = -term * x * x / ((2 * number) * (2 * number + 1))
        total = total + term
    return total


def sine_slope(x: float, *, terms: int | None = None) -> float:
    """The derivative of that program by hand, and of its first `terms` terms: Σ (-1)^k x^2k / (2k)!."""
    total = term = 1.0
    power, number = x, 0  # the loop's own term, which decides when it ends
    while abs(power) > SMALLEST:
        number += 1
        power *= -x * x / ((2 * number) * (2 * number + 1))
        term *= -x * x / ((2 * number - 1) * (2 * number))
        total += term if terms is None or number < terms else 0.0
    return total


def derivative(function: Callable[[Any], Any], x: float) -> float:
    """The automatic derivative of a function of one number, in double precision."""
    with double():
        return float(input_gradient(function, ops.convert_to_tensor(x, dtype="float64")))


@contextmanager
def double() -> Iterator[None]:
    """Double precision, which JAX has only where it is asked for."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    if hasattr(jax, "enable_x64"):
        with jax.enable_x64(True):
            yield
    else:  # before JAX 0.8
        with jax.experimental.enable_x64():
            yield
