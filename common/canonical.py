"""What decoded data sets are held to: one order, known shapes and counts, no image twice, one hash."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


def arrays_sha256(*arrays: NDArray[Any]) -> str:
    """sha256 over the type, shape and bytes of each array in turn."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)  # not a copy of its bytes: MNIST has 55 million
    return digest.hexdigest()


def canonical_order(images: Bytes, labels: Bytes) -> tuple[Bytes, Bytes]:
    """Examples (n, height, width) and (n,) sorted by the sha256 of image bytes and label."""
    pairs = zip(images, labels, strict=True)
    keys = [hashlib.sha256(image.tobytes() + label.tobytes()).digest() for image, label in pairs]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return images[order], labels[order]


def check_images(images: Bytes, labels: Bytes, side: int, peak: int, counts: tuple[int, ...]) -> None:
    """Raise ValueError unless images are (n, side, side) uint8 from 0 to peak with `counts` per digit."""
    agree("types of images and labels", f"{images.dtype} {labels.dtype}", "uint8 uint8")
    agree("shapes", (images.shape, labels.shape), ((sum(counts), side, side), (sum(counts),)))
    agree("least and greatest pixel", (int(images.min()), int(images.max())), (0, peak))
    agree("examples of each digit", tuple(np.bincount(labels, minlength=len(counts)).tolist()), counts)


def check_distinct(images: Bytes) -> None:
    """Raise ValueError if an image occurs twice. Measured: none in all of MNIST, none in the digits."""
    agree("images that repeat another", len(images) - len({image.tobytes() for image in images}), 0)


def agree(what: str, found: object, expected: object) -> None:
    """Raise ValueError unless what was found is what was expected."""
    if found != expected:
        raise ValueError(f"{what}: {found} instead of {expected}")
