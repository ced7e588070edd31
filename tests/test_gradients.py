"""Gradients are clipped as by Keras where it can, and rightly where it cannot; kinks have one slope on all backends."""

from collections.abc import Iterator

import numpy as np
import pytest
from engine_server import BACKENDS, Probe, prober

EVERY = pytest.mark.parametrize("used", BACKENDS)


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("gradients_probe") as ask:
        yield ask


@EVERY
@pytest.mark.parametrize("norm", [0.5, 1e3])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 300.0])
def test_gradients_are_clipped_as_by_keras(probe: Probe, used: str, scale: float, norm: float) -> None:
    found = probe("clip", [0], used=used, scale=scale, norm=norm)[0]
    for ours, theirs in zip(found["weights"], found["keras_weights"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert found["none"] is None


@EVERY
@pytest.mark.parametrize("scale", [1e-25, 1e20, 1e30, 8e37])
def test_a_gradient_whose_square_is_beyond_single_precision_is_clipped_to_the_norm(
    probe: Probe, used: str, scale: float
) -> None:
    found = probe("clip", [0], used=used, scale=scale, norm=0.5)[0]
    for ours, exact in zip(found["weights"], found["exact"], strict=True):
        np.testing.assert_allclose(ours, exact, rtol=1e-5)
    if scale > 1:
        assert np.isnan(found["keras_weights"][0]).all(), "Keras clips such gradients now: is ours still needed?"


@EVERY
@pytest.mark.parametrize("scale", [1.0, 1e25])
def test_ten_clipped_steps_equal_plain_keras(probe: Probe, used: str, scale: float) -> None:
    """The direction of a gradient does not change with the scale of the loss, and its norm is cut to 0.1 every time."""
    found = probe("clipped_training", [0], used=used, scale=scale)[0]
    # On TensorFlow Keras takes the norm of an embedding's gradient word by word, as if words did not come twice.
    right = probe("clipped_training", [0], used="jax", scale=1.0)[0]["keras_weights"]
    for ours, theirs in zip(found["weights"], right, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_what_relu_makes_has_no_slope_at_its_kink_on_any_backend(probe: Probe) -> None:
    """The others differ: so CONTRIBUTING asks for ReLU."""
    found = {used: probe("kinks", [0], used=used)[0] for used in BACKENDS}
    for name in ("relu", "layer", "dense", "hinge", "absolute", "leaky"):
        assert {slopes[name] for slopes in found.values()} == {0.0}, name
    for name, (jax, tensorflow) in {"ops.abs": (1, 0), "ops.maximum": (0.5, 1), "ops.leaky_relu": (1, 0.2)}.items():
        assert found["jax"][name] == jax
        assert found["tensorflow"][name] == pytest.approx(tensorflow)
