"""Weights of few bits against their definition and against Keras' own int4, and what its storage comes to."""

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.generalisation import quantised  # noqa: E402
from reproductions.generalisation.studies import stored_bits, weight_bits  # noqa: E402


def kernel(inputs: int = 300, units: int = 7) -> np.ndarray:
    return np.random.default_rng(20_001).standard_normal((inputs, units)).astype(np.float32)


def net(*widths: int) -> keras.Model:
    keras.utils.set_random_seed(20_001)
    dense = [keras.layers.Dense(width, "relu") for width in widths[1:-1]]
    return keras.Sequential([keras.Input((widths[0],)), *dense, keras.layers.Dense(widths[-1])])


def array(tensor: object) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("channels", [False, True])
@pytest.mark.parametrize("bits", [1, 4, 8])
def test_a_weight_keeps_its_top_bits_and_is_half_a_cell_off_at_most(bits: int, channels: bool) -> None:
    w = kernel()
    largest = np.abs(w).max(axis=0 if channels else None, keepdims=True)
    found, cell = array(quantised.cut(w, bits, channels=channels)), 2 * largest / 2**bits
    assert np.abs(found - w).max() <= (cell / 2).max() * (1 + 1e-5)
    for column in range(w.shape[1]):
        levels = np.unique(found[:, column] / np.broadcast_to(cell, w.shape)[0, column])
        assert len(levels) <= 2**bits
        assert levels % 1 == pytest.approx(0.5, abs=1e-3)


def test_the_bits_are_those_of_a_fixed_point_number() -> None:
    w = kernel()
    whole = np.floor((w / np.abs(w).max() + 1) * 2**15).clip(0, 2**16 - 1).astype(int)  # sixteen bits each
    top = whole >> 12
    found = array(quantised.cut(w, 4))
    assert np.array_equal(np.rint((found / np.abs(w).max() + 1) * 8 - 0.5).astype(int), top)


def test_random_low_bits_leave_the_top_ones() -> None:
    w = kernel()
    cell = 2 * np.abs(w).max() / 16
    filled = array(quantised.filled(keras.ops.convert_to_tensor(w), 4))
    inside = filled / cell - np.floor(w / cell).clip(-8, 7)
    assert inside.min() >= -1e-4
    assert inside.max() <= 1 + 1e-4
    assert np.mean(inside) == pytest.approx(0.5, abs=0.03)
    assert np.std(inside) == pytest.approx(12**-0.5, abs=0.02)


def test_nothing_but_zeros_stays_zero() -> None:
    assert np.abs(array(quantised.cut(np.zeros((3, 2), np.float32), 4, channels=True))).max() < 1e-20


def test_keras_own_int4_answers_as_it_is_emulated() -> None:
    x, model = kernel(50, 196), net(196, 20, 10)
    told = array(quantised.logits(model, x, quantised.keras_int4))
    plain = array(quantised.logits(model, x, lambda weights: weights))
    assert plain == pytest.approx(array(model(x)), abs=1e-5)
    quantised.to_int4(model)
    assert told == pytest.approx(array(model(x)), abs=1e-4)
    assert np.abs(told - plain).max() > 1e-2


def test_all_that_keras_holds_is_counted() -> None:
    """By hand: two weights a byte; a scale of 4 bytes and a zero point of 1 for each group of 128 inputs of a unit."""
    found = quantised.stored((196, 100, 10))
    assert found["kernel"] == 196 * 50 + 100 * 5
    assert found["kernel_scale"] == 4 * (2 * 100 + 10)
    assert found["kernel_zero"] == 2 * 100 + 10
    assert found["g_idx"] == 4 * (196 + 100), "the group of each input, as a float"
    assert found["bias"] == 4 * 110
    assert set(found) == {"kernel", "kernel_scale", "kernel_zero", "g_idx", "bias"}
    told = stored_bits.bits((196, 100, 10))
    assert told["packed_bits"] == 4
    assert told["bits_a_weight"] == pytest.approx(8 * sum(found.values()) / (196 * 100 + 1000))
    assert told["last_layer_bits"] == pytest.approx(8 * (500 + 4 * 10 + 10 + 4 * 100 + 40) / 1000)


def test_what_moves_is_measured_from_the_float_net() -> None:
    errors = {f"{way}_{bits}": 4.0 for way in ("layer", "channel") for bits in quantised.BITS}
    errors |= {"float": 4.0, "filled_4": 3.5, "keras": 4.1, "layer_4": 4.25, "layer_1": 60.0, "layer_2": 9.0}
    found = weight_bits.measured({f"judged_{name}": e for name, e in errors.items()}, {"judged_float": 3.75})
    assert found["between_nets"] == pytest.approx(0.25)
    assert found["moved_layer_4"] == pytest.approx(0.25)
    assert found["moved_filled_4"] == pytest.approx(0.5)
    assert found["moved_layer_1"] == pytest.approx(56)
    assert found["least_bits"] == 3
    assert weight_bits.measured({}, {"judged_float": 3.75}) == {}
    assert weight_bits.measured({f"judged_{name}": e for name, e in errors.items()}, {})["between_nets"] is None


@pytest.mark.parametrize(
    ("rises", "least"),
    [({8: 0.0, 4: 0.5, 2: 0.6, 1: 0.1}, 4), ({8: 0.7, 4: 0.0}, 9), ({8: 0.0, 4: -0.2, 2: 0.1, 1: 0.2}, 1)],
)
def test_the_fewest_bits_are_those_from_which_on_nothing_is_lost(rises: dict[int, float], least: int) -> None:
    assert weight_bits.least_bits(rises) == least
