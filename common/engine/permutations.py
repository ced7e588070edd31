"""JAX's own random permutations, drawn by NumPy.

On a CPU JAX compiles a program for every number of rows, which takes as long as a small net's, and sorts five times as
slowly as NumPy does. The permutations are the same.
"""

import math

import numpy as np
from numpy.typing import NDArray

from common.engine.threefry import threefry2x32

PIECE = 2**15  # words drawn at once, which a core's cache holds
Words = NDArray[np.uint32]


def permutations(key: Words, first: int, count: int, rows: int) -> NDArray[np.int32]:
    """`jax.random.permutation(jax.random.fold_in(key, n), rows)` of `count` numbers n from `first` on, one a row."""
    found = np.empty((count, rows), np.int32)
    together = max(1, PIECE // rows)
    for start in range(0, count, together):
        numbers = np.arange(first + start, first + min(start + together, count), dtype=np.uint32)
        found[start : start + len(numbers)] = _permuted(np.stack(_drawn(*key, np.uint32(0), numbers), -1), rows)
    return found


def _permuted(keys: Words, rows: int) -> NDArray[np.int64]:
    """The permutation of each key: sorted by random words as often as JAX does, lest equal words favour an order."""
    order = np.broadcast_to(np.arange(rows), (len(keys), rows))
    places = np.arange(rows, dtype=np.uint32)
    for _ in range(math.ceil(3 * math.log(max(1, rows)) / math.log(2**32 - 1))):
        halves = _drawn(keys[:, :1], keys[:, 1:], np.uint32(0), np.arange(2, dtype=np.uint32))
        keys, drawing = np.moveaxis(np.stack(halves, -1), 1, 0)
        one, other = _drawn(drawing[:, :1], drawing[:, 1:], np.uint32(0), places)
        # Word and place in one number: none is there twice, and the fastest sort keeps the order of equal words.
        tagged = (one ^ other).astype(np.uint64) << np.uint64(32) | places
        tagged.sort(-1)
        order = np.take_along_axis(order, (tagged & np.uint64(2**32 - 1)).astype(np.int64), -1)
    return order


def _drawn(*words: Words | np.uint32) -> tuple[Words, Words]:
    """Threefry's two words of each key and counter, as arrays: NumPy warns where a scalar wraps around."""
    return threefry2x32(*(np.atleast_1d(word) for word in words))
