"""Laws of dropout, of the nets and images, and of what is read from their curves and errors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from common import datasets
from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from reproductions.dropout import analysis, model  # noqa: E402
from reproductions.dropout.studies import (  # noqa: E402
    grid,
    helps,
    longer,
    probability,
    published_nets,
    scaling,
)

STUDIES = (grid, helps, longer, probability, published_nets, scaling)


@pytest.fixture(autouse=True)
def digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No law here needs MNIST, and the digits are read in a moment."""
    monkeypatch.setenv("REPRO_DATASET", "digits")


def numbers(x: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(x))


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("inverted", [True, False])
def test_training_drops_units_one_by_one_at_the_rate(rate: float, inverted: bool) -> None:
    x = np.random.default_rng(0).uniform(1, 2, (200, 300)).astype("float32")
    layer = model.Dropout(rate, inverted=inverted)
    found, again = (numbers(layer(x, training=True)) for _ in range(2))
    kept = found != 0
    assert np.allclose(found[kept], x[kept] / (1 - rate if inverted else 1), rtol=1e-6)
    error = np.sqrt(rate * (1 - rate) / kept.size)
    assert abs(kept.mean() - (1 - rate)) < 5 * error
    for axis in (0, 1):  # no unit and no example is favoured
        spread = np.sqrt(rate * (1 - rate) / kept.shape[axis])
        assert kept.mean(axis=axis).std() == pytest.approx(spread, rel=0.2)
    assert (kept == (again != 0)).mean() == pytest.approx(rate**2 + (1 - rate) ** 2, abs=0.02)


@pytest.mark.parametrize(("inverted", "factor"), [(True, 1.0), (False, 0.7)])
def test_testing_drops_nothing_and_the_mean_signal_is_that_of_training(inverted: bool, factor: float) -> None:
    x = np.ones((2_000, 50), "float32")
    layer = model.Dropout(0.3, inverted=inverted)
    assert np.allclose(numbers(layer(x, training=False)), factor, rtol=1e-6)
    assert numbers(layer(x, training=True)).mean() == pytest.approx(factor, abs=0.01)


def test_a_traced_rate_of_zero_is_no_dropout() -> None:
    x = np.random.default_rng(0).normal(size=(20, 30)).astype("float32")
    assert np.array_equal(numbers(model.Dropout(keras.Variable(0.0, trainable=False))(x, training=True)), x)


def trained_like(bias: bool) -> tuple[Any, np.ndarray]:
    """A net of two dropout layers with weights and biases that are not small, and images."""
    keras.utils.set_random_seed(3)
    net = model.build_model(64, (32, 32), 0.5, 0.2, bias=bias, inverted=False)
    for variable in net.trainable_variables:
        variable.assign(keras.random.normal(variable.shape, stddev=0.5))
    return net, datasets.load_images().validation.images


