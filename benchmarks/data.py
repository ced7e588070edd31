"""Examples and starting weights as NumPy arrays, the same for every peer."""

import numpy as np

from benchmarks.workloads import Workload
from common import datasets

Array = np.ndarray


def arrays(workload: Workload, examples: int) -> tuple[Array, Array]:
    """`x` float32 and `y`: (examples, 1) float32, of images classes (examples,) int32.

    Images are MNIST's, over again where there are too few, if it is at hand, else random numbers of that shape.
    """
    generator = np.random.default_rng(0)
    if workload.task == "parity":
        bits = generator.integers(0, 2, (examples, workload.widths[0]))
        return (1 - 2 * bits).astype(np.float32), (bits.sum(axis=1, keepdims=True) % 2).astype(np.float32)
    if workload.task == "sequence":
        x = generator.standard_normal((examples, workload.length, workload.widths[0]), np.float32)
        return x, x.mean(axis=1)[:, :1]
    x, y = images(workload)
    times = -(-examples // len(x))
    return np.tile(x, (times, 1))[:examples], np.tile(y, times)[:examples]


def images(workload: Workload) -> tuple[Array, Array]:
    """The training set: MNIST where it is at hand."""
    if datasets.image_data_name_and_hash()[0] == "mnist":
        train = datasets.load_images().train
        return train.images, train.labels
    generator = np.random.default_rng(0)
    x = generator.random((10_000, workload.widths[0]), np.float32)
    return x, generator.integers(0, workload.widths[-1], len(x)).astype(np.int32)


def weights(workload: Workload) -> list[Array]:
    """Where every peer starts when it is checked: Gaussian matrices and kernels of variance 1/in, small biases."""
    generator = np.random.default_rng(1)
    draws = [(generator.standard_normal(shape, np.float32), shape) for shape in workload.shapes()]
    return [draw / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.1 * draw for draw, shape in draws]
