"""From files of a data set to arrays of bytes, as they are published. Checks of content, but for hashes, stand here.

TensorFlow, which TFDS needs, and scikit-learn are imported only to decode.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from common.canonical import Bytes, canonical_order, check_distinct, check_images
from common.noise import sifted

MNIST_TRAIN_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)  # of the digits 0 to 9
MNIST_TEST_COUNTS = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
DIGITS_COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)
POLARITY_FILES = ("rt-polarity.pos", "rt-polarity.neg")


def from_sklearn(_: Path) -> tuple[Bytes, ...]:
    with quiet():
        from sklearn.datasets import load_digits
    raw = load_digits()
    images, labels = raw.images.astype(np.uint8), raw.target.astype(np.uint8)
    check_images(images, labels, 8, 16, DIGITS_COUNTS)
    check_distinct(images)
    images, labels = canonical_order(images, labels)
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def from_tfds(folder: Path) -> tuple[Bytes, ...]:
    with quiet():
        import tensorflow_datasets as tfds

        builder = tfds.builder_from_directory(str(folder))  # reads that folder and nothing else
        found = tfds.as_numpy(builder.as_dataset(batch_size=-1))
    parts = [found[split] for split in ("train", "validation", "test") if split in found]
    if "text" in parts[0]:
        return tuple(np.frombuffer(part["text"][0], dtype=np.uint8) for part in parts)
    arrays: list[Bytes] = []
    for part, counts in zip(parts, (MNIST_TRAIN_COUNTS, MNIST_TEST_COUNTS), strict=True):
        images, labels = part["image"][..., 0], part["label"].astype(np.uint8)
        check_images(images, labels, 28, 255, counts)
        arrays += canonical_order(images, labels)
    check_distinct(np.concatenate(arrays[::2]))
    return tuple(arrays)


def from_polarity(folder: Path) -> tuple[Bytes, ...]:
    """The files as they are: their lines end in \\n alone, which cannot be told from their bytes as text."""
    return tuple(np.fromfile(folder / name, np.uint8) for name in POLARITY_FILES)


def from_cache(file: Path) -> tuple[Bytes, ...]:
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as archive:
        if sum(entry.file_size for entry in archive.zip.infolist()) > file.stat().st_size:
            raise ValueError("it claims to hold more than its length")  # which would fill the memory
        return tuple(archive[key] for key in archive.files)


@contextmanager
def quiet() -> Iterator[None]:
    """Importing TensorFlow or scikit-learn warns and logs, and in tests a warning is an error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    loaded = "tensorflow" in sys.modules
    with warnings.catch_warnings(action="ignore"), nullcontext() if loaded else sifted():
        yield
