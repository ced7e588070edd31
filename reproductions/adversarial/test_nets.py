"""Laws of the nets, of the losses that look at perturbed images, and of the penalties on moves."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks  # noqa: E402
from common.training import Arrays  # noqa: E402
from reproductions.adversarial import model, nets, penalised  # noqa: E402

PIXELS = 64


def net(*widths: int) -> Any:
    keras.utils.set_random_seed(5)
    return model.mlp(PIXELS, widths)


def cross_entropy(built: Any, x: Any, y: Any) -> float:
    """By Keras, an implementation of its own."""
    return float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, built(x, training=False)))


@pytest.mark.parametrize(
    ("built", "parameters"),
    [
        (lambda: nets.maxout(784), 784 * 1200 + 1200 + 240 * 1200 + 1200 + 240 * 10 + 10),
        (lambda: nets.NETS["mlp"](784), 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10),
        (lambda: nets.cnn(784), 25 * 8 + 8 + 25 * 8 * 16 + 16 + 7 * 7 * 16 * 10 + 10),
        (lambda: nets.logistic(784), 785),
        (lambda: nets.NETS["softmax"](784), 7850),
    ],
)
def test_nets_have_the_weights_they_should(built: Any, parameters: int) -> None:
    assert sum(int(np.prod(v.shape)) for v in built().trainable_variables) == parameters


def test_the_adversarial_loss_is_the_mean_of_clean_and_perturbed(images: Arrays) -> None:
    built = net(16)
    moved = attacks.fgsm(model.deployed(built), images.x, images.y, model.EPSILON)
    expected = 0.5 * cross_entropy(built, images.x, images.y) + 0.5 * cross_entropy(built, moved, images.y)
    assert float(model.LOSSES["fgsm"](built, images.x, images.y)) == pytest.approx(expected, rel=1e-5)
    assert cross_entropy(built, moved, images.y) > cross_entropy(built, images.x, images.y)


def test_virtual_directions_have_their_norm_and_change_more_than_random_ones(images: Arrays) -> None:
    built = net(16)

    def change(moved: Any) -> float:
        before, after = (ops.log_softmax(built(x)) for x in (images.x, moved))
        return float(ops.mean(penalised.divergence(before, after)))

    moved = np.asarray(penalised.virtual(built, images.x, images.y))
    assert np.linalg.norm(moved - images.x, axis=1) == pytest.approx(2.1, rel=1e-4)
    random = np.random.default_rng(0).standard_normal(images.x.shape)
    random *= 2.1 / np.linalg.norm(random, axis=1, keepdims=True)
    assert change(moved) > 2 * change(images.x + random.astype("float32"))


def test_divergence_is_that_of_scipy() -> None:
    from scipy.stats import entropy

    logits = np.random.default_rng(0).standard_normal((2, 5, 10)).astype("float32")
    before, after = (np.asarray(ops.log_softmax(one)) for one in logits)
    expected = entropy(np.exp(before), np.exp(after), axis=-1)
    assert np.asarray(penalised.divergence(before, after)) == pytest.approx(expected, rel=1e-4)


def test_a_penalty_on_no_change_is_none_and_weighs_what_it_should(images: Arrays) -> None:
    built = net(16)
    plain = cross_entropy(built, images.x, images.y)
    still = penalised.penalised(lambda model, x, y: x, 2.0)
    assert float(still(built, images.x, images.y)) == pytest.approx(plain, rel=1e-5)
    one, two = (float(penalised.penalised(model.by_fgsm, weight)(built, images.x, images.y)) for weight in (1.0, 2.0))
    assert one > plain
    assert two - plain == pytest.approx(2 * (one - plain), rel=1e-4)


def test_a_penalty_on_top_adds_to_the_adversarial_loss(images: Arrays) -> None:
    built = net(16)
    adversarial = float(model.LOSSES["fgsm"](built, images.x, images.y))
    moved = attacks.fgsm(model.deployed(built), images.x, images.y, model.EPSILON)
    before, after = (ops.log_softmax(built(x)) for x in (images.x, moved))
    change = float(keras.losses.KLDivergence()(ops.exp(before), ops.exp(after)))
    found = float(penalised.LOSSES["fgsm_and_kl"](0.5)(built, images.x, images.y))
    assert found == pytest.approx(adversarial + 0.5 * change, rel=1e-4)
    alone = float(penalised.LOSSES["kl_fgsm"](0.5)(built, images.x, images.y))
    assert alone == pytest.approx(cross_entropy(built, images.x, images.y) + 0.5 * change, rel=1e-4)


def test_maxout_leaves_weights_within_its_limit_as_they_are() -> None:
    layers = [layer for layer in nets.maxout(PIXELS).layers if isinstance(layer, keras.layers.Dense)]
    assert len(layers) == 3
    for layer in layers:
        short = np.asarray(layer.kernel)
        assert np.array_equal(np.asarray(layer.kernel_constraint(layer.kernel)), short)
        long = np.asarray(layer.kernel_constraint(ops.ones((PIXELS, 2))))
        assert np.linalg.norm(long, axis=0) == pytest.approx(1.9365, rel=1e-5)


def test_a_rate_falls_to_nothing_along_half_a_wave() -> None:
    schedule = model.Cosine({"rate": 2.0, "steps": 100})
    assert [float(schedule(step)) for step in (0, 50, 100)] == pytest.approx([2, 1, 0], abs=1e-6)
