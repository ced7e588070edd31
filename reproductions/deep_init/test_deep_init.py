"""Laws of the nets, their initial scales, and the measurement of signals and gradients."""

import math

import numpy as np
import pytest

from common import datasets
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.deep_init import model  # noqa: E402
from reproductions.deep_init.studies import signal_propagation, small_weights  # noqa: E402


@pytest.mark.parametrize(
    ("init", "deviation"), [("std_0.01", 0.01), ("one_over_n", 1 / math.sqrt(256)), ("two_over_n", math.sqrt(2 / 256))]
)
def test_every_layer_starts_at_its_scale_without_bias(init: str, deviation: float) -> None:
    keras.utils.set_random_seed(1)
    built = model.build_model(256, 3, 256, "relu", init)
    for variable in built.trainable_variables[:-2]:
        values = np.asarray(variable)
        if values.ndim == 2:
            assert values.std() == pytest.approx(deviation, rel=0.02)
            assert abs(values.mean()) < 4 * deviation / 256
        else:
            assert np.abs(values).max() == 0


def test_unknown_initialisation_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown initialisation 'he'"):
        model.kernel("he")


@pytest.mark.parametrize("depth", [1, 5])
def test_depth_counts_hidden_layers(depth: int) -> None:
    built = model.build_model(64, depth, 32, "tanh", "one_over_n")
    assert len(built.trainable_variables) == 2 * (depth + 1)
    assert built.output_shape == (None, model.CLASSES)


def test_a_net_that_knows_nothing_loses_ln_10() -> None:
    built = model.build_model(64, 2, 16, "relu", "std_0")
    x, y = np.ones((30, 64), "float32"), np.arange(30, dtype="int32") % 10
    assert float(model.cross_entropy(built, x, y)) == pytest.approx(math.log(10), rel=1e-6)


def test_loss_agrees_with_keras() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.random((32, 64), np.float32), generator.integers(0, 10, 32).astype("int32")
    built = model.build_model(64, 2, 16, "relu", "two_over_n")
    reference = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, built(x))
    assert float(model.cross_entropy(built, x, y)) == pytest.approx(float(reference), rel=1e-5)


@pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")
def test_training_images_come_from_the_training_split_alone() -> None:
    data = datasets.load_images()
    chosen = model.training_images(500)
    kept = {row.tobytes() for row in chosen.x}
    assert len(kept) == 500
    assert kept <= {row.tobytes() for row in data.train.images}
    assert not kept & {row.tobytes() for row in data.test.images}
    assert not kept & {row.tobytes() for row in data.validation.images}


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_backward_pass_is_the_gradient(activation: str) -> None:
    """The logs of the squared gradient agree with finite differences of a projection of the last layer."""
    function, derivative, _, _ = signal_propagation.ACTIVATIONS[activation]
    generator = np.random.default_rng(2)
    weights = [generator.standard_normal((8, 8)) / math.sqrt(8) for _ in range(4)]
    images = generator.standard_normal((1, 8))
    _, slopes = signal_propagation._forward(images, weights, 1.3, function, derivative)
    logs = signal_propagation._backward(weights, slopes, 1.3, np.random.default_rng(5))
    top = np.random.default_rng(5).standard_normal((1, 8))

    def projection(first: np.ndarray) -> float:
        signal = function(first)
        for matrix in weights[1:]:
            signal = function(1.3 * signal @ matrix)
        return float((top * signal).sum())

    first = 1.3 * images @ weights[0]
    steps = np.eye(8) * 1e-6
    numeric = np.array([(projection(first + s) - projection(first - s)) / 2e-6 for s in steps])
    assert math.exp(logs[-1]) == pytest.approx(np.mean(numeric**2), rel=1e-4)


def test_linear_theory_holds_at_the_critical_gain_and_a_wrong_constant_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.random.default_rng(0).random((32, 64))
    metrics, _ = signal_propagation.propagate(images, 10_000, "relu", 256)
    assert metrics["forward_slope_error"] < 0.1
    function, derivative, _, gains = signal_propagation.ACTIVATIONS["relu"]
    wrong = {"relu": (function, derivative, 1.0, gains)}
    monkeypatch.setattr(signal_propagation, "ACTIVATIONS", wrong)
    metrics, _ = signal_propagation.propagate(images, 10_000, "relu", 256)
    assert metrics["forward_slope_error"] > 0.1


@pytest.mark.parametrize(
    ("activation", "least"), [("relu", 2 * math.log(math.sqrt(2))), ("tanh", -2 * math.log(0.577))]
)
def test_what_a_wrong_gain_does_grows_by_the_factor_that_is_nearest_to_one(activation: str, least: float) -> None:
    """ReLU at gains of 1 and 2: ln 2 a layer; tanh, of whose small signals a gain of 0.577 is the least wrong."""
    images = np.random.default_rng(0).random((32, 64))
    metrics, _ = signal_propagation.propagate(images, 10_000, activation, 256)
    assert metrics["growth"] == pytest.approx(least, rel=0.12)


def test_a_signal_that_no_gain_sends_to_zero_has_no_growth() -> None:
    assert "growth" not in signal_propagation.propagate(np.ones((2, 8)), 10_000, "sigmoid", 16)[0]


def test_every_cell_has_a_rate() -> None:
    assert all(len(rates) == len(small_weights.DEPTHS) for rates in small_weights.RATES.values())
    cells = {(o, a, i) for o, a, inits in small_weights.GROUPS for i in inits}
    assert cells == set(small_weights.RATES)
    assert {cell[:3] for cell in small_weights.DECIDING} <= cells
