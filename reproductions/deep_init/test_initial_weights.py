"""Laws of the initial weights, the nets and the measurements that the studies share."""

import math
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.deep_init import model, nets  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")


def kernels(net: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in net.trainable_variables if len(v.shape) == 2]


def drawn(init: str, pixels: int = 400, depth: int = 3, width: int = 300, activation: str = "tanh") -> Any:
    keras.utils.set_random_seed(3)
    return nets.build_model(pixels, depth, width, activation, init, nets.deviations(init, pixels, width))


@pytest.mark.parametrize(
    ("init", "variance"),  # of a layer of m inputs and n outputs
    [
        ("standard", lambda m, n: 1 / (3 * m)),
        ("glorot", lambda m, n: 2 / (m + n)),
        ("glorot_x4", lambda m, n: 32 / (m + n)),
        ("he", lambda m, n: 2 / m),
        ("std_0.02", lambda m, n: 4e-4),
        ("scale_0.3", lambda m, n: 0.09 / m),
    ],
)
def test_weights_have_the_variance_of_their_name_and_biases_are_zero(init: str, variance: Any) -> None:
    net = drawn(init)
    for kernel in kernels(net):
        m, n = kernel.shape
        assert kernel.var() == pytest.approx(variance(m, n), rel=0.06)
        if init in ("standard", "glorot", "glorot_x4"):
            assert np.abs(kernel).max() == pytest.approx(math.sqrt(3 * variance(m, n)), rel=0.01)
        else:
            assert np.abs(kernel).max() > 3 * math.sqrt(variance(m, n))
    assert all(not np.any(np.asarray(v)) for v in net.trainable_variables if len(v.shape) == 1)


def test_standard_bound_is_one_over_the_root_of_the_fan_in() -> None:
    assert math.sqrt(3) * nets.deviation("standard", 784, 300) == pytest.approx(1 / 28)
    assert math.sqrt(3) * nets.deviation("glorot", 300, 100) == pytest.approx(math.sqrt(6 / 400))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown initialisation 'xavier'"):
        nets.deviation("xavier", 2, 2)


@pytest.mark.parametrize("shape", [(30, 12), (12, 30), (20, 20)])
def test_orthogonal_weights_keep_lengths_times_their_gain(shape: tuple[int, int]) -> None:
    weights = np.asarray(nets.Weights("orthogonal", 1.5, seed=1)(shape, "float32"))
    small = weights.T @ weights if shape[0] >= shape[1] else weights @ weights.T
    assert np.abs(small - 2.25 * np.eye(len(small))).max() < 1e-5


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_lsuv_gives_every_layer_unit_variance_on_the_images(activation: str) -> None:
    signal = model.training_images(nets.LSUV_IMAGES).x
    net = drawn("lsuv", pixels=signal.shape[1], depth=4, width=64, activation=activation)
    function: Any = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}[activation]
    for kernel in kernels(net):
        before = signal @ kernel
        assert before.var() == pytest.approx(1, rel=1e-3)
        signal = function(before)


def test_mistakes_are_counted_in_per_cent() -> None:
    logits = keras.ops.convert_to_tensor(np.eye(4, dtype="float32"))
    y = keras.ops.convert_to_tensor(np.array([0, 1, 2, 0], "int32"))
    assert float(nets.mistakes(lambda x, training: x, logits, y)["error"]) == 25.0


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0, 90.0), (10, 10.0), (20, 2.0), (30, 6.0)], 10 + 10 * 6 / 8),
        ([(0, 3.0), (10, 9.0)], 0.0),
        ([(0, 90.0), (10, 5.0), (20, 5.0)], 20.0),
        ([(0, 8.0), (10, 4.0)], 10.0),
    ],
)
def test_time_to_a_target_lies_on_the_line_between_evaluations(points: Any, expected: float) -> None:
    assert nets.first_under(points, 4.0) == pytest.approx(expected)
