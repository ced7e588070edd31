"""Convolutions that are as fast inside a compiled loop on a CPU as outside, or faster.

XLA's fast convolution there takes one order of axes: (batch, positions, channels), with kernels (window, channels in,
channels out). It transposes other orders into that one, but only outside loops. Gradients come in other orders, and
inside a loop, where the engine trains, they take 30 times as long. So the transposition is written out here.

Some are faster still as sums over the few positions of a window:

- one channel a group (grey images, depthwise layers): products, one after the other, in one vector loop;
- the gradient with respect to the input, and transposed convolutions: every input position times the whole kernel,
  added up where it belongs. No padding or dilation is multiplied, and no patch cut out.

Groups of several channels, as `vmap` makes of seeds with a kernel each, go one after the other: XLA's own way with
groups is slow everywhere.
"""

from functools import partial
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from common.engine.lowering import Formula, in_one_piece, prefer

FEW = 64  # positions of a window: each is written out
Shape = tuple[int, ...]


class Geometry(NamedTuple):
    """The settings of `lax.conv_general_dilated` that sums over a window need, each with a number an axis."""

    window: Shape
    results: Shape  # positions of the output
    strides: Shape
    padding: tuple[tuple[int, int], ...]
    spread: Shape  # of the input: 1 + the zeros between neighbours
    dilation: Shape  # of the kernel
    dtype: Any  # of the output

    @classmethod
    def of(cls, inputs: Any, kernel: Any, settings: dict[str, Any]) -> "Geometry":
        strides, padding = settings["window_strides"], settings["padding"]
        spread, dilation = settings["lhs_dilation"], settings["rhs_dilation"]
        window = kernel.shape[:-2]
        results = tuple(
            ((length - 1) * apart + sum(zeros) - (size - 1) * step) // stride + 1
            for length, apart, zeros, size, step, stride in zip(
                inputs.shape[1:-1], spread, padding, window, dilation, strides, strict=True
            )
        )
        dtype = settings["preferred_element_type"] or inputs.dtype
        return cls(window, results, strides, padding, spread, dilation, dtype)


def choose(inputs: Any, kernel: Any, **settings: Any) -> Formula | None:
    """How to compute `lax.conv_general_dilated` of such arrays; a formula may call it again. None: as JAX does."""
    spatial = inputs.ndim - 2
    known = all(isinstance(length, int) and length > 0 for length in (*inputs.shape, *kernel.shape))
    if not known or not 1 <= spatial <= 3 or not jnp.issubdtype(inputs.dtype, jnp.floating):
        return None
    if settings["dimension_numbers"] != order(spatial):
        return partial(in_order, settings)
    if min(length for lengths in settings["padding"] for length in lengths) < 0:
        return partial(cropped, settings)
    geometry = Geometry.of(inputs, kernel, settings)
    features, batches = settings["feature_group_count"], settings["batch_group_count"]
    few = prod(geometry.window) <= FEW
    channels, filters = kernel.shape[-2:]
    if channels == batches == 1 and max(geometry.spread) == 1 and few:
        return partial(in_one_piece, partial(multiplied, geometry))
    if batches == inputs.shape[0] == filters > 1 and max(geometry.spread) == 1 and prod(geometry.results) <= FEW:
        return partial(correlated, geometry)
    if features > 1 or batches > 1:
        return partial(group_by_group, settings)
    before, after = prod(inputs.shape[1:-1]), prod(geometry.results)
    smaller = before <= after and before * filters < after * channels
    if (smaller or prod(geometry.window) == 1) and max(geometry.strides) == 1 and few:
        return partial(scattered, geometry)
    return None


def order(spatial: int) -> lax.ConvDimensionNumbers:
    """XLA's: (batch, positions, channels), and kernels (window, channels in, channels out)."""
    positions = range(1, spatial + 1)
    data, window = (0, spatial + 1, *positions), (spatial + 1, spatial, *range(spatial))
    return lax.ConvDimensionNumbers(data, window, data)


