"""Taylor's coefficients against autodiff and by hand, the small net's gradients, and how minibatches scatter."""

from typing import Any

import numpy as np
import pytest

from common import datasets
from suite import commands

commands.prepare(None)

from reproductions.gradients import pixels, series  # noqa: E402 - the backend is chosen first
from reproductions.gradients.claims import CLAIMS  # noqa: E402
from reproductions.gradients.studies import minibatch_gradient, taylor  # noqa: E402
from suite.questions import Observation  # noqa: E402

INPUTS = 6


def drawn(unit: str) -> tuple[Any, Any, Any]:
    """Weights, a direction, and a batch of made-up pictures."""
    generator = np.random.default_rng(20_000)
    w, d = (pixels.weights(generator, INPUTS, unit) for _ in range(2))
    d |= {"b1": generator.standard_normal(pixels.HIDDEN), "b2": generator.standard_normal(pixels.CLASSES)}
    return w, d, (generator.random((8, INPUTS)), generator.integers(0, pixels.CLASSES, 8))


@pytest.mark.parametrize("unit", ["tanh", "relu"])
def test_coefficients_are_the_derivatives_of_automatic_differentiation(unit: str) -> None:
    jax = pytest.importorskip("jax")
    w, d, (x, y) = drawn(unit)

    def loss(h: Any) -> Any:
        a = x @ (w["w1"] + h * d["w1"]) + w["b1"] + h * d["b1"]
        logits = (
            (jax.numpy.tanh if unit == "tanh" else jax.nn.relu)(a) @ (w["w2"] + h * d["w2"]) + w["b2"] + h * d["b2"]
        )
        return -jax.nn.log_softmax(logits)[np.arange(len(y)), y].mean()

    found = series.along(w, d, x, y, 3, unit)
    orders = [loss, jax.grad(loss), jax.grad(jax.grad(loss)), jax.grad(jax.grad(jax.grad(loss)))]
    with jax.enable_x64(True):
        told = [float(value) for value in jax.jit(lambda h: [order(h) for order in orders])(0.0)]
    assert found == pytest.approx([told[0], told[1], told[2] / 2, told[3] / 6], rel=1e-9)


def test_a_series_of_known_functions() -> None:
    h = [np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1)]
    assert np.ravel(series._exp(h)) == pytest.approx([1, 1, 1 / 2, 1 / 6])
    assert np.ravel(series._tanh(h)) == pytest.approx([0, 1, 0, -1 / 3])
    assert np.ravel(series._log([np.ones(1), *h[1:]])) == pytest.approx([0, 1, -1 / 2, 1 / 3])


def test_each_order_adds_its_term_to_what_is_predicted() -> None:
    assert series.predicted(np.array([7.0, 2.0, 3.0, 4.0]), 0.5).tolist() == [1.0, 1.75, 2.25]


def test_stencils_are_the_known_ones() -> None:
    assert series.stencil(1, 3, 0.1)[1] == pytest.approx([-5, 0, 5])
    assert series.stencil(2, 3, 0.1)[1] == pytest.approx([50, -100, 50])  # of half the second derivative
    places, weights = series.stencil(3, 5, 0.1)
    assert weights @ places**3 == pytest.approx(1)


@pytest.mark.parametrize("unit", ["tanh", "relu"])
def test_the_gradient_of_the_small_net_is_the_first_coefficient_in_every_direction(unit: str) -> None:
    w, d, (x, y) = drawn(unit)
    whole, each = pixels.gradient(w, x, y, unit), pixels.per_example(w, x, y, unit)
    found = np.sum([(part * d[name]).sum() for name, part in whole.items()])
    assert found == pytest.approx(series.along(w, d, x, y, 1, unit)[1], rel=1e-12)
    assert np.allclose(each.mean(axis=0), np.concatenate([whole[n].ravel() for n in ("w1", "b1", "w2", "b2")]))


def test_pictures_are_means_of_their_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).random((3, 28 * 28), np.float32)

    class Data:
        train = type("Split", (), {"images": images, "labels": np.arange(3)})

    monkeypatch.setattr(datasets, "load_images", lambda: Data)
    found, labels = pixels.pictures.__wrapped__("train")
    assert found.shape == (3, 49)
    assert found[1, 8] == pytest.approx(images[1].reshape(28, 28)[4:8, 4:8].mean())
    assert labels.tolist() == [0, 1, 2]


def test_errors_fall_by_the_power_of_the_order_and_a_wrong_derivative_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    w, d, of = drawn("tanh")
    direction = taylor._unit(d)
    longer, shorter = taylor.errors(w, direction, of, "tanh", (0.02, 0.01))
    assert np.log2(longer / shorter) == pytest.approx([2, 3, 4], abs=0.1)
    assert answer("derivatives", "tanh", derivatives=taylor.disagreement(w, direction, of, "tanh")) == "yes"
    right = series.along
    for order in (1, 2, 3):
        wrong = np.where(np.arange(4) == order, 1.001, 1)
        monkeypatch.setattr(series, "along", lambda *given, wrong=wrong: right(*given) * wrong)
        assert answer("derivatives", "tanh", derivatives=taylor.disagreement(w, direction, of, "tanh")) == "no"


def answer(check_id: str, arm: str, **metrics: float) -> str:
    """What the claim's check says of a seed with these numbers."""
    check = next(c for claim in CLAIMS for c in claim.each() if c.id == check_id)
    assert check.arms() == (arm,)
    return check.asks.answer({arm: Observation(20_000, metrics, failed=False, dataset="synthetic")})


EACH = np.random.default_rng(1).standard_normal((500, 3)).astype(np.float32)


def test_minibatches_scatter_by_their_size() -> None:
    generator, full = np.random.default_rng(20_000), EACH.mean(axis=0, dtype=float)
    whole = float(((EACH - full) ** 2).sum(axis=1).mean())
    for size in (1, 10, 100):
        found = minibatch_gradient.gradients(EACH, size, generator, replace=True)
        assert found.shape == (minibatch_gradient.BATCHES, 3)
        assert minibatch_gradient.trace(found, full) == pytest.approx(whole / size, rel=0.3)
    apart = minibatch_gradient.gradients(EACH, 400, generator, replace=False)
    assert minibatch_gradient.trace(apart, full) == pytest.approx(whole / 400 * 100 / 499, rel=0.3)
    # All of 500 examples but one: the mean of each such batch is known exactly.
    least = minibatch_gradient.gradients(EACH, 499, generator, replace=False)
    nearest = np.abs(least[:, None] - ((EACH.sum(axis=0) - EACH) / 499)[None]).max(axis=2).min(axis=1)
    assert nearest.max() < 1e-6


def test_batches_are_the_full_gradient_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.random.default_rng(3).random((300, 49)), np.arange(300) % 10
    monkeypatch.setattr(pixels, "pictures", lambda split: (x, y))
    [right] = minibatch_gradient.run({"sizes": [1, 128]}, [20_000], 1)
    assert answer("means-equal-full", "all", offset=float(right.metrics["offset"] or 0)) == "yes"
