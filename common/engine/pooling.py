"""Pooling on a CPU in a few vector loops, where XLA's own goes through the windows number by number.

Each position of a window is a strided slice of the input, and whole slices are compared or added. The gradient of a
maximum goes to the first of equal ones, as in XLA; extremes and their gradients are the same bits.
"""

from functools import partial, reduce
from math import inf, prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from common.engine.lowering import Formula, prefer

FEW = 25  # positions of a window: each is written out
Shape = tuple[int, ...]
Padding = tuple[tuple[int, int], ...]


def reduced(
    combine: Any,
    neutral: float,
    values: Any,
    *,
    window_dimensions: Shape,
    window_strides: Shape,
    padding: Padding,
    base_dilation: Shape,
    window_dilation: Shape,
    **_: Any,
) -> Formula | None:
    """Sums or extremes of windows."""
    if not _pays(values, window_dimensions, base_dilation, window_dilation):
        return None

    def formula(values: jax.Array) -> jax.Array:
        return reduce(combine, _slices(_padded(values, neutral, padding), window_dimensions, window_strides))

    return formula


def gathered(
    tangents: Any,
    values: Any,
    *,
    select_prim: Any,
    window_dimensions: Shape,
    window_strides: Shape,
    padding: Padding,
    base_dilation: Shape,
    window_dilation: Shape,
    **_: Any,
) -> Formula | None:
    """From each window the tangent of its extreme."""
    if not _pays(values, window_dimensions, base_dilation, window_dilation):
        return None

    def formula(tangents: jax.Array, values: jax.Array) -> jax.Array:
        neutral = _neutral(select_prim)
        cut = partial(_slices, window=window_dimensions, strides=window_strides)
        pairs = zip(cut(_padded(values, neutral, padding)), cut(_padded(tangents, 0.0, padding)), strict=True)
        best, chosen = jnp.array(neutral, values.dtype), jnp.zeros((), tangents.dtype)
        for value, tangent in pairs:
            stays = select_prim.bind(*jnp.broadcast_arrays(best, value))
            best, chosen = jnp.where(stays, best, value), jnp.where(stays, chosen, tangent)
        return chosen

    return formula


def scattered(
    gradients: Any,
    values: Any,
    *,
    select_prim: Any,
    window_dimensions: Shape,
    window_strides: Shape,
    padding: Padding,
    **_: Any,
) -> Formula | None:
    """To each window's extreme its gradient, where no two windows overlap."""
    window = window_dimensions
    if window != window_strides or not _pays(values, window):
        return None

    def formula(gradients: jax.Array, values: jax.Array) -> jax.Array:
        around = _padded(values, _neutral(select_prim), padding)
        first, *others = _slices(around, window, window)
        best, winner = first, jnp.zeros(first.shape, jnp.int8)
        for number, value in enumerate(others, 1):
            stays = select_prim.bind(best, value)
            best, winner = jnp.where(stays, best, value), jnp.where(stays, winner, jnp.int8(number))
        # Two axes for each: which window, and where in it.
        within = np.arange(prod(window), dtype=np.int8).reshape([n for size in window for n in (1, size)])
        winner, gradients = (jnp.expand_dims(a, range(1, 2 * a.ndim, 2)) for a in (winner, gradients))
        found = jnp.where(winner == within, gradients, jnp.zeros((), gradients.dtype))
        found = found.reshape([count * size for count, size in zip(first.shape, window, strict=True)])
        # Cut off what was padded, and fill up what no window reached.
        rest = [
            (-low, length + low - known, 0)
            for (low, _), length, known in zip(padding, values.shape, found.shape, strict=True)
        ]
        return lax.pad(found, jnp.zeros((), found.dtype), rest)

    return formula


def _pays(values: Any, window: Shape, *dilations: Shape) -> bool:
    known = all(isinstance(length, int) for length in values.shape)
    dense = all(max(dilation) == 1 for dilation in dilations)
    return known and dense and prod(window) <= FEW and jnp.issubdtype(values.dtype, jnp.floating)


def _neutral(select: Any) -> float:
    return -inf if select is lax.ge_p else inf


def _padded(values: jax.Array, outside: float, padding: Padding) -> jax.Array:
    return lax.pad(values, jnp.array(outside, values.dtype), [(*lengths, 0) for lengths in padding])


def _slices(values: jax.Array, window: Shape, strides: Shape) -> list[jax.Array]:
    """What lies at each position of the windows, in the order of the positions."""
    last = [
        (length - size) // stride * stride for length, size, stride in zip(values.shape, window, strides, strict=True)
    ]
    return [
        lax.slice(values, place, [at + end + 1 for at, end in zip(place, last, strict=True)], strides)
        for place in np.ndindex(window)
    ]


def install() -> None:
    """From now on programs compiled for the CPU in this process pool as above."""
    prefer(lax.reduce_window_sum_p, partial(reduced, lax.add, 0.0))
    prefer(lax.reduce_window_max_p, partial(reduced, lax.max, -inf))
    prefer(lax.reduce_window_min_p, partial(reduced, lax.min, inf))
    prefer(lax.select_and_gather_add_p, gathered)
    prefer(lax.select_and_scatter_add_p, scattered)
