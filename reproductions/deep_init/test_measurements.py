"""Laws of what the studies measure and conclude."""

import math
from typing import Any

import numpy as np
import pytest

from common import datasets
from common.training import Run
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.deep_init import model, nets  # noqa: E402
from reproductions.deep_init.studies import (  # noqa: E402
    critical_width,
    dead_units,
    depth,
    eighties,
    forgiving,
    init_scale,
    lazy,
    saturation,
    spectral,
)

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")


def run(**fields: Any) -> Run:
    values: dict[str, Any] = {"seed": 1, "status": "ok", "steps": 5, "stopped": False, "metrics": {}, "curves": {}}
    return Run(**{**values, **fields})


def test_error_is_taken_where_validation_is_best_and_a_diverged_seed_has_none() -> None:
    curves = {"validation_error": [(0, 90.0), (1, 4.0), (2, 4.0)], "test_error": [(0, 1.0), (1, 7.0), (2, 2.0)]}
    found = depth.at_best_validation(run(metrics={"train_loss": 0.5}, curves=curves))
    assert found == {"test_error": 7.0, "validation_error": 4.0, "train_loss": 0.5}
    unseen = run(metrics={"train_loss": 0.5}, curves={"validation_error": [(0, 9.0), (1, 4.0)]})
    assert depth.at_best_validation(unseen) == {"validation_error": 4.0, "train_loss": 0.5}
    assert depth.at_best_validation(run(status="diverged", curves=curves)) == {}


def test_a_net_at_chance_keeps_its_whole_budget() -> None:
    assert not depth.settled({"validation_error": [90.0] * 30})
    assert depth.settled({"validation_error": [5.0, *[6.0] * depth.PATIENCE]})
    assert not depth.settled({"validation_error": [5.0, *[6.0] * (depth.PATIENCE - 1)]})


def test_runs_together_count_as_diverged_only_when_all_of_them_did() -> None:
    ok, lost = run(), run(status="diverged", steps=2)
    assert nets.together(1, {"a": ok, "b": lost}, {"x": None}).status == "ok"
    assert nets.together(1, {"a": lost, "b": lost}, {}).status == "diverged"
    assert nets.together(1, {"a": ok, "b": lost}, {}).steps == 7


@pytest.mark.parametrize(("unit", "constant"), critical_width.CONSTANTS.items())
def test_gains_of_theory_have_no_error_and_put_the_width_where_it_says(unit: str, constant: float) -> None:
    gains = {width: 0.02 * constant * math.sqrt(width) for width in critical_width.WIDTHS}
    exact = critical_width.compared(gains, constant)
    assert exact == pytest.approx({"gain_error": 0, "critical_width": 2500 / constant**2, "critical_width_error": 0})
    larger = critical_width.compared({width: 1.1 * gain for width, gain in gains.items()}, constant)
    assert larger["gain_error"] == pytest.approx(0.1)
    assert larger["critical_width_error"] == pytest.approx(1 - 1 / 1.21)


@pytest.mark.parametrize("unit", critical_width.CONSTANTS)
def test_measured_gain_of_a_layer_is_that_of_theory(unit: str) -> None:
    images = model.training_images(8).x * np.float32(1e-3)
    theory = 0.02 * critical_width.CONSTANTS[unit] * math.sqrt(1000)
    assert critical_width.gain(images, 10_000, unit, 1000) == pytest.approx(theory, rel=0.06)


@pytest.mark.parametrize("unit", saturation.ACTIVATIONS)
def test_slopes_and_saturation_follow_from_the_activation(unit: str) -> None:
    function, slope, saturated = saturation.ACTIVATIONS[unit]
    z = np.array([-9.0, -1.0, 0.3, 9.0])
    numeric = (function(z + 1e-6) - function(z - 1e-6)) / 2e-6
    assert slope(function(z)) == pytest.approx(numeric, abs=1e-6)
    assert saturated(function(z)).tolist() == {"relu": [True, True, False, False]}.get(unit, [True, False, False, True])


