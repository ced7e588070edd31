"""Laws behind the studies of stability, linearity, staircases, biased bits and XOR; none of them trains a net."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from common.study import Arm
from common.training import Run
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.parity import model  # noqa: E402
from reproductions.parity.studies import (  # noqa: E402
    biased,
    flipped_bits,
    frontier,
    ladder,
    larger_init,
    linearity,
    sensitivity,
    separability,
    xor,
)

COUNT = 20_000
FIVE_SIGMA = 5 / math.sqrt(COUNT)


def drawn(stream: object, count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    x, y = stream.draw(keras.random.SeedGenerator(5), count)  # type: ignore[attr-defined]
    return np.asarray(x), np.asarray(y)


@pytest.mark.parametrize("n", range(2, 11))
def test_every_flip_changes_parity_and_few_change_majority(n: int) -> None:
    table = sensitivity.functions(n, np.random.default_rng(0))
    assert sensitivity.average_sensitivity(table["parity"]) == n
    assert sensitivity.average_sensitivity(np.ones((2,) * n)) == 0
    if n % 2:
        expected = n * math.comb(n - 1, (n - 1) // 2) / 2 ** (n - 1)
        assert sensitivity.average_sensitivity(table["majority"]) == expected < n


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.5, 1.0])
def test_noise_shrinks_each_monomial_by_a_factor_for_each_of_its_bits(flip: float) -> None:
    rho = 1 - 2 * flip
    for n in (3, 8):
        parity = sensitivity.functions(n, np.random.default_rng(0))["parity"]
        assert sensitivity.correlation(parity, flip) == pytest.approx(rho**n, abs=1e-12)
    # Majority of three bits is (x1 + x2 + x3 - x1x2x3) / 2.
    majority = sensitivity.functions(3, np.random.default_rng(0))["majority"]
    assert sensitivity.correlation(majority, flip) == pytest.approx(0.75 * rho + 0.25 * rho**3, abs=1e-12)


@pytest.mark.parametrize("function", ["parity", "majority"])
def test_flips_come_after_the_label(function: str) -> None:
    clean, y = drawn(flipped_bits.flipped(9, function, 0.0))
    noisy, labels = drawn(flipped_bits.flipped(9, function, 0.1))
    assert np.array_equal(labels, y)
    right = clean.prod(axis=1) < 0 if function == "parity" else clean.sum(axis=1) > 0
    assert np.array_equal(y[:, 0] > 0.5, right)
    assert (noisy != clean).mean() == pytest.approx(0.1, abs=FIVE_SIGMA)


def test_departure_from_the_law_is_zero_on_it_and_not_off_it() -> None:
    law = {f"flip_{flip:g}_correlation": (1 - 2 * flip) ** 9 for flip in flipped_bits.FLIPS}
    for shift in (0.0, 0.25):
        found: dict[str, float | None] = {name: value - shift for name, value in law.items()}
        trial = Run(seed=0, status="ok", steps=1, stopped=False, metrics=found, curves={})
        departure = flipped_bits._departure({"function": "parity", "n": 9}, trial)
        assert departure["law_error"] == pytest.approx(shift, abs=1e-12)


@pytest.mark.parametrize(("target", "degrees"), ladder.TARGETS.items())
def test_coefficients_of_a_staircase_are_one_on_its_rungs(target: str, degrees: tuple[int, ...]) -> None:
    x, y = drawn(ladder.staircase(degrees))
    assert np.array_equal(y[:, 0], sum(x[:, :degree].prod(axis=1) for degree in degrees))
    cube = np.array(list(product((-1.0, 1.0), repeat=5)))
    values = sum(cube[:, :degree].prod(axis=1) for degree in degrees)
    for subset in product((0, 1), repeat=5):
        rung = sum(subset) if list(subset) == sorted(subset, reverse=True) else 0
        coefficient = (values * np.prod(np.where(subset, cube, 1), axis=1)).mean()
        assert coefficient == float(rung in degrees), (target, subset)


def test_progress_sees_what_a_net_computes_and_which_units_attend() -> None:
    net = model.build_model(ladder.BITS, (4,))
    kernel = np.full((ladder.BITS, 4), 1e-3)
    kernel[0] = (1, -1, 1e-4, 1e-4)  # relu(x1) - relu(-x1) = x1, from two of the four units
    net.set_weights([kernel, np.zeros(4), np.array([[1.0], [-1.0], [0.0], [0.0]]), np.zeros(1)])
    x, y = drawn(ladder.staircase((1,)))
    found = {name: float(value) for name, value in ladder.progress(net, x, y).items()}
    assert found["coefficient1"] == pytest.approx(1, abs=0.01)
    assert max(abs(found[f"coefficient{degree}"]) for degree in (2, 3, 4)) < 2 * FIVE_SIGMA
    assert (found["units1"], found["units2"]) == (2, 0)


def test_time_to_pass_a_level_is_between_evaluations_or_the_whole_budget() -> None:
    assert ladder.half_time([(0, 0.0), (100, 0.25), (200, 0.75)], 1000) == 150
    assert ladder.half_time([(0, 0.0), (100, 0.25), (200, 0.49)], 1000) == 1000
    assert biased.learning_time([(0, 0.5), (100, 0.9), (200, 1.0)], 1000) == pytest.approx(150)
    assert biased.learning_time([(0, 0.5), (100, 0.94)], 1000) == 1000
    assert larger_init.solving_time([(0, 0.5), (100, 0.985), (200, 0.995)], 1000) == pytest.approx(150)
    assert larger_init.solving_time([(0, 0.5), (100, 0.98)], 1000) == 1000


def test_a_length_is_solved_from_the_first_of_two_looks_in_a_row() -> None:
    looks = [(0, 0.5), (10, 0.96), (20, 0.94), (30, 0.97), (40, 0.951)]
    assert frontier.solving_time(looks, 100) == 30
    assert frontier.solving_time(looks[:3], 100) == 100
    assert frontier.solving_time(looks[:4], 100) == 30  # of a run that ended there, no second look was taken


def test_what_a_run_came_to_is_no_single_look() -> None:
    looks = [(step, 0.96 if step > 30_000 else 0.5) for step in range(0, 50_001, 500)]
    noisy = [*looks[:-1], (50_000, 0.93)]
    for points, last in ((looks, 0.96), (noisy, 0.93)):
        trial = Run(seed=0, status="ok", steps=50_000, stopped=False, metrics={}, curves={"test_accuracy": points})
        found = frontier._milestones({"steps": 50_000}, trial)
        assert found["accuracy"] == pytest.approx(0.96 + (last - 0.96) / 10)  # ten looks in the last tenth
        assert found["strings_to_95"] == 30_500 * 256
        assert (found["strings_to_solve"], found["test_accuracy_short"]) == (None, 0.5)
    early = [(0, 0.5), (586, 0.8), (1172, 0.97), (1758, 0.999)]
    trial = Run(seed=0, status="ok", steps=1758, stopped=True, metrics={}, curves={"test_accuracy": early})
    assert frontier._milestones({"steps": 50_000}, trial)["accuracy"] == 0.999


@pytest.mark.parametrize("last", [0.6, 0.4])
def test_rungs_in_order_are_told_from_rungs_out_of_order(last: float) -> None:
    rises = {d: [(0, 0.0), (100 * d, 1.0 if d < 4 else last)] for d in range(1, 5)}
    units = {f"test_units{d}": [(0, 4.0), (100 * d, 4.0 + d)] for d in range(1, 5)}
    for order, expected in (((1, 2, 3, 4), 1.0), ((2, 1, 3, 4), 0.0)):
        curves = {f"test_coefficient{d}": rises[place] for d, place in enumerate(order, start=1)}
        trial = Run(seed=0, status="ok", steps=400, stopped=False, metrics={}, curves={**curves, **units})
        found = ladder._climbed({"target": "staircase", "steps": 1000}, trial)
        assert (found["in_order"], found["least_units_gained"]) == (expected, 1.0)


@pytest.mark.parametrize("where", ["all", "relevant"])
def test_biased_bits_have_their_mean_and_leak_the_label(where: str) -> None:
    x, y = drawn(biased.biased(12, 3, 0.2, where))
    assert np.array_equal(y[:, 0] > 0.5, x[:, :3].prod(axis=1) < 0)
    means = np.full(12, 0.4) if where == "all" else np.repeat([0.4, 0.0], [3, 9])
    assert np.abs(x.mean(axis=0) - means).max() < FIVE_SIGMA
    sign = 1 - 2 * y[:, 0]
    leak = [float(np.cov(x[:, i], sign)[0, 1]) for i in (0, 5)]
    assert leak == pytest.approx([0.4**2 * (1 - 0.4**2), 0.0], abs=FIVE_SIGMA)


@pytest.mark.parametrize("arm", biased.arms("full"), ids=lambda arm: str(arm.name))
def test_every_biased_arm_has_the_easy_correlation_and_no_fair_one(arm: Arm) -> None:
    """E[x1 · parity] less the product of their means; at 25 bits biased by 0.2 it would be under 1e-9."""
    count, mean = arm.settings["relevant"], 2 * arm.settings["bias"]
    leak = mean ** (count - 1) * (1 - mean**2)
    assert leak >= 5e-4 if mean else leak == 0
    cube = np.array(list(product((-1, 1), repeat=count)))
    chances = np.prod((1 + mean * cube) / 2, axis=1)
    parity = cube.prod(axis=1)
    assert chances @ (cube[:, 0] * parity) - (chances @ cube[:, 0]) * (chances @ parity) == pytest.approx(leak)


def test_rates_lie_inside_the_grids_that_they_were_chosen_from() -> None:
    chosen: list[tuple[float, tuple[float, ...]]] = []
    chosen += [(rate, biased.GRID) for rates in biased.RATES.values() for rate in rates]
    chosen += [(rate, ladder.GRID) for rate in ladder.RATES.values()]
    chosen += [(rate, larger_init.GRID) for rates in larger_init.RATES.values() for rate in rates]
    chosen += [(frontier.RATES["sgd"], frontier.PILOT_RATES)]
    chosen += [(rate, xor.GRID) for _, _, _, rate in xor.ARMS.values()]
    assert [(rate, grid) for rate, grid in chosen if not min(grid) < rate < max(grid) or rate not in grid] == []


def test_bits_without_bias_leak_nothing() -> None:
    x, y = drawn(biased.biased(12, 3, 0.0))
    assert np.abs(x.T @ (1 - 2 * y)).max() / COUNT < FIVE_SIGMA


def test_balanced_accuracy_is_one_half_for_a_net_that_always_says_the_same() -> None:
    y = np.repeat([1.0, 0.0], [1800, 200])[:, None]
    for logits, expected in ((np.ones_like(y), 0.5), (y - 0.5, 1.0), (0.5 - y, 0.0)):
        found = biased.balanced_accuracy(lambda x: x, keras.ops.convert_to_tensor(logits), y)
        assert float(found["balanced_accuracy"]) == pytest.approx(expected)


def test_fit_explains_an_affine_function_and_neither_a_product_nor_noise() -> None:
    x = linearity.examples("bits")[:4000]
    basis = linearity.orthonormal(x)
    generator = np.random.default_rng(1)
    assert linearity.r_squared(basis, x @ generator.standard_normal((20, 3)) + 7) == pytest.approx(1, abs=1e-6)
    assert abs(linearity.r_squared(basis, x[:, :1] * x[:, 1:2])) < 0.02
    wide = linearity.orthonormal(generator.standard_normal((4000, 800)))
    assert abs(linearity.r_squared(wide, generator.standard_normal((4000, 10)))) < 0.02


def r_squared(activation: str, scale: float, width: int) -> dict[int, float]:
    x = linearity.examples("bits")[:4000]
    basis = linearity.orthonormal(x)
    return {d: linearity.r_squared(basis, y) for d, y in linearity.outputs(x, 3, activation, width, scale)}


def test_one_layer_of_relu_units_is_linear_by_the_arc_cosine_law() -> None:
    assert r_squared("relu", 1.0, 1024)[1] == pytest.approx(1 / (2 - 2 / math.pi), abs=0.04)


def test_scale_of_a_relu_net_without_biases_does_not_matter() -> None:
    small, large = r_squared("relu", 0.1, 64), r_squared("relu", 4.0, 64)
    assert list(small.values()) == pytest.approx(list(large.values()), abs=1e-4)
    assert abs(r_squared("tanh", 0.1, 64)[8] - r_squared("tanh", 4.0, 64)[8]) > 0.1


@pytest.mark.parametrize("activation", linearity.ACTIVATIONS)
def test_changes_are_those_of_a_plain_forward_pass(activation: str) -> None:
    x = linearity.examples("bits")[:50]
    plain: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    }
    signal = x.astype(float)
    for depth, y in linearity.outputs(x, 3, activation, 32, 1.0):
        for layer in {1: (1,), 2: (2,), 4: (3, 4), 8: (5, 6, 7, 8)}[depth]:
            signal = plain[activation](signal @ linearity.glorot(3, layer, signal.shape[1], 32, 1.0))
        whole = signal @ linearity.glorot(3, -depth, 32, linearity.OUTPUTS, 1.0)
        assert np.abs((y - y.mean(axis=0)) - (whole - whole.mean(axis=0))).max() < 1e-5


@pytest.mark.parametrize("weights", ["gaussian", "signs"])
def test_weights_have_their_scale(weights: str) -> None:
    values = np.asarray(larger_init.Scaled(weights, 3.0, seed=1)((25, 4000), dtype="float32")) * 5 / 3
    assert values.std() == pytest.approx(1, abs=0.02)
    assert (np.ptp(np.abs(values)) < 1e-5) == (weights == "signs")


def separable(labels: tuple[int, ...]) -> bool:
    """Whether some threshold unit has all four points right, by linear programming."""
    sides = np.where(labels, 1, -1)
    margins = -sides[:, None] * np.column_stack([separability.POINTS, np.ones(4)])
    return bool(linprog(np.zeros(3), A_ub=margins, b_ub=-np.ones(4), bounds=(None, None)).success)


def test_a_unit_computes_all_functions_of_two_bits_but_xor_and_its_complement() -> None:
    best = {labels: separability.best_accuracy(labels) for labels in product((0, 1), repeat=4)}
    assert {labels for labels in best if not separable(labels)} == {(0, 1, 1, 0), (1, 0, 0, 1)}
    assert {labels: share == 1 for labels, share in best.items()} == {labels: separable(labels) for labels in best}
    assert best[separability.NAMED["xor"]] == 0.75


def test_both_studies_of_xor_mean_the_same_functions() -> None:
    assert np.array_equal(xor.POINTS, separability.POINTS)
    assert xor.LABELS == separability.NAMED
    a, b = (xor.POINTS > 0).T
    assert (xor.LABELS["and"], xor.LABELS["or"], xor.LABELS["xor"]) == (tuple(a & b), tuple(a | b), tuple(a ^ b))


def test_perceptron_loss_counts_only_points_that_are_wrong() -> None:
    x = np.array([[3.0], [-2.0]], np.float32)
    for y, expected in (([[1.0], [0.0]], 0.0), ([[0.0], [0.0]], 1.5), ([[0.0], [1.0]], 2.5)):
        assert float(xor.perceptron_loss(lambda x, training: x, x, np.array(y, np.float32))) == expected
