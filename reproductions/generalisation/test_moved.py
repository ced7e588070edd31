"""Images move as far as is said, in training alone, and layers learn to undo noise before labels are learned."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Arrays, Evaluation, Experiment, train  # noqa: E402
from reproductions.generalisation import moved, pixels, pretrained  # noqa: E402
from reproductions.generalisation.studies import moves, pretraining  # noqa: E402

SIDE = 28


def block(row: int, column: int) -> np.ndarray[Any, Any]:
    """Sixty images (n, side, side, 1) of a lit square of 3 by 3 pixels."""
    images = np.zeros((60, SIDE, SIDE, 1), "float32")
    images[:, row - 1 : row + 2, column - 1 : column + 2] = 1
    return images


def centres(images: Any) -> np.ndarray[Any, Any]:
    """Where the light of each image lies: (n, 2), row and column."""
    light = ops.convert_to_numpy(images)[..., 0]
    places = np.arange(SIDE)
    rows, columns = (light.sum(axis=axis) @ places / light.sum(axis=(1, 2)) for axis in (2, 1))
    return np.stack([rows, columns], axis=1)


def test_an_image_is_shifted_by_two_pixels_of_28_at_most_and_anew_each_time() -> None:
    found = centres(moved.moves("shift")(block(14, 9), training=True)) - [14, 9]
    assert 1.5 < np.abs(found).max() <= 2 + 1e-3
    assert len(np.unique(found[:, 0].round(4))) > 50


def test_an_image_is_turned_by_ten_degrees_at_most() -> None:
    centre = (SIDE - 1) / 2
    found = centres(moved.moves("turn")(block(14, 24), training=True)) - centre
    angles = np.degrees(np.arctan2(found[:, 0], found[:, 1])) - np.degrees(np.arctan2(14 - centre, 24 - centre))
    assert 7 < np.abs(angles).max() < 10.5
    assert np.hypot(*found.T) == pytest.approx(np.hypot(14 - centre, 24 - centre), abs=0.3)


def test_mirrored_images_are_mirrored_or_as_they_were() -> None:
    columns = centres(moved.moves("mirror")(block(14, 5), training=True))[:, 1]
    assert {round(float(c), 3) for c in columns} == {5.0, 22.0}


@pytest.mark.parametrize("body", ["dense", "conv"])
def test_images_that_are_judged_stay_as_they_are(body: str) -> None:
    net = moved.net(64, "shift+turn", body, 4)
    x = np.random.default_rng(1).random((6, 64)).astype("float32")
    still, again = (ops.convert_to_numpy(net(x, training=False)) for _ in range(2))
    assert np.array_equal(still, again)
    assert not np.allclose(still, ops.convert_to_numpy(net(x, training=True)), atol=1e-4)


def test_arms_that_are_compared_differ_in_the_moves_and_their_rate_alone() -> None:
    arms = {arm.name: arm.settings for arm in moves.arms("full")}
    for other, plain in (("both", "plain"), ("both_500", "plain_500"), ("both_conv", "plain_conv")):
        assert {n for n in arms[other] if arms[other][n] != arms[plain][n]} <= {"kinds", "rate"}


def test_reconstructions_are_judged_by_the_cross_entropy_of_probabilities() -> None:
    generator = np.random.default_rng(4)
    logits, x = generator.normal(size=(5, 7)).astype("float32"), generator.random((5, 7)).astype("float32")
    p = 1 / (1 + np.exp(-logits))
    expected = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=1).mean()
    assert float(pretrained.surprise_of_bits(logits, x)) == pytest.approx(expected, rel=1e-5)


def test_each_layer_is_to_tell_its_clean_inputs_from_what_is_left_of_them() -> None:
    generator = np.random.default_rng(6)
    net = pretrained.Stack(5, (4, 3), lambda: 1.0, old=False)
    x = generator.random((8, 5)).astype("float32")
    kept = [(generator.random((8, size)) < 0.7).astype("float32") for size in (5, 4)]
    layers = (*net.encoders, *net.decoders)
    weights = [[ops.convert_to_numpy(w.value) for w in layer.trainable_variables] for layer in layers]

    def sigmoid(inputs: Any, layer: int) -> Any:
        return 1 / (1 + np.exp(-(inputs @ weights[layer][0] + weights[layer][1])))

    expected, clean = 0.0, x
    for layer in range(2):
        told = sigmoid(sigmoid(clean * kept[layer], layer), layer + 2)
        expected -= (clean * np.log(told) + (1 - clean) * np.log(1 - told)).sum(axis=1).mean()
        clean = sigmoid(clean, layer)
    assert float(net.denoising(x, kept)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("old", "bound"), [(True, 1 / np.sqrt(30)), (False, np.sqrt(6 / 50))])
def test_weights_begin_within_the_bound_of_their_time(old: bool, bound: float) -> None:
    values = np.abs(ops.convert_to_numpy(pretrained.dense(30, 20, "sigmoid", old=old).kernel.value))
    assert 0.95 * bound < values.max() <= bound


def test_labels_are_learned_after_noise_was_undone_and_not_before() -> None:
    """While it pretrains the head stands still, and afterwards the decoders do."""
    generator = np.random.default_rng(2)
    data = Arrays(generator.random((12, 2, 6)).astype("float32"), generator.integers(0, 10, 12).astype("int32"))
    seen = Arrays(data.x[:, 0], data.y)

    def sizes(net: Any, x: Any, y: Any) -> dict[str, Any]:
        layers = {"head": net.head, "decoder": net.decoders[0], "below": net.encoders[0]}
        return {name: ops.sum(ops.square(layer.kernel)) for name, layer in layers.items()}

    experiment = Experiment(
        build_model=lambda hyper: pretrained.Stack(6, (5, 4), lambda: hyper["pretrains"], old=False),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=pretrained.loss,
        data=data,
        batch_size=6,
        steps=4,
        evaluate={"weights": Evaluation(seen, sizes, 12, 12)},
        evaluate_every=2,
        hyper={"pretrains": 1.0, "rate": 0.1},
        adjust=lambda history, hyper: {"pretrains": float(len(history["weights_head"]) < 2)},
    )
    (run,) = train(experiment, [5])
    curve = {name: [value for _, value in run.curves[f"weights_{name}"]] for name in ("head", "decoder", "below")}
    assert curve["head"][0] == curve["head"][1] != curve["head"][2]
    assert curve["decoder"][0] != curve["decoder"][1] == curve["decoder"][2]
    assert len(set(curve["below"])) == 3


def test_beside_every_image_stands_one_of_the_first_that_has_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(14, dtype="float32").reshape(7, 2), np.arange(7, dtype="int32")
    monkeypatch.setattr(pixels, "images", lambda part, size, halved: Arrays(x[:size], y[:size]))
    data = pretraining.pairs(3, 7)
    assert np.array_equal(data.x[:, 0], x)
    assert np.array_equal(data.y, [0, 1, 2, 0, 1, 2, 0])
    assert np.array_equal(data.x[:, 1], x[data.y])


def test_the_net_from_random_weights_never_pretrains_and_the_other_does_so_once() -> None:
    (arm,) = pretraining.arms("quick")
    settings = {**arm.settings, "steps": 200, "every": 100}
    size = pretraining.BATCH
    data = Arrays(np.zeros((size, 2, 3), "float32"), np.zeros(size, "int32"))
    for start, expected in (("random", [0.0, 0.0, 0.0]), ("pretrained", [1.0, 1.0, 0.0])):
        experiment = pretraining.experiment({**settings, "watched": 50, "looked_at": 50}, data, start)
        hyper = [experiment.adjusted({"validation_error": [90.0] * looks}) for looks in (1, 2, 3)]
        assert [h["pretrains"] for h in hyper] == expected
        assert hyper[2]["rate"] == settings["rates"][start]
        assert experiment.steps == 200 * (1 + (start == "pretrained"))
