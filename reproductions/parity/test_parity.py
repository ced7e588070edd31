"""Laws of the bit strings, of their parity, and of the first layers that are compared."""

import math

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.parity import model  # noqa: E402
from reproductions.parity.studies import correlations  # noqa: E402


@pytest.mark.parametrize("n", [1, 16, 24, 25, 31, 50])
def test_labels_are_xor_of_bits(n: int) -> None:
    x, y = (np.asarray(a) for a in model.strings(n).draw(keras.random.SeedGenerator(5), 512))
    assert x.shape == (512, n)
    assert set(np.unique(x)) == {-1.0, 1.0}
    assert np.array_equal(y[:, 0], np.logical_xor.reduce(x < 0, axis=1).astype("float32"))


def test_bits_are_fair_and_independent() -> None:
    x, y = (np.asarray(a) for a in model.strings(31).draw(keras.random.SeedGenerator(5), 20_000))
    columns = np.concatenate([x, 1 - 2 * y], axis=1)
    correlation = columns.T @ columns / len(columns) - np.eye(32)
    assert np.abs(correlation).max() < 5 / math.sqrt(len(columns))
    assert np.abs(columns.mean(axis=0)).max() < 5 / math.sqrt(len(columns))


def test_coin_labels_say_nothing_of_the_strings() -> None:
    seeds = keras.random.SeedGenerator(5)
    x, y = (np.asarray(a) for a in model.coin_labels(31).draw(seeds, 20_000))
    parity = np.logical_xor.reduce(x < 0, axis=1)
    assert set(np.unique(y)) == {0.0, 1.0}
    for told in (y[:, 0], np.equal(y[:, 0] > 0.5, parity)):  # alone, and as an answer to the parity
        assert abs(told.mean() - 0.5) < 2.5 / math.sqrt(len(y))
    assert np.abs(x.T @ (1 - 2 * y)).max() / len(y) < 5 / math.sqrt(len(y))


def test_successive_batches_are_fresh() -> None:
    seeds = keras.random.SeedGenerator(5)
    first, second = (np.asarray(model.strings(31).draw(seeds, 64)[0]) for _ in range(2))
    assert not (first[:, None] == second[None]).all(axis=2).any()


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_signs_have_equal_size_up_to_their_noise(noise: float) -> None:
    weights = np.asarray(model.Signs(noise, seed=3)((25, 4000), dtype="float32")) * 5
    assert abs(weights.mean()) < 0.02
    if noise == 0:
        assert np.allclose(np.abs(weights), 1)
    else:
        assert np.abs(np.abs(weights) - 1).max() > noise
        assert weights.var() == pytest.approx(1 + noise**2, rel=0.02)


def test_equal_weights_differ_by_bias_alone() -> None:
    built = model.build_model(31, (64,), init="equal", output="zeros")
    kernel, bias = (np.asarray(v) for v in built.trainable_variables[:2])
    assert np.ptp(kernel) == 0
    assert bias.min() == -6
    assert bias.max() == 6
    assert len(set(bias.tolist())) == 64


def test_arms_differ_in_the_first_layer_alone() -> None:
    shapes, outputs = set(), []
    for init in ("rademacher", "glorot", "normal_002", "normal_unit", "equal"):
        variables = model.build_model(31, (64,), init=init, output="zeros").trainable_variables
        shapes.add(tuple(tuple(v.shape) for v in variables))
        outputs.append(np.abs(np.asarray(variables[2])).max())
    assert len(shapes) == 1
    assert max(outputs) == 0


def test_untrained_net_is_at_chance_and_loss_is_that_of_ignorance() -> None:
    x, y = model.strings(31).draw(keras.random.SeedGenerator(5), 4096)
    built = model.build_model(31, (64,), output="zeros")
    assert float(model.logistic_loss(built, x, y)) == pytest.approx(math.log(2), abs=1e-6)
    assert float(model.accuracy(built, x, y)["accuracy"]) == pytest.approx(0.5, abs=0.05)


def test_loss_agrees_with_keras() -> None:
    x, y = model.strings(20).draw(keras.random.SeedGenerator(5), 256)
    built = model.build_model(20, (32, 32))
    reference = keras.losses.BinaryCrossentropy(from_logits=True)(y, built(x))
    assert float(model.logistic_loss(built, x, y)) == pytest.approx(float(reference), rel=1e-5)


def test_walsh_sums_agree_with_their_definition() -> None:
    values = np.random.default_rng(0).integers(-3, 4, 32)
    points = 1 - 2 * ((np.arange(32)[:, None] >> np.arange(5)) & 1)
    for subset, total in enumerate(correlations.walsh_sums(values)):
        chosen = [i for i in range(5) if subset >> i & 1]
        assert total == (values * points[:, chosen].prod(axis=1)).sum()


def test_parity_is_its_own_only_monomial() -> None:
    ones = np.array([k.bit_count() for k in range(64)])
    sums = correlations.walsh_sums(1 - 2 * (ones % 2))
    assert np.flatnonzero(sums).tolist() == [63]
    assert sums[63] == 64