def test_gradient_at_the_first_layer_is_that_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against finite differences with respect to a bias of the first layer's units, put in as a further input."""
    monkeypatch.setattr(saturation, "WIDTH", 5)
    monkeypatch.setattr(saturation, "DEPTH", 2)
    images, labels = np.random.default_rng(0).random((1, 6)), np.array([3])
    _, found, _ = saturation.passed_back(images, labels, 1, "tanh", "all", 2.0)
    generator = np.random.default_rng(1)
    fans = ((6, 5), (5, 5), (5, 10))
    first, second, last = (2 * generator.uniform(-1, 1, fan) * math.sqrt(6 / sum(fan)) for fan in fans)

    def loss(shift: np.ndarray) -> float:
        logits = (np.tanh(np.tanh(images @ first + shift) @ second) @ last)[0]
        return float(np.log(np.exp(logits).sum()) - logits[3])

    numeric = [(loss(step) - loss(-step)) / 2e-6 for step in 1e-6 * np.eye(5)]
    assert found == pytest.approx(math.sqrt(np.mean(np.square(numeric))), rel=1e-5)


@pytest.mark.parametrize("unit", ["sigmoid", "tanh"])
def test_gradients_of_saturated_units_are_held_against_those_of_their_layer(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One layer: the gradient at a unit is what comes back times the slope, both worked out anew."""
    monkeypatch.setattr(saturation, "WIDTH", 40)
    monkeypatch.setattr(saturation, "DEPTH", 1)
    images, labels = np.random.default_rng(0).random((3, 6)), np.array([3, 0, 1])
    share, _, ratios = saturation.passed_back(images, labels, 1, unit, "all", 5.0)
    generator = np.random.default_rng(1)
    first, last = (5 * generator.uniform(-1, 1, fan) * math.sqrt(6 / sum(fan)) for fan in ((6, 40), (40, 10)))
    z = images @ first
    passed = np.tanh(z) if unit == "tanh" else 1 / (1 + np.exp(-z))
    chances = np.exp(passed @ last)
    chances /= chances.sum(axis=1, keepdims=True)
    chances[range(3), labels] -= 1
    size = np.abs(chances @ last.T * (1 - passed**2 if unit == "tanh" else passed * (1 - passed)))
    flat = np.abs(z) > (1 if unit == "tanh" else 2) * math.atanh(0.95)
    assert 0 < share == flat.mean() < 1
    assert ratios == pytest.approx([size[flat].mean() / size[~flat].mean()])


def test_biases_saturate_at_weights_that_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saturation, "DEPTH", 2)
    data = model.training_images(16)
    small, large = (saturation.passed_back(data.x, data.y, 1, "tanh", "biases", shift) for shift in (0.5, 6.0))
    assert small[0] < 0.05
    assert large[0] > 0.95
    assert large[1] < small[1] / 100


def test_the_mean_of_ratios_is_geometric_and_a_unit_that_passes_nothing_makes_it_zero() -> None:
    assert saturation.geometric_mean([0.1, 1.0, 10.0]) == pytest.approx(1.0)
    assert saturation.geometric_mean([0.0, 2.0]) == 0.0


def test_a_unit_is_dead_when_no_image_activates_it() -> None:
    inputs = keras.Input((2,))
    x = keras.layers.Dense(4, "relu")(inputs)
    net = keras.Model(inputs, keras.layers.Dense(3)(x))
    kernel = np.array([[1.0, -1.0, 1.0, -1.0], [0.0, 0.0, -1.0, 1.0]], "float32")
    net.layers[1].set_weights([kernel, np.zeros(4, "float32")])
    images = np.array([[1.0, 0.5], [2.0, 3.0]], "float32")  # unit 2 sees 0.5 and -1, unit 3 the opposite
    assert float(dead_units.dead(net, images, None)["dead"]) == 0.25


def pair(dead: float, relu: float, leaky: float) -> tuple[Run, Run]:
    return run(metrics={"train_dead": dead, "test_error": relu}), run(metrics={"test_error": leaky})


def test_units_that_die_are_counted_at_rates_that_do_not_diverge() -> None:
    table = {"0.1": pair(0.05, 9.0, 1.0), "1": pair(0.3, 9.0, 7.0), "3": (run(status="diverged"), run())}
    found = dead_units.compared(table)
    assert (found["largest_rate"], found["rank_correlation"], found["most_dead"]) == (1.0, 1.0, 0.3)
    assert found["dead_rise"] == pytest.approx(0.25)
    assert (found["relu_diverged"], found["leaky_diverged"]) == (1.0, 0.0)
    assert set(found) <= set(dead_units.METRICS)


def test_a_relu_net_that_diverges_is_charged_like_a_leaky_one() -> None:
    lost, fine = run(status="diverged"), run(metrics={"test_error": 7.0})
    first = pair(0.3, 9.0, 7.0)
    assert dead_units.compared({"1": first, "3": (lost, fine)})["relu_minus_leaky"] == (2 + 83) / 2
    assert dead_units.compared({"1": (first[0], lost), "3": (lost, lost)})["relu_minus_leaky"] == (9 - 90 + 0) / 2
    assert "relu_minus_leaky" not in dead_units.compared({"0.1": pair(0.0, 9.0, 1.0), "1": pair(0.1, 9.0, 7.0)})


def test_shares_of_factors_that_add_up_are_what_each_of_them_saves() -> None:
    saves = dict(zip(eighties.FACTORS, (4.0, 1.0, 0.5, -0.5, 5.0), strict=True))
    errors = {recipe: 12 - sum(saves[factor] for factor in held) for recipe, held in eighties.RECIPES.items()}
    found = eighties.shares(errors)
    assert [found[f"share_{factor}"] for factor in saves] == pytest.approx([s / 10 for s in saves.values()])
    assert (found["share_relu_dropout"], found["share_four"]) == pytest.approx((0.5, 0.5))
    assert (found["error_saved"], found["error_left"]) == (10.0, 5.0)
    assert {*found, *(f"error_{recipe}" for recipe in eighties.RECIPES)} <= set(eighties.METRICS)


def test_a_factor_that_does_harm_alone_does_not_turn_the_sign_of_the_others() -> None:
    errors = dict.fromkeys(eighties.RECIPES, 5.0) | {"eighties": 15.0}
    errors |= {f"with_{factor}": 15.0 for factor in eighties.FACTORS} | {"with_relu": 5.0, "with_depth": 90.0}
    found = eighties.shares(errors)
    assert (found["share_relu"], found["share_depth"]) == pytest.approx((0.5, -3.75))
    assert found["share_four"] == pytest.approx(-3.25)


@pytest.mark.parametrize(
    ("recipe", "dense", "dropout"),
    [
        ("eighties", 3, 0),
        ("modern", 5, 4),
        ("with_depth", 5, 0),
        ("without_dropout", 5, 0),
        ("with_relu_dropout", 3, 2),
    ],
)
def test_recipes_hold_the_layers_they_name(recipe: str, dense: int, dropout: int) -> None:
    net = eighties.build_model(20, 8, eighties.RECIPES[recipe])
    kinds = [type(layer).__name__ for layer in net.layers]
    assert (kinds.count("Dense"), kinds.count("Dropout")) == (dense, dropout)
    assert "BatchNormalization" not in kinds  # it is younger than the source


def test_recipes_take_plain_sgd_as_adam_is_as_young_as_the_source() -> None:
    settings = {"images": 500, "width": 8, "epochs": 1, "rates": eighties.RATES, "held_out": nets.TUNED}
    for recipe in eighties.RECIPES:
        built = eighties.experiment(settings, recipe).build_optimizer({"learning_rate": 0.1})
        assert type(built) is keras.optimizers.SGD


def test_every_factor_is_added_once_and_taken_away_once() -> None:
    sizes = sorted(len(recipe) for recipe in eighties.RECIPES.values())
    assert sizes == [0, *[1] * 5, 2, *[4] * 5, 5]
    assert len(set(eighties.RECIPES.values())) == 13


def test_squared_error_is_half_the_squared_distance() -> None:
    logits = np.zeros((2, 10), "float32")
    found = eighties.squared_error(lambda x, training: x, keras.ops.convert_to_tensor(logits), np.array([0, 5]))
    assert float(found) == pytest.approx(10 * 0.25 / 2)


def test_the_adding_problem_marks_one_number_in_each_half() -> None:
    x, y = (np.asarray(part) for part in spectral.adding(keras.random.SeedGenerator(1), 4000))
    marks = x[:, :, 1]
    assert x.shape == (4000, 50, 2)
    assert np.array_equal(marks.sum(axis=1), np.full(4000, 2.0))
    assert np.array_equal(marks[:, :25].sum(axis=1), np.ones(4000))
    assert (marks[:, :25].sum(axis=0) > 0).all()
    assert y[:, 0] == pytest.approx((x[:, :, 0] * marks).sum(axis=1), rel=1e-5)
    assert np.square(y - 1).mean() == pytest.approx(spectral.CHANCE["rnn"], rel=0.1)


@pytest.mark.parametrize("kind", spectral.WEIGHTS["rnn"])
def test_recurrent_weights_have_their_spectral_radius(kind: str) -> None:
    setting = f"{kind}_1.3"
    settings = {"net": "rnn", "steps": 1, "rates": {setting: 1e-3}}
    keras.utils.set_random_seed(1)
    net = spectral.recurrent(kind, spectral.experiment(settings, setting).hyper)
    loop = next(np.asarray(v) for v in net.trainable_variables if v.shape == (spectral.UNITS, spectral.UNITS))
    radius = np.abs(np.linalg.eigvals(loop)).max()
    assert radius == pytest.approx(1.3, rel=0.2 if kind == "gaussian" else 1e-4)
    assert (np.count_nonzero(loop) == spectral.UNITS) == (kind == "identity")


def test_a_net_has_learned_something_when_it_beats_the_best_constant_answer_on_held_out_images() -> None:
    labels = datasets.load_images().validation.labels[:200]
    constant = 100 * (1 - np.bincount(labels).max() / 200)
    settings = {"net": "mlp", "held_out": {"validation": 200}}
    for error, learned in ((constant, False), (constant - 3, False), (constant - 20, True), (5.0, True)):
        assert spectral.learned_something(run(metrics={"validation_error": error}), settings) is learned
    assert not spectral.learned_something(run(status="diverged", metrics={"validation_error": 5.0}), settings)


@pytest.mark.parametrize(("loss", "learned"), [(1 / 6, False), (0.159, False), (0.157, True)])
def test_a_recurrent_net_has_learned_something_under_95_per_cent_of_chance(loss: float, learned: bool) -> None:
    assert spectral.learned_something(run(metrics={"train_loss": loss}), {"net": "rnn"}) is learned


def test_softmax_regression_is_the_net_without_hidden_layers() -> None:
    for study, arm in ((lazy, "softmax"), (forgiving, "depth0")):
        settings = next(one.settings for one in study.arms("full") if one.name == arm)
        net = study.experiment(settings).build_model(nets.deviations("std_0.02", 64, 16))
        assert [tuple(v.shape) for v in net.trainable_variables][-1] == (10,)
        assert len(net.trainable_variables) == 2


def test_the_better_of_two_scales_is_that_of_the_lower_test_error(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = {"0.1": 88.65, "1": 7.0, "1.41": 3.0}
    runs = {scale: run(metrics={"train_loss": 1.0, "test_error": error}) for scale, error in errors.items()}
    monkeypatch.setattr(init_scale, "experiment", lambda settings, scale: scale)
    monkeypatch.setattr(nets, "side_by_side", lambda experiments, seeds, lanes: [(1, runs)])
    (found,) = init_scale.run({"rates": dict.fromkeys(errors, 0.1), "held_out": {"test": 10_000}}, [1], 1)
    assert (found.metrics["least_test_error"], found.metrics["test_error_1.41"]) == (7.0, 3.0)
    assert set(found.metrics) <= set(init_scale.METRICS)


def test_the_range_of_errors_is_that_of_ordinary_deviations_and_a_lost_net_knows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = dict(zip(forgiving.DEVIATIONS, (50.0, 4.0, 4.5, 5.0, None, 4.0, 91.0), strict=True))
    runs = {d: run(metrics={"test_error": e, "validation_error": e}) for d, e in errors.items()}
    monkeypatch.setattr(forgiving, "experiment", lambda settings, deviation: deviation)
    monkeypatch.setattr(nets, "side_by_side", lambda experiments, seeds, lanes: [(1, runs)])
    (found,) = forgiving.run({"deviations": list(errors), "held_out": nets.JUDGED}, [1], 1)
    assert found.metrics == {
        "validation_error": 4.0,
        "worst_validation_error": 90.0,
        "test_error_range": 86.0,
        "test_error_whole_range": 87.0,
        "worst_test_error": 90.0,
        "worst_test_error_of_all": 91.0,
        "test_error_0.01": 5.0,
    }
