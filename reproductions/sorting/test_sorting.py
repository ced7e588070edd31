"""Laws of the lists, of the nets that sort them exactly, and of the counted circuits."""

from itertools import combinations, product
from math import ceil, comb, log2
from statistics import mean
from typing import Any

import numpy as np
import pytest

from common.study import PILOT_SEEDS
from suite import commands, evidence, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.sorting import model  # noqa: E402
from reproductions.sorting.studies import boolean, construction, depths, neurons, trained  # noqa: E402


@pytest.mark.parametrize(("n", "b"), [(1, 1), (3, 2), (10, 6), (10, 10)])
def test_targets_are_the_numbers_of_the_input_in_rising_order(n: int, b: int) -> None:
    x, y = (np.asarray(a).reshape(256, n, b) for a in model.lists(n, b).draw(keras.random.SeedGenerator(3), 256))
    weights = 2 ** np.arange(b - 1, -1, -1)
    assert set(np.unique(x)) <= {0.0, 1.0}
    assert np.array_equal(np.sort(x @ weights, axis=1), y @ weights)


def test_numbers_are_uniform_and_independent() -> None:
    x = np.asarray(model.lists(10, 6).draw(keras.random.SeedGenerator(3), 20_000)[0])
    covariance = np.cov(x.T) - 0.25 * np.eye(60)
    assert np.abs(covariance).max() < 5 * 0.25 / np.sqrt(len(x))
    assert np.abs(x.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(len(x))


KINDS: dict[str, tuple[Any, Any]] = {
    "threshold": (model.threshold_network, model.heaviside),
    "relu": (model.relu_network, "relu"),
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(("n", "b"), [(2, 1), (3, 2), (2, 3), (4, 2)])
def test_exact_nets_sort_every_list(kind: str, n: int, b: int) -> None:
    build, activation = KINDS[kind]
    assert construction.errors(model.exact_model(build(n, b), activation), construction.every_list(n, b), b) == 0


def outputs(weights: list[np.ndarray], kind: str, x: np.ndarray) -> np.ndarray:
    """What the net with these kernels and biases gives, without Keras: it is asked a thousand times below."""
    steps = {"threshold": lambda z: (z >= 0).astype(float), "relu": lambda z: np.maximum(z, 0)}
    for number in (0, 2):
        x = steps[kind](x @ weights[number] + weights[number + 1])
    return np.asarray(x @ weights[4] + weights[5])


@pytest.mark.parametrize("kind", list(KINDS))
def test_any_weight_moved_by_its_smallest_step_breaks_the_net(kind: str) -> None:
    """Every weight that is not zero and every bias, one at a time: whole numbers, so the smallest step is one.

    Up or down, at least one of the two must spoil some list. Three numbers of three bits are the smallest case in
    which every weight has work to do, save those that read a unit which never fires: relu(rank - m) for the last m.
    """
    build, activation = KINDS[kind]
    layers, values = build(3, 3), construction.every_list(3, 3)
    x, wanted = (np.asarray(model.bits_of(v, 3)) for v in (values, np.sort(values, axis=1)))
    weights = [array for layer in layers for array in (layer.kernel, layer.bias)]
    assert np.array_equal(outputs(weights, kind, x), np.asarray(model.exact_model(layers, activation)(x)))
    idle = []
    for number, array in enumerate(weights):
        for place in map(tuple, np.argwhere((array != 0) | (array.ndim == 1))):
            before, spoiled = array[place], False
            for step in (1.0, -1.0):
                array[place] = before + step
                spoiled |= not np.array_equal(outputs(weights, kind, x), wanted)
            array[place] = before
            idle += [] if spoiled else [(number, place)]
    silent = [i * 12 + 11 for i in range(3)] if kind == "relu" else []
    assert idle == [(4, place) for place in map(tuple, np.argwhere(layers[2].kernel != 0)) if place[0] in silent]


def test_ten_numbers_of_six_bits_take_705_units() -> None:
    layers = model.threshold_network(10, 6)
    assert [layer.kernel.shape for layer in layers] == [(60, 105), (105, 600), (600, 60)]
    assert model.hidden_units(layers) == 705
    assert [np.abs(layer.kernel).max() for layer in layers] == [32, 10, 1]
    assert [int((layer.kernel != 0).sum()) for layer in layers] == [600, 6000, 1140]


@pytest.mark.parametrize(("n", "b"), [(2, 1), (3, 3), (10, 6), (7, 10)])
def test_units_are_counted_without_building_the_net(n: int, b: int) -> None:
    assert model.units(n, b) == model.hidden_units(model.threshold_network(n, b))


def test_without_its_first_comparison_the_net_errs_where_the_first_number_is_above_the_second() -> None:
    layers = model.without_comparison(model.threshold_network(2, 2), 4)
    network = model.exact_model(layers, model.heaviside)
    for values in construction.every_list(2, 2):
        assert construction.errors(network, values[None], 2) == float(values[0] > values[1])


def test_quality_counts_bits_numbers_and_lists() -> None:
    class Answer:
        def __call__(self, x: Any) -> Any:
            return x

    y = model.bits_of(np.array([[0, 1, 2], [1, 2, 3]]), 2)
    x = np.asarray(y).copy() - 0.5
    x[0, 1] *= -1  # the low bit of one number
    found = {k: float(v) for k, v in model.quality(3, 2)(Answer(), keras.ops.convert_to_tensor(x), y).items()}
    assert found["bit_accuracy"] == pytest.approx(11 / 12)
    assert found["number_accuracy"] == pytest.approx(5 / 6)
    assert found["list_accuracy"] == 0.5
    assert found["value_error"] == pytest.approx(1 / 6)
    assert found["first_bit_error"] == 0
    assert [found[f"rank_{m}"] for m in range(3)] == [0.5, 1, 1]
    assert [found[f"value_error_{m}"] for m in range(3)] == [0.5, 0, 0]


def test_the_likelier_bits_agree_with_a_simulation() -> None:
    class Always:
        def __call__(self, x: Any) -> Any:
            return keras.ops.broadcast_to(answer, x.shape)

    x, y = model.lists(10, 6).draw(keras.random.SeedGenerator(9), 20_000)
    answer = np.asarray(model.bits_of(trained.likelier_values()[None], 6)) - 0.5
    shares = np.asarray(y).mean(axis=0)
    assert np.all((answer[0] > 0) == (shares > 0.5), where=abs(shares - 0.5) > 0.02)
    found, known = model.quality(10, 6)(Always(), x, y), trained.likelier_bits()
    assert set(found) - set(known) == {"list_accuracy", "first_bit_error"}
    for name, value in known.items():
        assert float(found[name]) == pytest.approx(value, abs=0.3 if "error" in name else 0.01), name


def test_one_layer_has_as_many_weights_as_two() -> None:
    assert trained.weights((trained.one_layer((512, 512)),)) == pytest.approx(trained.weights((512, 512)), rel=1e-3)


def by_trial(table: np.ndarray) -> int:
    """Prime implicants found the slow way: every cube, and every cube around it."""
    v = len(table).bit_length() - 1

    def holds(cube: tuple[int, ...]) -> bool:
        free = [i for i in range(v) if cube[i] == 2]
        fixed = sum(1 << i for i in range(v) if cube[i] == 1)
        return all(
            table[fixed + sum(1 << i for i, on in zip(free, bits, strict=True) if on)]
            for bits in product((0, 1), repeat=len(free))
        )

    inside = {cube for cube in product((0, 1, 2), repeat=v) if holds(cube)}
    return sum(all(cube[i] == 2 or (*cube[:i], 2, *cube[i + 1 :]) not in inside for i in range(v)) for cube in inside)


def test_prime_implicants_agree_with_trying_every_cube() -> None:
    generator = np.random.default_rng(0)
    for share in (0.3, 0.6, 0.9):
        table = generator.random(32) < share
        assert boolean.minimal_terms(table).primes == by_trial(table)


def test_a_cyclic_function_has_no_smallest_sum_of_essential_terms() -> None:
    table = np.array([sum(point) not in (0, 3) for point in product((0, 1), repeat=3)])
    assert boolean.minimal_terms(table) == boolean.Terms(primes=6, essential=0, exact=False)


@pytest.mark.parametrize("n", [3, 5])
def test_threshold_functions_have_binomially_many_terms(n: int) -> None:
    for k in range(1, n + 1):
        assert boolean.minimal_terms(boolean.ones(n) >= k) == boolean.Terms(comb(n, k), comb(n, k), True)


def test_one_gate_separates_and_or_and_not_xor() -> None:
    assert boolean.separable(neurons.truth("and", 2))
    assert boolean.separable(neurons.truth("or", 2))
    assert not boolean.separable(boolean.ones(2) == 1)


@pytest.mark.parametrize("function", ["and", "or"])
def test_batches_hold_both_labels_and_they_are_right(function: str) -> None:
    x, y = (np.asarray(a) for a in neurons.balanced(function, 8).draw(keras.random.SeedGenerator(1), 4_000))
    wanted = x.min(axis=1) if function == "and" else x.max(axis=1)
    assert np.array_equal(wanted, y[:, 0])
    assert 0.35 < y.mean() < 0.65


def gates(n: int, k: int, r: int) -> float:
    """The bound as it is derived, in logarithms of factorials rather than in whole numbers."""
    from scipy.special import gammaln

    def log2_binomial(m: int, j: int) -> float:
        return float((gammaln(m + 1) - gammaln(j + 1) - gammaln(m - j + 1)) / np.log(2))

    t = (n + 1) // 2 - r
    wide = log2_binomial(n, t) - log2_binomial(n - k - 1, t) if n - k - 1 >= t else np.inf
    return min(wide, log2_binomial(n - t, r) - r * log2(k))


def test_the_bound_is_the_lesser_of_wide_ors_and_of_ands_at_the_best_width() -> None:
    for n in (101, 501, 1549):
        best = max(gates(n, k, r) for k in range(1, 50) for r in range(1, 50))
        assert log2(depths.bound(n)) == pytest.approx(best, abs=0.02)
        assert log2(depths.bound(n)) == pytest.approx(0.849 * n**0.5, abs=2.5)


def limit(points: list[frozenset[int]], m: int, k: int) -> bool:
    """Whether some smaller set agrees with a superset among the points on any k places."""
    smaller = {frozenset(part) for point in points for j in range(len(point)) for part in combinations(point, j)}
    return any(
        all(any(y < x and not (x - y) & set(places) for x in points) for places in combinations(range(m), k))
        for y in smaller
    )


def test_more_than_k_to_the_r_points_of_r_ones_have_a_point_below_that_k_places_cannot_tell() -> None:
    """The step of the proof that is not counting, on random sets of points; at k^r points there need be none."""
    generator = np.random.default_rng(0)
    for m, r, k in ((6, 2, 2), (7, 3, 2), (7, 2, 3)):
        every = [frozenset(point) for point in combinations(range(m), r)]
        for _ in range(20):
            chosen = generator.choice(len(every), k**r + 1, replace=False)
            assert limit([every[i] for i in chosen], m, k)
    assert not limit([frozenset((a, b)) for a in (0, 1) for b in (2, 3)], 4, 2)


def test_no_majority_has_a_circuit_smaller_than_the_bound() -> None:
    """An OR of ANDs is one of two hidden layers, so the bound must lie below its gates."""
    for n in range(3, 12, 2):
        assert depths.bound(n) <= boolean.minimal_terms(boolean.ones(n) >= ceil(n / 2)).primes + 1


def test_a_bound_overtakes_where_it_is_ahead_for_good() -> None:
    units = {1: 5, 2: 5, 3: 5, 4: 5}
    assert depths.overtakes({1: 9, 2: 5, 3: 6, 4: 7}, units) == 3
    assert depths.overtakes({1: 6, 2: 6, 3: 6, 4: 6}, units) == 1
    assert depths.overtakes({1: 6, 2: 6, 3: 6, 4: 5}, units) is None


def test_adders_compute_majority_with_seven_gates_a_full_adder() -> None:
    """Three bits take one full adder and a comparison of two places."""
    answer, gates = depths.majority_by_adders(3)
    assert np.array_equal(answer, boolean.ones(3) >= 2)
    assert gates == 7 + 2
    for n in range(1, 10):
        assert np.array_equal(depths.majority_by_adders(n)[0], boolean.ones(n) >= (n + 1) // 2)


def test_the_rate_of_the_trained_net_is_the_most_accurate_on_pilot_seeds_and_inside_of_what_was_tried() -> None:
    accuracies: dict[str, list[float]] = {}
    for trial in evidence.read_trials(registry.results() / "sorting/pilots.csv"):
        if trial.study == "trained" and trial.seed >= PILOT_SEEDS:
            accuracies.setdefault(trial.arm, []).append(trial.metrics["test_bit_accuracy"] or 0.0)
    best = max(trained.PILOT_RATES, key=lambda rate: mean(accuracies[f"rate_{rate:g}"]))
    assert min(trained.PILOT_RATES) < trained.RATE == best < max(trained.PILOT_RATES), accuracies