def in_order(settings: dict[str, Any], inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """Any order of axes by way of XLA's."""
    batch, channels, *positions = settings["dimension_numbers"].lhs_spec
    filters, entering, *window = settings["dimension_numbers"].rhs_spec
    first, last, *between = settings["dimension_numbers"].out_spec
    changed = settings | {"dimension_numbers": order(len(positions))}
    inputs, kernel = inputs.transpose(batch, *positions, channels), kernel.transpose(*window, entering, filters)
    return lax.conv_general_dilated(inputs, kernel, **changed).transpose(np.argsort((first, *between, last)))


def cropped(settings: dict[str, Any], inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """Negative padding, where XLA's fast convolution reads memory that is not its own, as a cut beforehand."""
    cuts = [
        (min(low, 0), min(high, 0), apart - 1)
        for (low, high), apart in zip(settings["padding"], settings["lhs_dilation"], strict=True)
    ]
    padding = tuple((max(low, 0), max(high, 0)) for low, high in settings["padding"])
    inputs = lax.pad(inputs, jnp.zeros((), inputs.dtype), [(0, 0, 0), *cuts, (0, 0, 0)])
    changed = settings | {"padding": padding, "lhs_dilation": (1,) * len(cuts)}
    return lax.conv_general_dilated(inputs, kernel, **changed)


def group_by_group(settings: dict[str, Any], inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """The groups are the slow part of the channels, or of the batch, and always of the filters."""
    features, batches = settings["feature_group_count"], settings["batch_group_count"]
    groups = max(features, batches)
    axis = -1 if features > 1 else 0
    alone = partial(lax.conv_general_dilated, **settings | {"feature_group_count": 1, "batch_group_count": 1})
    apart = groups_first(inputs, axis, groups), groups_first(kernel, -1, groups)
    results = jnp.moveaxis(lax.map(lambda pair: alone(*pair), apart), 0, -2)
    return results.reshape(*results.shape[:-2], -1)


def groups_first(values: jax.Array, axis: int, groups: int) -> jax.Array:
    axis %= values.ndim
    shape = *values.shape[:axis], groups, -1, *values.shape[axis + 1 :]
    return jnp.moveaxis(values.reshape(shape), axis, 0)


def multiplied(geometry: Geometry, inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """One channel a group: what lies under each position of the window, times its weights."""
    groups, wide = inputs.shape[-1], jnp.promote_types(geometry.dtype, jnp.float32)
    padded = with_zeros(geometry, inputs)
    weights = kernel.reshape(*geometry.window, groups, -1)
    total = jnp.zeros((), wide)
    for place in np.ndindex(geometry.window):
        start = [at * step for at, step in zip(place, geometry.dilation, strict=True)]
        under = window_of(padded, start, geometry.results, geometry.strides)
        total = total + under[..., None].astype(wide) * weights[place].astype(wide)
    return total.reshape(*total.shape[:-2], -1).astype(geometry.dtype)


def correlated(geometry: Geometry, inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """The gradient of `multiplied` with respect to a kernel: groups lie along the batch, one example each."""
    wide = jnp.promote_types(geometry.dtype, jnp.float32)
    padded = with_zeros(geometry, inputs)
    sums = []
    for place in np.ndindex(geometry.results):
        start = [at * step for at, step in zip(place, geometry.strides, strict=True)]
        under = jnp.moveaxis(window_of(padded, start, geometry.window, geometry.dilation), 0, -1)
        sums.append((under.astype(wide) * kernel.astype(wide)).sum(range(kernel.ndim - 1)))
    return jnp.stack(sums).reshape(1, *geometry.results, -1).astype(geometry.dtype)


def with_zeros(geometry: Geometry, inputs: jax.Array) -> jax.Array:
    moves = [(0, 0, 0), *((*zeros, 0) for zeros in geometry.padding), (0, 0, 0)]
    return lax.pad(inputs, jnp.zeros((), inputs.dtype), moves)


def window_of(padded: jax.Array, start: list[int], lengths: Shape, steps: Shape) -> jax.Array:
    """So many positions of every axis between the first and the last, one every so many steps."""
    ends = [at + (length - 1) * step + 1 for at, length, step in zip(start, lengths, steps, strict=True)]
    return lax.slice(padded, (0, *start, 0), (len(padded), *ends, padded.shape[-1]), (1, *steps, 1))


def scattered(geometry: Geometry, inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """Stride 1: each input position times the weights of one position of the window, moved to where that adds them."""
    wide = jnp.promote_types(geometry.dtype, jnp.float32)
    total = jnp.zeros((), wide)
    for place in np.ndindex(geometry.window):
        part = jnp.matmul(inputs, kernel[place], preferred_element_type=wide)
        moves = []
        for axis, at in enumerate(place):
            low = geometry.padding[axis][0] - at * geometry.dilation[axis]
            length = (inputs.shape[1 + axis] - 1) * geometry.spread[axis] + 1
            moves.append((low, geometry.results[axis] - length - low, geometry.spread[axis] - 1))
        total = total + lax.pad(part, jnp.zeros((), wide), [(0, 0, 0), *moves, (0, 0, 0)])
    return total.astype(geometry.dtype)


def install() -> None:
    """From now on programs compiled for the CPU in this process convolve as above."""
    prefer(lax.conv_general_dilated_p, choose)
