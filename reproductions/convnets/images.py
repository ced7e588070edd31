"""Small pictures of digits, as they are, with their pixels exchanged or changed in sign, or moved."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from common import datasets
from common.training import Arrays

Pixels = NDArray[np.float32]
MNIST_SIDE = 28
ORDER = 1  # draws the one order of pixels, and the one sign of each, of every trial
MOVES = 5  # positions a way, from MOVES // 2 pixels up or left to as many down or right


@cache
def images(part: str, size: int, form: str = "plain") -> Arrays:
    """The first `size` images of a part in the order of their content hash, or all; read-only rows of pixels."""
    split = getattr(datasets.load_images(), part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    x = FORMS[form](pooled(chosen.images))
    x.flags.writeable = False
    return Arrays(x, chosen.labels)


def pooled(pixels: Pixels) -> Pixels:
    """Images of 28 by 28 as means of 2 by 2 pixels, shape (n, 196); smaller ones as they are."""
    if pixels.shape[1] != MNIST_SIDE**2:
        return pixels.copy()
    half = MNIST_SIDE // 2
    return np.ascontiguousarray(pixels.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(-1, half * half))


def permuted(pixels: Pixels) -> Pixels:
    """All images with their pixels in one other order, in which neighbours are no neighbours any more."""
    return np.ascontiguousarray(pixels[:, np.random.default_rng(ORDER).permutation(pixels.shape[1])])


def signed(pixels: Pixels) -> Pixels:
    """Every pixel times a sign of its own, the same in all images: a stroke looks different at every place.

    To a net whose first weights are each drawn for itself, symmetrically around zero, and not shared, nothing changes.
    """
    # NumPy 2.5 declares that this gives one number
    signs: Pixels = np.random.default_rng(ORDER).choice(np.array([-1, 1], np.float32), pixels.shape[1])  # type: ignore[assignment, unused-ignore]
    return pixels * signs


def moved(pixels: Pixels) -> Pixels:
    """Images moved by up to two pixels each way, in turn by each of the 25 moves; what is left behind is empty."""
    side, reach = round(pixels.shape[1] ** 0.5), MOVES // 2
    wide = np.pad(pixels.reshape(-1, side, side), ((0, 0), (reach, reach), (reach, reach)))
    found = np.empty((len(pixels), side, side), np.float32)
    for move in range(MOVES**2):
        down, right = divmod(move, MOVES)
        found[move :: MOVES**2] = wide[move :: MOVES**2, down : down + side, right : right + side]
    return found.reshape(pixels.shape)


FORMS: Mapping[str, Callable[[Pixels], Pixels]] = {
    "plain": lambda pixels: pixels, "permuted": permuted, "signed": signed, "moved": moved,
}  # fmt: skip