def test_scaled_signals_are_those_of_scaled_weights() -> None:
    net, x = trained_like(bias=True)
    bare = model.build_model(64, (32, 32))
    dense = [layer for layer in net.layers if layer.weights and not isinstance(layer, model.Dropout)]
    for target, layer, keep in zip(bare.layers[1:], dense, (0.8, 0.5, 0.5), strict=True):
        kernel, bias = map(numbers, layer.weights)
        target.set_weights([keep * kernel, bias])
    assert np.allclose(numbers(net(x)), numbers(bare(x)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("bias", [True, False])
def test_without_biases_scaling_moves_certainty_and_no_answer(bias: bool) -> None:
    net, x = trained_like(bias)
    y = np.arange(len(x)).astype("int32") % 10
    found = {name: float(value) for name, value in scaling.five_ways(net, x[:100], y[:100]).items()}
    assert (found["changed"] == 0) is not bias
    assert found["unscaled_nll"] > 1.5 * found["scaled_nll"]
    unscaled = numbers(scaling.through(net, x, lambda layer, inputs: inputs))
    scaled = numbers(net(x, training=False))
    assert np.allclose(unscaled, scaled / (0.8 * 0.5 * 0.5), rtol=1e-3, atol=1e-3) is not bias


def test_a_net_that_drops_nothing_is_tested_alike_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    net, x = trained_like(bias=True)
    monkeypatch.setattr(model.Dropout, "keep", lambda layer: 1.0)
    y = numbers(ops.argmax(net(x), axis=-1)).astype("int32")
    y[:25] = (y[:25] + 1) % 10
    found = {name: float(value) for name, value in scaling.five_ways(net, x[:100], y[:100]).items()}
    ways = ("scaled", "unscaled", "one_sample", "mc10", "mc100")
    assert [found[f"{way}_error"] for way in ways] == pytest.approx([25.0] * 5)
    assert [found[f"{way}_nll"] for way in ways] == pytest.approx([found["scaled_nll"]] * 5, rel=1e-4)
    assert found["halved_nll"] != pytest.approx(found["scaled_nll"], rel=0.01)


def test_samples_of_one_image_differ_and_their_average_is_more_certain_than_one() -> None:
    net, x = trained_like(bias=True)
    drawn = numbers(scaling.through(net, ops.repeat(x[:1], 50, axis=0), lambda layer, inputs: layer.sample(inputs)))
    assert len({row.tobytes() for row in drawn}) == 50
    y = numbers(ops.argmax(net(x), axis=-1)).astype("int32")
    found = {name: float(value) for name, value in scaling.five_ways(net, x[:100], y[:100]).items()}
    assert found["one_sample_nll"] > found["mc10_nll"] > found["mc100_nll"]
    assert found["one_sample_error"] > found["mc100_error"]


@pytest.mark.parametrize(("way", "samples"), [("one_sample", 1), ("mc10", 10)])
def test_an_average_takes_as_many_samples_as_it_says(way: str, samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first so many samples of each image drop nothing, the others everything."""
    net, x = trained_like(bias=True)
    kept = (np.arange(100 * scaling.SAMPLES) % scaling.SAMPLES < samples).astype("float32")[:, None]
    monkeypatch.setattr(model.Dropout, "sample", lambda layer, inputs: inputs * kept)
    found = {n: float(v) for n, v in scaling.five_ways(net, x[:100], np.zeros(100, "int32")).items()}
    assert found[f"{way}_error"] == found["unscaled_error"]
    assert found[f"{way}_nll"] == pytest.approx(found["unscaled_nll"], rel=0.02)
    assert found["mc100_nll"] != pytest.approx(found["unscaled_nll"], rel=0.05)


def test_max_norm_limits_the_weights_into_every_unit() -> None:
    longest = {}
    for limit in (0.0, model.MAX_NORM):
        keras.utils.set_random_seed(1)
        net = model.build_model(64, (32, 32), max_norm=limit)
        gradients = [keras.random.normal(v.shape, seed=i) for i, v in enumerate(net.trainable_variables)]
        model.optimizer(1.0).apply(gradients, net.trainable_variables)
        kernels = [numbers(v) for v in net.trainable_variables if len(v.shape) == 2]
        longest[limit] = [float(np.linalg.norm(kernel, axis=0).max()) for kernel in kernels]
    assert max(longest[model.MAX_NORM]) <= model.MAX_NORM * (1 + 1e-5)
    assert min(longest[0.0]) > model.MAX_NORM, "the step is too short to show that anything is limited"


def test_loss_and_quality_agree_with_keras() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.random((32, 64), np.float32), generator.integers(0, 10, 32).astype("int32")
    net = model.build_model(64, (16,))
    loss = float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, net(x)))
    accuracy = float(np.mean(numbers(keras.metrics.sparse_categorical_accuracy(y, net(x)))))
    found = {name: float(value) for name, value in model.quality(net, x, y).items()}
    assert float(model.cross_entropy(net, x, y)) == pytest.approx(loss, rel=1e-5)
    assert found == pytest.approx({"error": 100 * (1 - accuracy), "nll": loss}, rel=1e-5)


SMALL: Mapping[str, Any] = {
    "task": "digits",
    "widths": [8, 8],
    "images": 256,
    "batch": 128,
    "steps": 6,
    "every": 3,
    "on": ["validation"],
    "rates": {"dropout": 0.1, "plain": 0.1},
}


def test_the_nets_of_a_pair_start_alike_see_the_same_images_and_differ_in_dropout_alone() -> None:
    plain, dropped = (replace(grid.experiment(SMALL, t)) for t in ("plain", "dropout"))
    (run,) = model.side_by_side({"a": plain, "b": plain, "dropout": dropped}, [7], 1)
    for metric in ("validation_error", "validation_nll", "train_loss"):
        assert run.curves[f"a_{metric}"] == run.curves[f"b_{metric}"]
    assert run.curves["a_validation_nll"][0] == run.curves["dropout_validation_nll"][0]
    assert run.metrics["a_validation_nll"] != run.metrics["dropout_validation_nll"]
    assert run.steps == 18


def test_a_pair_with_a_diverged_net_has_no_gain() -> None:
    (run,) = grid.run({**SMALL, "rates": {"dropout": 0.1, "plain": 1e30}}, [7], 1)
    assert run.status == "diverged"
    assert "gain" not in run.metrics
    assert "dropout_validation_error" in run.metrics


def test_gain_is_the_error_that_dropout_saves() -> None:
    (run,) = grid.run(SMALL, [7], 1)
    plain, dropped = (run.metrics[f"{treatment}_validation_error"] for treatment in ("plain", "dropout"))
    assert plain is not None
    assert dropped is not None
    assert run.metrics["gain"] == plain - dropped != 0


def test_halves_make_up_the_image() -> None:
    images = model.training_images(50)
    parts = grid.halves(images)
    assert np.array_equal(np.concatenate([parts.x, parts.y], axis=1), images.x)
    tall = images.x.reshape(-1, 8, 8)
    assert np.array_equal(parts.x.reshape(-1, 4, 8), tall[:, :4])


def test_regression_learns_the_lower_half() -> None:
    settings = {**SMALL, "task": "completion", "widths": [64], "steps": 150, "every": 150}
    (run,) = grid.run({**settings, "rates": {"dropout": 0.01, "plain": 0.01}}, [7], 1)
    (_, start), (_, end) = run.curves["plain_validation_error"]
    blank = float(np.mean(np.square(grid.halves(model.training_images(1_000)).y)))
    assert end < 0.5 * min(blank, start)


def test_smoothed_curves_tell_a_rise_from_noise() -> None:
    steps = list(range(0, 303, 3))
    noise = np.random.default_rng(0).normal(0, 0.02, len(steps))

    def read(values: np.ndarray) -> dict[str, float]:
        points = [(step, float(value)) for step, value in zip(steps, values, strict=True)]
        return longer.shape({"plain_validation_error": points, "plain_validation_nll": points}, "plain")

    flat = read(1 + noise)
    assert flat["plain_error_rise"] < 0.03
    valley = read(1 + ((np.arange(101) - 40) / 60) ** 2)
    assert valley["plain_nll_best"] == pytest.approx(40 / 98, abs=0.01)
    assert valley["plain_nll_rise"] == pytest.approx((58 / 60) ** 2, rel=0.02)
    falling = read(3 - 0.01 * np.arange(101))
    assert falling["plain_error_slope"] == pytest.approx(-1.0)
    assert falling["plain_error_best"] == 1
    assert falling["plain_error_rise"] == 0


def test_probability_is_chosen_by_validation_and_judged_on_other_images() -> None:
    errors = {"p0": (4.0, 9.0), "p0.1": (3.0, 8.0), "p0.3": (5.0, 1.0), "p0.5": (6.0, 10.0), "p0.7": (7.0, 0.5)}
    metrics = {
        f"{p}_{on}_error": e for p, pair in errors.items() for on, e in zip(("validation", "test"), pair, strict=True)
    }
    assert probability.tuned(metrics, "test") == pytest.approx({"best_probability": 0.1, "tuned_gain": 0.2})
    tie = metrics | {"p0.5_validation_error": 3.0}
    assert probability.tuned(tie, "test") == {"best_probability": 0.5, "tuned_gain": 0.0}


def test_every_probability_but_the_default_is_far_from_it() -> None:
    assert all(abs(p - 0.5) > 0.199 for p in probability.PROBABILITIES if p != 0.5)


def measured_on(settings: Mapping[str, Any]) -> list[str]:
    on = settings["on"]
    return [on] if isinstance(on, str) else list(on)


def test_pilots_and_quick_runs_never_see_test_images_and_nothing_trains_on_what_it_is_measured_on() -> None:
    for study in STUDIES:
        for tier in ("quick", "pilot", "full", "gpu"):
            for arm in study.arms(tier):
                on = measured_on(arm.settings)
                if tier in ("quick", "pilot"):
                    assert on == ["validation"], f"{study.__name__} {arm.name}"
                if "validation" in on:
                    assert arm.settings["images"] <= 50_000


def test_all_images_are_those_of_training_and_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    data = replace(datasets.load_images(), citable=True)
    monkeypatch.setattr(datasets, "load_images", lambda: data)
    rows = {row.tobytes() for row in model.training_images(60_000).x}
    assert rows == {row.tobytes() for part in (data.train, data.validation) for row in part.images}
    assert not rows & {row.tobytes() for row in data.test.images}
    assert len(model.training_images(1_000).x) == 1_000


def test_an_l2_penalty_is_the_square_of_all_weights_and_of_no_bias() -> None:
    settings = {**SMALL, "rate": 0.1, "hidden": 0.0, "pixels": 0.0, "max_norm": 0.0}
    bare, penalised = (published_nets.experiment({**settings, "l2": l2}) for l2 in (0.0, 0.5))
    keras.utils.set_random_seed(1)
    net = model.build_model(64, (8, 8))
    x, y = bare.data.x[:32], bare.data.y[:32]  # type: ignore[union-attr]
    for variable in net.trainable_variables:
        variable.assign(keras.random.normal(variable.shape))
    squares = sum(float(np.sum(numbers(v) ** 2)) for v in net.trainable_variables if len(v.shape) == 2)
    extra = float(penalised.loss(net, x, y)) - float(bare.loss(net, x, y))
    assert extra == pytest.approx(0.5 * squares, rel=1e-4)


def test_rates_are_of_the_grid_and_taken_from_the_nearest_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {rate for rates in model.RATES.values() for rate in rates.values()} <= set(model.GRID)
    table = {"50": {"plain": 0.1}, "500": {"plain": 0.03}, "longer": {"plain": 0.01}}
    monkeypatch.setattr(model, "RATES", table)
    assert [model.learning_rate("plain", w) for w in (10, 100, 200, 1024)] == [0.1, 0.1, 0.03, 0.03]
    assert model.learning_rate("plain", 50, "longer") == 0.01
    assert model.learning_rate("plain", 50, "digits") == 0.1


def test_our_numbers_stand_beside_the_published_ones_with_seeds_and_interval() -> None:
    assert analysis.ours([]) == "not run"
    assert analysis.ours([1.0, 1.2, 1.1]) == "1.10 (3)"
    assert analysis.ours([1.0, 1.2] * 5) == "1.10 (0.99 to 1.21, 10)"
    page = analysis.sentences([])
    assert page.count("not run") == len(analysis.PUBLISHED)
    assert page.count("confirmed") == sum(row[-1] != "–" for row in analysis.PUBLISHED)
