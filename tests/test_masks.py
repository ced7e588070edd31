"""Dropout masks drop the share that was asked for, and each unit by itself."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

KEEPS = [0.5, 0.75, 0.8, 0.9, 0.3, 1 / 3, 0.99, 0.999]
ROWS, COLUMNS = 512, 2000
SIGMAS = 5.0  # a law of chance may be missed by so many: once in a million masks


@pytest.fixture(scope="module")
def masks() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        from common.engine import jax_engine

        yield jax_engine.masks


def key(first: int, second: int = 0) -> np.ndarray:
    return np.array([first, second], np.uint32)


def drawn(masks: Any, keep: float, words: np.ndarray) -> np.ndarray:
    return np.asarray(masks.kept(words, keep, (ROWS, COLUMNS)))


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """In standard deviations of that of independent units."""
    return abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) * first.size**0.5


def test_a_rate_takes_the_fewest_bits_that_give_it_to_a_ten_thousandth(masks: Any) -> None:
    expected = {0.5: (1, 1), 0.25: (2, 1), 0.75: (2, 3), 15 / 16: (4, 15), 0.8: (16, 52429), 0.9: (16, 58982)}
    assert {keep: masks.threshold(keep) for keep in expected} == expected
    assert masks.threshold(0.999)[0] == 32
    for keep in np.random.default_rng(0).uniform(1e-3, 1 - 1e-3, 1000):
        bits, below = masks.threshold(float(keep))
        assert abs(below / 2**bits - keep) <= 1e-4 * min(keep, 1 - keep)


@pytest.mark.parametrize("keep", [1e-12, 1 - 1e-12])
def test_an_extreme_rate_stays_a_rate(masks: Any, keep: float) -> None:
    bits, below = masks.threshold(keep)
    assert 0 < below < 2**bits


@pytest.mark.parametrize("keep", KEEPS)
def test_the_share_kept_is_the_one_asked_for_in_every_row_and_column(masks: Any, keep: float) -> None:
    mask = drawn(masks, keep, key(1))
    assert abs(mask.mean() - keep) < SIGMAS * (keep * (1 - keep) / mask.size) ** 0.5
    for axis, length in ((0, ROWS), (1, COLUMNS)):  # the spread of shares too is that of independent units
        shares = mask.mean(axis=axis)
        assert shares.var() == pytest.approx(keep * (1 - keep) / length, rel=SIGMAS * (2 / len(shares)) ** 0.5)


@pytest.mark.parametrize("keep", KEEPS)
def test_units_are_independent_of_their_neighbours_and_of_those_from_the_same_word(masks: Any, keep: float) -> None:
    mask = drawn(masks, keep, key(2)).ravel()
    words = -(-mask.size * masks.threshold(keep)[0] // 32)
    for distance in (1, 2, 31, 32, COLUMNS, words, 2 * words, mask.size // 2):
        if distance < mask.size:
            assert correlation(mask[:-distance], mask[distance:]) < SIGMAS, distance


@pytest.mark.parametrize("keep", KEEPS)
def test_steps_layers_and_seeds_have_masks_of_their_own(masks: Any, keep: float) -> None:
    from common.training import key_words

    step = drawn(masks, keep, key(3, 7))
    others = {
        "the next step": key(3, 8),
        "another layer": np.array(key_words(0, "dropout", 1), np.uint32),
        "another seed": np.array(key_words(1, "dropout", 0), np.uint32),
    }
    for name, words in others.items():
        assert correlation(step, drawn(masks, keep, words)) < SIGMAS, name


@pytest.mark.parametrize("keep", [0.5, 0.75, 0.8])
def test_a_mask_is_that_of_the_words_of_the_key(masks: Any, keep: float) -> None:
    """Bit fields of JAX's words, taken apart by NumPy; 105 units do not fill their words."""
    import jax

    bits, below = masks.threshold(keep)
    words = np.asarray(jax.random.bits(key(4), (-(-105 * bits // 32),), np.uint32)).astype(int)
    fields = [(word >> shift) % 2**bits for shift in range(0, 32, bits) for word in words]
    expected = np.array([field < below for field in fields])[:105].reshape(5, 7, 3)
    assert np.array_equal(masks.kept(key(4), keep, (5, 7, 3)), expected)


def test_lanes_have_the_masks_that_their_keys_have_alone(masks: Any) -> None:
    import jax

    keys = np.stack([key(5, lane) for lane in range(4)])
    together = jax.jit(jax.vmap(lambda words: masks.kept(words, 0.8, (33, 5))))(keys)
    for lane, words in zip(together, keys, strict=True):
        assert np.array_equal(lane, masks.kept(words, 0.8, (33, 5)))


@pytest.mark.parametrize("keep", [0.5, 0.8])
def test_the_layer_of_keras_keeps_the_mean_and_draws_a_new_mask_each_time(masks: Any, keep: float) -> None:
    import keras

    layer = keras.layers.Dropout(1 - keep, seed=0)
    ones = np.ones((ROWS, COLUMNS), np.float32)
    words = np.asarray(layer.seed_generator.state.value)
    first, second = (np.asarray(layer(ones, training=True)) for _ in range(2))
    assert np.array_equal(first > 0, drawn(masks, keep, words))
    assert np.unique(first) == pytest.approx([0, 1 / keep])
    assert first.mean() == pytest.approx(1, abs=SIGMAS * ((1 - keep) / keep / first.size) ** 0.5)
    assert correlation(first, second) < SIGMAS
    assert np.array_equal(layer(ones), ones)


def test_a_noise_shape_drops_whole_maps_and_whole_rows(masks: Any) -> None:
    import keras

    maps = np.asarray(keras.layers.SpatialDropout2D(0.5, seed=0)(np.ones((64, 5, 5, 32)), training=True))
    assert np.array_equal(maps, np.broadcast_to(maps[:, :1, :1], maps.shape))
    assert set(np.unique(maps)) == {0.0, 2.0}
    rows = np.asarray(keras.layers.Dropout(0.5, noise_shape=(None, 1), seed=0)(np.ones((256, 9)), training=True))
    assert np.array_equal(rows, np.broadcast_to(rows[:, :1], rows.shape))
    assert 0.3 < (rows > 0).mean() < 0.7


def test_rates_of_nothing_and_of_all_draw_no_mask(masks: Any) -> None:
    ones = np.ones(5, np.float32)
    assert np.array_equal(masks.dropout(ones, 0.0), ones)
    assert np.array_equal(masks.dropout(ones, 1.0), 0 * ones)


def test_a_rate_of_a_half_draws_one_bit_a_unit(masks: Any) -> None:
    import jax

    program = str(jax.make_jaxpr(lambda words: masks.kept(words, 0.5, (128, 1024)))(key(0)))
    assert "random_bits[bit_width=32 shape=(4096,)]" in program
