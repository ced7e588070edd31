"""The linear pieces of a net of ReLU units along a line, counted exactly, up to rounding. No Keras."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Layers = Sequence[tuple[Array, Array]]
"""Kernel (inputs, units) and bias (units,) of each layer; ReLU between them, the last one linear with one unit."""

SAME = 1e-9  # slopes that differ by less of their largest terms are one, and so are places by less of their size


def pieces(layers: Layers) -> int:
    """In how many linear pieces a net of one input falls over the whole line.

    From layer to layer it keeps the places where some unit's slope changes, and between them each unit as an affine
    function of the input. With whole multiples of powers of two as weights, no step rounds.
    """
    edges, slopes, offsets = np.empty(0), np.ones((1, 1)), np.zeros((1, 1))
    *hidden, (output, _) = layers
    for kernel, bias in hidden:
        edges, slopes, offsets = _rectified(edges, slopes @ kernel, offsets @ kernel + bias)
    largest = (np.abs(slopes) @ np.abs(output)).max()  # of which rounding is a share, also where terms cancel
    return 1 + int(np.sum(np.abs(np.diff(slopes @ output, axis=0)) > SAME * largest))


def _rectified(edges: Array, slopes: Array, offsets: Array) -> tuple[Array, Array, Array]:
    """Edges (pieces - 1,), and slopes and offsets (pieces, units), after a ReLU."""
    apart = SAME * (1 + np.abs(edges))  # a unit that only sees units which turn off at an edge has its zero there, too
    after, before = np.concatenate([[-np.inf], edges + apart]), np.concatenate([edges - apart, [np.inf]])
    with np.errstate(divide="ignore", invalid="ignore"):
        zeros = -offsets / slopes
        inside = (slopes != 0) & (zeros > after[:, None]) & (zeros < before[:, None])
    finer = np.unique(np.concatenate([edges, zeros[inside]]))
    if len(finer):
        within = np.concatenate([[finer[0] - 1], (finer[:-1] + finer[1:]) / 2, [finer[-1] + 1]])
    else:
        within = np.zeros(1)
    old = np.searchsorted(edges, within)
    on = slopes[old] * within[:, None] + offsets[old] > 0
    return finer, slopes[old] * on, offsets[old] * on


def tent(layers: int) -> Layers:
    """The tent map 2 relu(x) - 4 relu(x - 1/2), composed with itself, two units a layer (Telgarsky 2016).

    On [0, 1] it goes up and down between 0 and 1 in 2**layers pieces.
    """
    first = np.array([[1.0, 1.0]]), np.array([0.0, -0.5])
    again = np.array([[2.0, 2.0], [-4.0, -4.0]]), np.array([0.0, -0.5])
    return [first, *[again] * (layers - 1), (np.array([[2.0], [-4.0]]), np.zeros(1))]


def random_net(widths: Sequence[int], inputs: int, generator: np.random.Generator) -> Layers:
    """A fresh net of He weights without biases, along a random line through its space of inputs."""
    sizes = [inputs, *widths, 1]
    kernels = [generator.normal(0, np.sqrt(2 / a), (a, b)) for a, b in pairwise(sizes)]
    start, way = generator.normal(size=(2, inputs))
    first = (way @ kernels[0])[None, :], start @ kernels[0]
    return [first, *((kernel, np.zeros(kernel.shape[1])) for kernel in kernels[1:])]


def one_layer(kinks: Array, generator: np.random.Generator) -> Layers:
    """One hidden layer with a unit for each kink: one piece more than it has units."""
    slopes = generator.choice([-1.0, 1.0], len(kinks))
    return [
        (slopes[None, :], -slopes * kinks),  # type: ignore[list-item, unused-ignore]  # NumPy 2.5: `choice` gives int64
        (generator.uniform(0.5, 1.5, (len(kinks), 1)), np.zeros(1)),
    ]
