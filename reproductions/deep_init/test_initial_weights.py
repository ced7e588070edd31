"""Laws of the initial weights, the nets and the measurements that the studies share, and of what they conclude."""

import math
from typing import Any

import numpy as np
import pytest

from common.training import Run
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.deep_init import model, nets  # noqa: E402
from reproductions.deep_init.claims import CLAIMS  # noqa: E402
from reproductions.deep_init.studies import (  # noqa: E402
    activations,
    critical_width,
    dead_units,
    depth,
    eighties,
    forgiving,
    glorot,
    init_scale,
    lazy,
    multiplier,
    saturation,
    spectral,
)

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


def run(**fields: Any) -> Run:
    values: dict[str, Any] = {"seed": 1, "status": "ok", "steps": 5, "stopped": False, "metrics": {}, "curves": {}}
    return Run(**{**values, **fields})


def test_error_is_taken_where_validation_is_best_and_a_diverged_seed_has_none() -> None:
    curves = {"validation_error": [(0, 90.0), (1, 4.0), (2, 4.0)], "test_error": [(0, 1.0), (1, 7.0), (2, 2.0)]}
    found = depth.at_best_validation(run(metrics={"train_loss": 0.5}, curves=curves))
    assert found == {"test_error": 7.0, "validation_error": 4.0, "train_loss": 0.5}
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
    _, found = saturation.passed_back(images, labels, 1, "tanh", "all", 2.0)
    generator = np.random.default_rng(1)
    fans = ((6, 5), (5, 5), (5, 10))
    first, second, last = (2 * generator.uniform(-1, 1, fan) * math.sqrt(6 / sum(fan)) for fan in fans)

    def loss(shift: np.ndarray) -> float:
        logits = (np.tanh(np.tanh(images @ first + shift) @ second) @ last)[0]
        return float(np.log(np.exp(logits).sum()) - logits[3])

    numeric = [(loss(step) - loss(-step)) / 2e-6 for step in 1e-6 * np.eye(5)]
    assert found == pytest.approx(math.sqrt(np.mean(np.square(numeric))), rel=1e-5)


def test_a_unit_is_dead_when_no_image_activates_it() -> None:
    inputs = keras.Input((2,))
    x = keras.layers.Dense(4, "relu")(inputs)
    net = keras.Model(inputs, keras.layers.Dense(3)(x))
    kernel = np.array([[1.0, -1.0, 1.0, -1.0], [0.0, 0.0, -1.0, 1.0]], "float32")
    net.layers[1].set_weights([kernel, np.zeros(4, "float32")])
    images = np.array([[1.0, 0.5], [2.0, 3.0]], "float32")  # unit 2 sees 0.5 and -1, unit 3 the opposite
    assert float(dead_units.dead(net, images, None)["dead"]) == 0.25


def test_units_that_die_are_compared_below_divergence_only() -> None:
    def pair(dead: float, relu: float, leaky: float) -> tuple[Run, Run]:
        return run(metrics={"train_dead": dead, "test_error": relu}), run(metrics={"test_error": leaky})

    table = {"0.1": pair(0.0, 9.0, 1.0), "1": pair(0.3, 9.0, 7.0), "3": (run(status="diverged"), run())}
    found = dead_units.compared(table)
    assert found == {"largest_rate": 1.0, "rank_correlation": 1.0, "most_dead": 0.3, "relu_minus_leaky": 2.0}
    lost = {"1": (table["1"][0], run(status="diverged"))}
    assert dead_units.compared(lost)["relu_minus_leaky"] == 9 - 90
    assert "relu_minus_leaky" not in dead_units.compared({"0.1": table["0.1"], "1": pair(0.1, 9.0, 7.0)})


def test_shares_of_factors_that_add_up_are_what_each_of_them_saves() -> None:
    saves = dict(zip(eighties.FACTORS, (4.0, 1.0, 0.5, -0.5, 2.0, 1.0, 2.0), strict=True))
    errors = {recipe: 12 - sum(saves[factor] for factor in held) for recipe, held in eighties.RECIPES.items()}
    found = eighties.shares(errors)
    assert [found[f"share_{factor}"] for factor in saves] == pytest.approx([s / 10 for s in saves.values()])
    assert (found["share_relu_dropout"], found["share_four"]) == pytest.approx((0.5, 0.5))
    assert (found["error_eighties"], found["error_modern"], found["error_saved"]) == (12.0, 2.0, 10.0)


def test_a_factor_that_does_harm_alone_does_not_turn_the_sign_of_the_others() -> None:
    errors = dict.fromkeys(eighties.RECIPES, 5.0) | {"eighties": 15.0}
    errors |= {f"with_{factor}": 15.0 for factor in eighties.FACTORS} | {"with_relu": 5.0, "with_depth": 90.0}
    found = eighties.shares(errors)
    assert (found["share_relu"], found["share_depth"]) == pytest.approx((0.5, -3.75))
    assert (found["share_four"], found["error_with_depth"]) == pytest.approx((-3.25, 90.0))


@pytest.mark.parametrize(
    ("recipe", "dense", "others"),
    [("eighties", 3, 0), ("modern", 5, 8), ("with_depth", 5, 0), ("without_dropout", 5, 4)],
)
def test_recipes_hold_the_layers_they_name(recipe: str, dense: int, others: int) -> None:
    net = eighties.build_model(20, 8, eighties.RECIPES[recipe])
    kinds = [type(layer).__name__ for layer in net.layers]
    assert kinds.count("Dense") == dense
    assert kinds.count("BatchNormalization") + kinds.count("Dropout") == others


def test_every_factor_is_added_once_and_taken_away_once() -> None:
    sizes = sorted(len(recipe) for recipe in eighties.RECIPES.values())
    assert sizes == [0, *[1] * 7, *[6] * 7, 7]
    assert len(set(eighties.RECIPES.values())) == 16


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


def test_rates_on_record_come_from_the_grid_and_belong_to_an_arm() -> None:
    groups = {f"{activation}_{init}" for _, activation, init, _, _ in depth.GROUPS}
    assert set(depth.RATES) <= groups
    assert all(set(rates) <= set(depth.GRID.get(name.split("_")[0], rates)) for name, rates in depth.RATES.items())
    for study in (glorot, activations):
        assert set(study.RATES) <= {arm.name for arm in study.arms("full")}
        assert all(rate in study.GRID[name.split("_")[0]] for name, rate in study.RATES.items())
    for name, rates in multiplier.RATES.items():
        unit = name.split("_")[0]
        assert len(rates) == len(multiplier.MULTIPLES[unit])
        assert set(rates) <= set(multiplier.GRID[unit])
    assert {rate for rates in lazy.RATES.values() for rate in rates} <= set(lazy.GRID)
    assert {rate for rates in init_scale.RATES.values() for rate in rates.values()} <= set(init_scale.GRID)
    assert set(forgiving.RATES.values()) <= set(forgiving.GRID)
    assert tuple(forgiving.RATES) == forgiving.DEPTHS
    assert spectral.RATES["rnn"] in spectral.GRID
    for recipe, rate in eighties.RATES.items():
        assert rate in eighties.GRID["adam" if "adam" in eighties.RECIPES[recipe] else "sgd"]


def test_epochs_are_censored_at_the_budget_of_their_study() -> None:
    timed = {(one.study, one.censored_at) for claim in CLAIMS for one in claim.checks if "epochs" in one.metric}
    assert timed == {("glorot", float(glorot.EPOCHS)), ("activations", float(activations.EPOCHS))}
