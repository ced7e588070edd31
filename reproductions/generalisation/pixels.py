"""Images of digits as nets take them, and by what their answers are judged."""

from functools import cache
from typing import Any

import numpy as np
from keras import ops

from common import datasets
from common.training import Arrays

CLASSES, MNIST_SIDE = 10, 28


@cache
def images(part: str, size: int, *, halved: bool = False) -> Arrays:
    """The first `size` images of a part in the order of their content hash, or all where there are fewer.

    Args:
        halved: images of 28 by 28 as means of 2 by 2 pixels, (n, 196); smaller ones stay as they are.
    """
    split = getattr(datasets.load_images(), part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    x = chosen.images
    if halved and x.shape[1] == MNIST_SIDE**2:
        half = MNIST_SIDE // 2
        x = np.ascontiguousarray(x.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(-1, half * half))
        x.flags.writeable = False
    return Arrays(x, chosen.labels)


def whole_batches(data: Arrays, most: int = 1000) -> tuple[int, int]:
    """How many examples to look at, and how many at a time: all, or those that fill batches of `most`."""
    batch = min(most, len(data.y))
    return len(data.y) // batch * batch, batch


def surprise(logits: Any, y: Any) -> Any:
    """-log p(label), in nats, for each example: logits (..., n, classes) and labels (n,) to (..., n)."""
    told = ops.one_hot(y, logits.shape[-1], dtype=logits.dtype)
    return ops.logsumexp(logits, axis=-1) - ops.sum(logits * told, axis=-1)


def right(scores: Any, y: Any) -> Any:
    """1 where the label has the greatest score, else 0: (..., n, classes) and (n,) to (..., n)."""
    return ops.cast(ops.cast(ops.argmax(scores, axis=-1), "int32") == ops.cast(y, "int32"), "float32")


def percent_wrong(scores: Any, y: Any) -> Any:
    """Share of the labels that do not have the greatest score, in per cent, over all leading axes too."""
    return 100 * (1 - ops.mean(right(scores, y)))
