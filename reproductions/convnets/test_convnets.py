"""Laws of windows, of shared and of own weights, of pictures, and of what is asked about the nets."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Run  # noqa: E402
from reproductions.convnets import images, model, others  # noqa: E402
from reproductions.convnets.layers import LocallyConnected2D  # noqa: E402
from reproductions.convnets.studies import filters, parameters, sharing, vision  # noqa: E402

paddings = pytest.mark.parametrize("padding", ["valid", "same"])


def pictures(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype("float32")


def built(layer: Any, x: np.ndarray) -> Any:
    """The layer with weights and biases that are no zeros."""
    layer.build(x.shape)
    layer.set_weights([pictures(*w.shape) for w in layer.weights])
    return layer


def weights(layer: Any) -> list[np.ndarray]:
    return [ops.convert_to_numpy(w.value) for w in layer.weights]


@paddings
@pytest.mark.parametrize("window", [1, 2, 3])
def test_every_place_has_weights_of_its_own_as_a_plain_loop_says(window: int, padding: str) -> None:
    x = pictures(2, 5, 4, 3)
    layer = built(LocallyConnected2D(6, window, padding), x)
    kernel, bias = weights(layer)
    before = (window - 1) // 2 if padding == "same" else 0
    after = window - 1 - before if padding == "same" else 0
    wide = np.pad(x, [(0, 0), (before, after), (before, after), (0, 0)])
    rows, columns = wide.shape[1] - window + 1, wide.shape[2] - window + 1
    wanted = np.empty((2, rows, columns, 6))
    for n, r, c, f in product(range(2), range(rows), range(columns), range(6)):
        total = bias[r, c, f]
        for i, j, channel in product(range(window), range(window), range(3)):
            total += wide[n, r + i, c + j, channel] * kernel[r, c, (i * window + j) * 3 + channel, f]
        wanted[n, r, c, f] = total
    assert ops.convert_to_numpy(layer(x)) == pytest.approx(wanted, abs=1e-5)


@paddings
def test_weights_that_are_the_same_everywhere_make_it_a_convolution(padding: str) -> None:
    x = pictures(2, 6, 6, 2)
    shared = built(keras.layers.Conv2D(4, 3, padding=padding), x)
    layer = LocallyConnected2D(4, 3, padding)
    layer.build(x.shape)
    kernel, bias = weights(shared)
    layer.set_weights(
        [np.broadcast_to(kernel.reshape(-1, 4), layer.kernel.shape), np.broadcast_to(bias, layer.bias.shape)]
    )
    assert ops.convert_to_numpy(layer(x)) == pytest.approx(ops.convert_to_numpy(shared(x)), abs=1e-5)


def test_it_starts_as_a_convolution_does() -> None:
    """Uniform within Glorot's bound of one window; Keras' own initialiser reads the places as the window."""
    layer, shared = LocallyConnected2D(8, 5), keras.layers.Conv2D(8, 5)
    layer.build((None, 14, 14, 1))
    shared.build((None, 14, 14, 1))
    own, other = (weights(made)[0] for made in (layer, shared))
    bound = (6 / (25 + 25 * 8)) ** 0.5
    assert np.abs(own).max() == pytest.approx(bound, rel=0.01)
    assert np.abs(other).max() == pytest.approx(bound, rel=0.05)
    assert np.ptp(own, axis=(0, 1)).min() > bound, "every place draws its own"
    wrong = ops.convert_to_numpy(keras.initializers.GlorotUniform(1)(layer.kernel.shape))
    assert np.abs(wrong).max() == pytest.approx((6 / (100 * 25 + 100 * 8)) ** 0.5, rel=0.01)


def test_the_layers_of_the_slide_are_counted_by_their_weights() -> None:
    (run,) = parameters.run(parameters.arms("quick")[0].settings, [0], 1)
    assert run.metrics == {
        "units": 32 * 32 * 30, "unshared_weights": 30_720 * 75, "shared_weights": 30 * 75,
        "unshared_biased": 30_720 * 76, "shared_biased": 30 * 76,
    }  # fmt: skip


def test_the_three_layers_have_as_many_units_and_the_windows_200_and_20_000_weights() -> None:
    pixels = 196
    first = {name: model.NETS[name](pixels).layers for name in ("conv", "local", "dense")}
    weights = {
        name: next(layer.count_params() for layer in layers if layer.count_params()) for name, layers in first.items()
    }
    assert weights == {"conv": 8 * 26, "local": 800 * 26, "dense": 800 * 197}
    assert {layers[-1].kernel.shape for layers in first.values()} == {(800, 10)}


def test_nets_that_are_compared_have_as_many_weights_within_3_percent_and_see_as_much() -> None:
    counts = {name: model.NETS[name](196).count_params() for name in model.FIELDS}
    assert max(counts.values()) / min(counts.values()) < 1.05, counts
    for name, count in counts.items():
        assert count == pytest.approx(4_900, rel=0.03), name
    assert counts["threes"] == pytest.approx(counts["five"], rel=0.001)
    seen = {name: 1 + sum(window - 1 for _ in filters) for name, ((window, filters), _) in model.FIELDS.items()}
    assert seen == {"five": 5, "threes": 5, "twos": 5, "seven": 7, "three_threes": 7, "ones": 1}


def test_a_block_sees_its_window_and_no_further() -> None:
    """By the gradient of one unit in the middle, through the layers before the first pooling."""
    for name, reach in {"threes": 5, "twos": 5, "ones": 1}.items():
        net = model.NETS[name](196)
        pool = next(i for i, layer in enumerate(net.layers) if isinstance(layer, keras.layers.MaxPooling2D))
        before = keras.Model(net.input, net.layers[pool - 1].output)
        zeros, ones = np.zeros((1, 196), "float32"), np.ones((196, 196), "float32")
        np.fill_diagonal(ones, 0.0)
        still, changed = (ops.convert_to_numpy(before(x)) for x in (zeros + 1, ones))
        moved = np.abs(changed[:, 7, 7] - still[:, 7, 7]).max(axis=-1).reshape(14, 14) > 1e-6
        rows, columns = np.nonzero(moved)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= reach, name
        assert moved[7, 7] or name == "ones", name


def test_small_pictures_are_means_of_four_pixels() -> None:
    image = np.arange(784, dtype="float32")[None]
    assert images.pooled(image)[0, 1] == np.mean([2, 3, 30, 31])
    assert images.pooled(image[:, :64]).shape == (1, 64)


def test_exchanged_pixels_are_the_same_pixels_in_one_order_for_all() -> None:
    x = np.arange(3 * 16, dtype="float32").reshape(3, 16)
    other = images.permuted(x)
    assert np.array_equal(np.sort(other), x)
    assert np.array_equal(other[1] - other[0], np.full(16, 16))
    assert not np.array_equal(other, x)


def test_a_sign_of_each_pixel_is_taken_up_by_own_weights() -> None:
    """So that to weights of each place nothing changes, which a test of the layer shows."""
    x = pictures(4, 16)
    signs = images.signed(x) / x
    assert np.array_equal(np.unique(signs), [-1, 1])
    assert np.array_equal(signs, np.broadcast_to(signs[:1], signs.shape))
    layer = built(LocallyConnected2D(3, 2), x.reshape(4, 4, 4, 1))
    before = ops.convert_to_numpy(layer(x.reshape(4, 4, 4, 1)))
    kernel, bias = weights(layer)
    at = signs[0].reshape(4, 4)
    seen = np.stack([at[i : i + 3, j : j + 3] for i in range(2) for j in range(2)], axis=-1)
    layer.set_weights([kernel * seen[..., None], bias])
    assert ops.convert_to_numpy(layer((signs * x).reshape(4, 4, 4, 1))) == pytest.approx(before, abs=1e-5)


def test_images_are_moved_each_by_one_of_25_moves() -> None:
    x = np.zeros((50, 49), np.float32)
    x.reshape(50, 7, 7)[:, 3, 3] = 1
    found = images.moved(x).reshape(50, 7, 7)
    places = [tuple(int(i) for i in np.argwhere(one)[0]) for one in found]
    assert sorted(places[:25]) == sorted(product(range(1, 6), repeat=2))
    assert places[:25] == places[25:]
    assert images.moved(np.ones((1, 49), np.float32)).sum() == 25, "what is left behind is empty"


def ended(status: Any = "ok", **metrics: float) -> Run:
    return Run(seed=0, status=status, steps=1, stopped=False, metrics=metrics, curves={})


def test_the_advantage_is_what_own_weights_err_more() -> None:
    runs = {"conv": ended(held_out_error=4.0, seen_error=0.0), "local": ended(held_out_error=6.5, seen_error=1.0)}
    assert sharing.errors(runs) == {
        "conv_error": 4.0, "conv_seen_error": 0.0, "local_error": 6.5, "local_seen_error": 1.0, "advantage": 2.5,
    }  # fmt: skip
    assert "advantage" not in sharing.errors(runs | {"local": ended("diverged")})
    nets = {"cnn16": ended(still_error=3.0, moved_error=10.0), "mlp512": ended(still_error=5.0, moved_error=40.0)}
    assert vision.errors(nets) == {
        "cnn_error": 3.0, "cnn_moved_error": 10.0, "mlp_error": 5.0, "mlp_moved_error": 40.0, "gap": 2.0,
        "moved_gap": 30.0,
    }  # fmt: skip


def test_every_net_of_a_study_is_there_and_pilots_see_no_test_image() -> None:
    for study in (sharing, filters, vision):
        for arm in study.arms("full"):
            assert arm.settings["held_out"] == ["test", 10_000]
            assert {*arm.settings.get("rates", ()), arm.settings.get("net", "conv")} <= set(model.NETS)
        for arm in (*study.arms("pilot"), *study.arms("quick")):
            assert arm.settings["held_out"][0] == "validation", arm.name


def test_nearest_neighbours_are_those_of_a_count_by_hand() -> None:
    train, held_out = images.images("train", 60), images.images("validation", 40)
    apart = ((held_out.x[:, None] - train.x[None]) ** 2).sum(axis=-1)
    votes = [np.bincount(train.y[row[:5]], minlength=10).argmax() for row in apart.argsort(axis=1)]
    assert others.error("knn", 0, train, held_out) == pytest.approx(100 * np.mean(votes != held_out.y))
