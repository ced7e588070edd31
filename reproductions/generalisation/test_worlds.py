"""Combinations of factors, teachers and their students, against brute force and other libraries."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Stream  # noqa: E402
from reproductions.generalisation import factors, gaps, pixels, taught  # noqa: E402


def array(tensor: object) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def test_combinations_are_all_and_the_last_is_the_one_that_is_held_out() -> None:
    table = factors.signs(3)
    assert sorted(map(tuple, table)) == sorted(product((-1, 1), repeat=3))
    assert (table[-1] == 1).all()


@pytest.mark.parametrize("together", [0.0, 0.5])
def test_training_never_meets_it_and_meets_the_others_as_often_as_said(together: float) -> None:
    seeds = keras.random.SeedGenerator(20_001)
    x, which = map(array, factors.draw(3, together, held_out=False).draw(seeds, 8_000))
    found = np.bincount(which.astype(int), minlength=8) / 8_000
    likely = factors.chances(3, together)
    assert likely.sum() == pytest.approx(1)
    assert found[-1] == 0
    assert found[:-1] == pytest.approx(likely[:-1] / likely[:-1].sum(), abs=0.03)
    assert np.array_equal(x[:, :3], factors.signs(3)[which.astype(int)])
    x, which = map(array, factors.draw(3, together, held_out=True).draw(seeds, 10))
    assert (which == 7).all()
    assert (x[:, :3] == 1).all()


def test_what_is_seen_is_the_sum_of_directions_and_of_entangled_pairs() -> None:
    """Written out again in NumPy, from the weights that the net holds."""
    keras.utils.set_random_seed(20_001)
    net = factors.nets(3, {"entangled": 0.5, "noise": 0.3})
    x = np.random.default_rng(0).standard_normal((5, 3 + factors.NUISANCES + factors.DIMENSIONS)).astype(np.float32)
    frozen = {
        layer.kernel.shape[0]: array(layer.kernel.value)
        for layer in net.layers
        if not layer.trainable and layer.weights
    }
    s, nuisances, noise = x[:, :3], x[:, 3 : 3 + factors.NUISANCES], x[:, 3 + factors.NUISANCES :]
    kernels = [array(layer.kernel.value) for layer in net.layers if not layer.trainable and layer.weights]
    pairs, single = (k for k in kernels if k.shape[0] == 3)
    products = np.stack([s[:, 0] * s[:, 1], s[:, 0] * s[:, 2], s[:, 1] * s[:, 2]], axis=1)
    _, _, seen = factors.parts(net(x), 3)
    wanted = [
        np.tanh(s @ a + 0.5 * products @ b + nuisances @ frozen[factors.NUISANCES]) + 0.3 * noise
        for a, b in ((single, pairs), (pairs, single))
    ]
    assert min(np.abs(array(seen) - one).max() for one in wanted) < 1e-5


def test_answers_are_counted_as_by_hand() -> None:
    """A net that is told the factors names them; whose neighbour has other factors is wrong."""
    k = 2
    reference = Stream(
        lambda seeds, count: (np.tile([[1.0, -1.0], [-1.0, 1.0]], (count // 2, 1)), np.arange(count) % 2 + 1)
    )

    def net(x: Any) -> Any:
        x = array(x).astype(np.float32)
        local = np.eye(4, dtype=np.float32)[np.zeros(len(x), int)]
        return keras.ops.convert_to_tensor(np.concatenate([5 * x[:, :k], local, x[:, :k]], axis=1))

    x = np.array([[1, -1], [-1, 1], [-1, -1], [1, 1]], np.float32)
    which = keras.ops.convert_to_tensor(np.array([1, 2, 0, 3], np.int32))
    found = {name: float(value) for name, value in factors.answers(k, reference)(net, x, which).items()}
    assert found["right"] == found["factor_right"] == 1
    assert found["local_right"] == 0.25
    assert found["neighbour_right"] == 0.5


def test_eleven_units_are_a_hundred_weights() -> None:
    net = taught.student(11, 8, {"examples": 4.0}, planted=True)
    assert sum(int(np.prod(w.shape)) for w in net.trainable_weights) == taught.parameters(11) == 100


def test_one_label_of_five_is_wrong_and_only_the_examples_that_are_trained_on_count() -> None:
    keras.utils.set_random_seed(20_001)
    net = taught.student(3, 4_000, {"examples": 2_500.0}, planted=True)
    table = array(net.get_layer("examples").table.value)
    assert (table[:, -1] == -1).mean() == pytest.approx(taught.WRONG, abs=0.03)
    logit, label = array(net(table)).T
    hidden, answer = (
        array(layer.kernel.value) for layer in net.layers if not layer.trainable and hasattr(layer, "kernel")
    )
    taught_by_hand = np.sign(np.tanh(table[:, :-1] @ hidden) @ answer)[:, 0] * table[:, -1]
    assert np.array_equal(label, taught_by_hand)
    found = {name: float(v) for name, v in taught.on_training(net, np.arange(4_000, dtype=np.int32), None).items()}
    wrong, surprise = logit * label <= 0, np.logaddexp(0, -logit * label)
    assert found["error"] == pytest.approx(wrong[:2_500].mean(), abs=1e-5)
    assert found["loss"] == pytest.approx(surprise[:2_500].mean(), rel=1e-4)
    assert float(taught.on_others(net, table, None)["error"]) == pytest.approx(wrong.mean(), abs=1e-5)


def test_the_loss_is_over_the_examples_that_numbers_fall_on() -> None:
    keras.utils.set_random_seed(20_001)
    net = taught.student(3, 40, {"examples": 10.0}, planted=True)
    logit, label = array(net(net.get_layer("examples").table.value)).T
    found = float(taught.loss(net, np.array([0.0, 0.55, 0.999], np.float32), None))
    assert found == pytest.approx(np.logaddexp(0, -(logit * label)[[0, 5, 9]]).mean(), rel=1e-5)


def test_features_are_principal_components_of_the_training_images() -> None:
    known = pixels.images("train", taught.IMAGES, halved=True)
    found, theirs = taught.features("train"), PCA(taught.INPUTS, whiten=True, svd_solver="covariance_eigh").fit(known.x)
    wanted = theirs.transform(known.x[:500])
    assert np.abs(found[:500, :-1]) == pytest.approx(np.abs(wanted), abs=2e-3)
    assert np.array_equal(found[:, -1] == 1, known.y % 2 == 1)


def test_fresh_examples_are_like_those_of_training() -> None:
    rows, _ = gaps.fresh(keras.random.SeedGenerator(20_001), 4_000)
    rows = array(rows)
    assert rows[:, :-1].mean(axis=0) == pytest.approx(0, abs=0.1)
    assert rows[:, :-1].std(axis=0) == pytest.approx(1, abs=0.1)
    assert (rows[:, -1] == -1).mean() == pytest.approx(taught.WRONG, abs=0.03)
