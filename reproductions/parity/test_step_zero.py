"""The step-zero signal against known values and against its definition."""

import math

import numpy as np
import pytest

from reproductions.parity import step_zero


@pytest.mark.parametrize(("n", "bias", "value"), [(30, 0, 0.0747), (25, 1, 0.0806), (29, 1, 0.0747), (31, 1, 0.0722)])
def test_signal_of_equal_sizes_is_the_known_one(n: int, bias: int, value: float) -> None:
    assert abs(step_zero.equal_sizes(n, bias)) == pytest.approx(value, abs=5e-5)
    assert abs(step_zero.signal(np.ones(n), bias)) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize("weights", [np.ones(31), np.random.default_rng(0).normal(size=31)])
def test_odd_parity_has_no_signal_without_a_bias(weights: np.ndarray) -> None:
    assert step_zero.signal(weights, 0.0) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("n", [1, 5, 14])
def test_signal_agrees_with_its_definition(n: int) -> None:
    generator = np.random.default_rng(n)
    strings = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    for _ in range(5):
        weights, bias = generator.normal(size=n), generator.normal()
        wanted = (np.maximum(strings @ weights + bias, 0) * strings.prod(axis=1)).mean()
        assert step_zero.signal(weights, bias) == pytest.approx(wanted, abs=1e-14)


def test_signal_of_gaussian_weights_shrinks_by_a_factor_a_bit() -> None:
    """A quick check on record gives 6e-3, 4e-4 and 1e-5 at 6, 10 and 16 bits, for the median of 30 units."""
    generator = np.random.default_rng(0)
    medians = [
        float(np.median([abs(step_zero.signal(generator.normal(size=n) / math.sqrt(n), 0.0)) for _ in range(200)]))
        for n in (6, 10, 16)
    ]
    assert medians == pytest.approx([6e-3, 4e-4, 1e-5], rel=0.7)
