"""Images of digits at a coarser grain, so that first layers and kernels stay cheap."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from common import datasets
from common.training import Arrays

CLASSES = 10
MNIST_SIDE = 28


@cache
def images(part: str, size: int, side: int) -> Arrays:
    """The first `size` images of a part, or all where there are fewer, in `side` by `side` means of blocks of pixels.

    Digits of 8 by 8, where they stand in for MNIST, are left as they are.
    """
    split = getattr(datasets.load_images(), part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    x, y = pooled(chosen.images, side), chosen.labels.copy()
    x.flags.writeable = y.flags.writeable = False
    return Arrays(x, y)


def pooled(pixels: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Rows of MNIST's pixels as means of blocks, shape (n, side * side); `side` divides 28."""
    if pixels.shape[1] != MNIST_SIDE**2:
        return pixels.copy()
    block = MNIST_SIDE // side
    means = pixels.reshape(-1, side, block, side, block).mean(axis=(2, 4))
    return np.ascontiguousarray(means.reshape(len(pixels), -1), dtype=np.float32)
