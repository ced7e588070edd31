"""Laws of limits on weights."""

import math

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

from keras import ops  # noqa: E402 - the backend is chosen first

from common.constraints import MaxNorm  # noqa: E402

WEIGHTS = np.random.default_rng(0).standard_normal((50, 20)).astype("float32")
WEIGHTS[:, :10] /= 100


def limited(weights: np.ndarray, limit: float) -> np.ndarray:
    return np.asarray(MaxNorm(lambda: limit)(ops.convert_to_tensor(weights)))


def test_columns_within_the_limit_stay_bit_for_bit_and_longer_ones_end_at_it() -> None:
    found = limited(WEIGHTS, 2.0)
    assert np.array_equal(found[:, :10], WEIGHTS[:, :10])
    assert np.linalg.norm(found[:, 10:], axis=0) == pytest.approx(2.0, rel=1e-5)
    directions = found[:, 10:] / np.linalg.norm(found[:, 10:], axis=0)
    assert directions == pytest.approx(WEIGHTS[:, 10:] / np.linalg.norm(WEIGHTS[:, 10:], axis=0), abs=1e-6)


def test_a_thousand_steps_within_the_limit_shrink_nothing() -> None:
    found = WEIGHTS / 100
    for _ in range(1000):
        found = limited(found, 2.0)
    assert np.array_equal(found, WEIGHTS / 100)


def test_an_infinite_limit_and_a_column_of_zeros_change_nothing() -> None:
    assert np.array_equal(limited(WEIGHTS, math.inf), WEIGHTS)
    assert np.array_equal(limited(np.zeros((3, 2), "float32"), 1.0), np.zeros((3, 2)))
