"""Laws of what is counted, detectors, pieces, support vectors and centres, and of what is asked about them."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy
from numpy.typing import NDArray

from suite import commands, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Run  # noqa: E402
from reproductions.expressivity import cube, machines, memory, piecewise, tasks  # noqa: E402
from reproductions.expressivity.studies import (  # noqa: E402
    exponential,
    lookup,
    memorised,
    pieces,
    random_labels,
    sawtooth,
    support_vectors,
    tiny,
)
from suite.claims import Check  # noqa: E402
from suite.questions import Observation  # noqa: E402

Array = NDArray[np.float64]


def check(claim: str, name: str) -> Check:
    (found,) = (c for one in registry.claims("expressivity") if one.id == claim for c in one.each() if c.id == name)
    return found


def answer(claim: str, name: str, **arms: Mapping[str, float]) -> str:
    row = {arm: Observation(1000, metrics, failed=False, dataset="") for arm, metrics in arms.items()}
    return check(claim, name).asks.answer(row)


# Detectors


@pytest.mark.parametrize("n", [1, 3, 6])
def test_a_detector_fires_for_its_case_alone(n: int) -> None:
    strings = cube.cube(n)
    assert len({tuple(row) for row in strings}) == 2**n
    alike = (strings[:, None] == strings[None]).all(axis=2)
    assert np.array_equal(cube.firing(strings, strings), alike)
    few = alike[:, [0, 2**n - 1]]
    assert np.array_equal(cube.firing(strings, strings[[0, -1]]), few)


def test_every_function_is_there_once() -> None:
    found = lookup.every_function(3)
    assert found.shape == (8, 256)
    assert len({tuple(column) for column in found.T}) == 256


@pytest.mark.parametrize("gone", [0, 3])
def test_what_a_lost_detector_misses_no_output_weights_would_get_right(gone: int) -> None:
    """By linear programming: for every function of two bits, whether there are any weights that answer rightly."""
    fires = np.delete(cube.firing(cube.cube(2), cube.cube(2)), gone, axis=1)
    functions = lookup.every_function(2)
    wrong = (lookup.told(fires, np.delete(functions, gone, axis=0)) != functions).any(axis=0)
    for place, wanted in enumerate(functions.T):
        sides = np.where(wanted, -1.0, 1.0)  # the sum is 1 or more where the function is true, else 0 or less
        solved = scipy.optimize.linprog(
            np.zeros(3), A_ub=sides[:, None] * fires, b_ub=np.where(wanted, -1.0, 0.0), bounds=(None, None)
        )
        assert wrong[place] == (solved.status == 2), place
    assert wrong.sum() == 8


def test_detectors_that_fire_too_easily_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a threshold two lower, which a neighbour of the case reaches."""
    settings = {"all": [1, 2, 3], "random": [4], "functions": 4}
    (right,) = lookup.run(settings, [0], 1)
    assert right.metrics == {"errors": 0.0, "misfires": 0.0, "missed_without_one": 0.5}
    monkeypatch.setattr(lookup, "firing", lambda strings, cases: strings @ cases.T > strings.shape[1] - 3)
    (faulty,) = lookup.run(settings, [0], 1)
    assert faulty.metrics["misfires"]
    assert faulty.metrics["errors"]
    assert answer("memorise-one-unit-per-case", "one-fires", cube=faulty.metrics) == "no"  # type: ignore[arg-type]
    assert answer("memorise-one-unit-per-case", "one-fewer-misses", cube={"missed_without_one": 0.0}) != "yes"


# Labels that are drawn with a net


def test_an_output_layer_learns_what_its_detectors_tell_apart_and_no_more() -> None:
    settings = {"bits": 7, "passes": 20}  # passes of one step, on all 128 strings
    whole, half = (list(memorised.run({**settings, "detectors": of}, [1, 2], 2)) for of in (128, 64))
    assert [run.metrics["cases_right"] for run in whole] == [1.0, 1.0]
    assert [run.metrics["cases_right"] for run in half] == [0.5, 0.5]
    assert all(0.2 < (run.metrics["cases_right_at_start"] or 0) < 0.8 for run in whole)
    assert answer("memorise-one-unit-per-case", "half-do-not-learn", half_of_them={"cases_right": 0.5}) == "yes"
    assert answer("memorise-one-unit-per-case", "half-do-not-learn", half_of_them={"cases_right": 1.0}) != "yes"


def test_labels_are_signs_and_another_function_for_another_seed() -> None:
    first, second = (np.asarray(memory.Signs(seed)((64, 1), "float32")) for seed in (1, 2))
    assert set(first[:, 0]) == {-1.0, 1.0}
    assert np.any(first != second)
    assert memory.random_function(keras.Input((4,))).shape == (None, 1)


@pytest.mark.parametrize("width", [1, 3])
def test_a_narrow_net_of_the_shared_program_is_a_net_of_so_many_units(width: int) -> None:
    strings = cube.cube(4).astype("float32")
    net = memory.net_of_units(strings, 8, float(width))
    kernel, bias, out, end = (np.asarray(v) for v in net.trainable_variables)
    out = np.random.default_rng(0).standard_normal((8, 1), np.float32)
    net.trainable_variables[2].assign(out)
    hidden = np.maximum(strings @ kernel[:, :width] + bias[:width], 0)
    assert np.asarray(net(strings))[:, 0] == pytest.approx((hidden @ out[:width] + end)[:, 0], abs=1e-5)


def test_few_units_do_not_learn_random_labels_that_many_do() -> None:
    settings = {"bits": [2, 3], "rate": 0.03, "steps": 400}
    (run,) = random_labels.run(settings, [3], 1)
    assert 1 <= (run.metrics["width_3"] or 0) <= 4
    assert 0 < (run.metrics["slope"] or 0) < 3


def test_the_slope_is_that_of_the_least_widths() -> None:
    def run(right: float) -> Run:
        return Run(seed=1, status="ok", steps=1, stopped=False, metrics={"cases_right": right}, curves={})

    assert random_labels.least({1: run(0.9), 2: run(1.0), 4: run(0.99), 8: run(1.0)}) == 2
    assert random_labels.least({1: run(0.9)}) is None
    assert random_labels.widths(3) == (1, 2, 3, 4)
    net = memory.net_of_units(cube.cube(5).astype("float32"), 6, 6.0)
    assert random_labels.parameters(5, 6) == sum(int(np.prod(v.shape)) for v in net.trainable_variables)


# Pieces


def slopes_along(layers: piecewise.Layers, x: Array) -> Array:
    """The slope of a net at each x, by the chain rule, one point at a time."""
    values, slopes = x[:, None], np.ones((len(x), 1))
    for place, (kernel, bias) in enumerate(layers):
        values, slopes = values @ kernel + bias, slopes @ kernel
        if place < len(layers) - 1:
            slopes, values = slopes * (values > 0), np.maximum(values, 0)
    return np.asarray(slopes[:, 0])


def counted_on_a_grid(layers: piecewise.Layers, x: Array) -> int:
    return 1 + int(np.sum(np.abs(np.diff(slopes_along(layers, x))) > 1e-9))


@pytest.mark.parametrize("layers", [1, 2, 3, 7])
def test_the_tent_map_has_two_to_the_layers_pieces_inside_and_two_ends(layers: int) -> None:
    net, parts = piecewise.tent(layers), 2**layers
    assert piecewise.pieces(net) == counted_on_a_grid(net, -1 + (np.arange(6 * parts) + 0.5) / parts / 2)
    assert piecewise.pieces(net) == (3 if layers == 1 else parts + 2)
    x = np.linspace(0, 1, 257)
    values = x[:, None]
    for place, (kernel, bias) in enumerate(net):
        values = values @ kernel + bias
        values = np.maximum(values, 0) if place < len(net) - 1 else values
    assert np.array_equal(values[:, 0], np.asarray(sawtooth.sawtooth(x.astype("float32"), parts)))


def test_pieces_of_random_nets_are_those_of_a_fine_grid() -> None:
    x = np.tan(np.linspace(-1.57, 1.57, 200_001))  # kinks lie anywhere on the line
    for seed, widths in product(range(4), [(6,), (4, 4), (5, 5, 5)]):
        net = piecewise.random_net(widths, 3, np.random.default_rng(seed))
        assert piecewise.pieces(net) == counted_on_a_grid(net, x), (seed, widths)


def test_units_that_turn_on_where_all_before_them_do_are_no_pieces_of_their_own() -> None:
    """Layers without biases behind units that are all off up to 1/3: two pieces, however many layers."""
    generator = np.random.default_rng(4)
    first = np.array([[3.0, 6.0, 1.5]]), np.array([-1.0, -2.0, -0.5])
    inner = [(np.abs(generator.normal(size=(3, 3))), np.zeros(3)) for _ in range(4)]
    assert piecewise.pieces([first, *inner, (np.ones((3, 1)), np.zeros(1))]) == 2


def test_a_counter_that_errs_by_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault; and one that takes no account of what cancels."""
    assert pieces.miscounted(np.random.default_rng(3)) == 0
    real = piecewise.pieces
    monkeypatch.setattr(piecewise, "pieces", lambda net: real(net) + 1)
    assert pieces.miscounted(np.random.default_rng(3)) == 104
    monkeypatch.setattr(piecewise, "pieces", lambda net: 1 + sum(len(bias) for _, bias in net[:-1]))
    wrong = pieces.miscounted(np.random.default_rng(3))
    assert wrong == 56
    assert answer("depth-more-expressive", "known-counts", tent={"miscounted": wrong}) == "no"


# Kernel machines


def gaussian(x: Array, centres: Array, gamma: float) -> Array:
    return np.asarray(np.exp(-gamma * ((x[:, None] - centres[None]) ** 2).sum(axis=2)))


@pytest.mark.parametrize("function", ["parity", "plane"])
def test_support_vectors_are_those_of_the_quadratic_programme(function: str) -> None:
    """The dual of the machine by SciPy: its multipliers that are not zero."""
    x = cube.cube(3)
    y = cube.parity(x) if function == "parity" else np.sign(x @ [3.0, 2.0, 1.5])
    kernel = y[:, None] * y * gaussian(x, x, 1 / 3)
    solved = scipy.optimize.minimize(
        lambda a: a @ kernel @ a / 2 - a.sum(), np.full(8, 0.1), jac=lambda a: kernel @ a - 1,
        bounds=[(0, 100.0)] * 8, constraints={"type": "eq", "fun": lambda a: a @ y, "jac": lambda a: y},
        options={"ftol": 1e-12, "maxiter": 500},
    )  # fmt: skip
    assert solved.success
    (machine,) = machines.grid((x, y), (x, y), (x, y), [1.0], [100.0])
    assert machine.vectors == int(np.sum(solved.x > 1e-5))
    assert machine.seen == 1.0
    if function == "parity":
        assert np.ptp(solved.x) < 1e-4  # all alike, as each string can be moved to each other


def sparsest(x: Array, y: Array, gamma: float) -> int:
    """The least number of centres among the strings that a sum of Gaussians and a bias needs: integer programming."""
    kernel, count = gaussian(x, x, gamma), len(x)
    limits = scipy.optimize.LinearConstraint
    signs = limits(np.hstack([y[:, None] * kernel, y[:, None], np.zeros((count, count))]), lb=1.0)
    large = 1e4
    above = limits(np.hstack([np.eye(count), np.zeros((count, 1)), -large * np.eye(count)]), ub=0.0)
    below = limits(np.hstack([-np.eye(count), np.zeros((count, 1)), -large * np.eye(count)]), ub=0.0)
    solved = scipy.optimize.milp(
        np.concatenate([np.zeros(count + 1), np.ones(count)]),
        integrality=np.concatenate([np.zeros(count + 1), np.ones(count)]),
        bounds=scipy.optimize.Bounds([-np.inf] * (count + 1) + [0] * count, [np.inf] * (count + 1) + [1] * count),
        constraints=[signs, above, below],
    )
    assert solved.success
    centres: int = round(solved.fun)
    return centres


@pytest.mark.parametrize("e", [Fraction(1, 10), Fraction(1, 2)])
@pytest.mark.parametrize("n", [2, 3])
def test_parity_needs_half_of_the_strings_as_centres(n: int, e: Fraction) -> None:
    x = cube.cube(n)
    assert machines.least_for_parity(n, e) == 2 ** (n - 1) == sparsest(x, cube.parity(x), -math.log(e) / 4)


def test_where_the_argument_does_not_hold_nothing_is_counted() -> None:
    with pytest.raises(ArithmeticError, match="neither bound holds for 3 bits"):
        machines.least_for_parity(3, Fraction(2))


@pytest.mark.parametrize("function", ["majority", "one_bit"])
def test_majorities_and_bits_need_as_few_centres_as_is_said(function: str) -> None:
    x, y = exponential.cases(function, 3)
    assert exponential.fewest_centres(function, 3) == sparsest(x, y, 0.3)


@pytest.mark.parametrize("n", range(1, 10))
def test_the_counting_net_tells_every_parity(n: int) -> None:
    assert np.array_equal(cube.counting_net(cube.cube(n)), cube.parity(cube.cube(n)))


def test_growth_is_exponential_or_a_power() -> None:
    sizes = range(4, 13)
    assert exponential.lead(sizes, [2.0**n for n in sizes]) > 1
    assert exponential.lead(sizes, [n**3.0 for n in sizes]) < -0.1
    assert exponential.lead(sizes, [1.0 for _ in sizes]) == pytest.approx(0, abs=1e-20)


def test_a_sine_changes_sign_as_often_as_is_said() -> None:
    x, y = exponential.cases("sine", 8)
    assert np.sum(np.diff(y) != 0) == 7  # and once more at the end
    assert np.array_equal(y, np.sign(np.sin(math.pi * x[:, 0])))


def test_what_is_asked_of_parity_is_measured_of_it() -> None:
    found = exponential.measured("parity", (3, 4, 5))
    assert found["net_errors"] == 0
    assert found["least_share"] == found["centres_share"] == 0.5
    assert found["svm_share"] == 1
    assert (found["least_lead"] or 0) > 0
    few = exponential.measured("majority", (3, 5))
    for name, size in (("majority", few["centres"]), ("majority", 12.0)):
        said = answer("gaussian-svm-exponential-sv", "majority-needs-few", **{name: {"centres": size or 0.0}})
        assert said == ("yes" if size == 1 else "no")


def test_the_machine_that_is_taken_fits_first_then_tells_most_then_is_smallest() -> None:
    def machine(seen: float, validation: float, vectors: int) -> machines.Machine:
        return machines.Machine(1.0, 1.0, vectors, seen, validation, 0.5)

    best = machine(1.0, 0.8, 20)
    others = [machine(0.99, 0.9, 5), machine(1.0, 0.7, 10), machine(1.0, 0.8, 30)]
    assert machines.tuned([*others, best]) == best
    assert machines.fitting([*others, best]) == [*others[1:], best]


def test_a_solver_that_does_not_end_is_no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "LONGEST", 2)
    parts = support_vectors.parts("coins", 6, 1)
    assert machines.grid(*parts, [1.0], [1.0]) == []
    with pytest.raises(ValueError, match="no machine of the grid was solved in 2 steps"):
        machines.tuned([])


def test_the_nearest_case_of_a_parity_is_wrong_and_of_points_is_scikit_learns() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    seen, _, test = support_vectors.parts("parity", 10, 5)
    assert np.mean(machines.nearest(seen, test[0]) == test[1]) < 0.02
    x, asked = np.random.default_rng(1).normal(size=(2, 60, 3))
    y = np.sign(x[:, 0])
    theirs: Any = KNeighborsClassifier(1).fit(x, y)
    assert np.array_equal(machines.nearest((x, y), asked), theirs.predict(asked))


def test_parts_share_no_string_and_labels_are_those_of_the_task() -> None:
    cut = support_vectors.parts("parity", 6, 3)
    assert [len(y) for _, y in cut] == [32, 16, 16]
    assert len({tuple(row) for x, _ in cut for row in x}) == 64
    assert all(np.array_equal(y, cube.parity(x)) for x, y in cut)
    assert np.array_equal(cut[0][0], support_vectors.parts("parity", 6, 3)[0][0])
    plane = support_vectors.parts("plane", 6, 3)
    assert np.array_equal(plane[0][1], -np.sign(-plane[0][1]))
    fitted = np.linalg.lstsq(plane[0][0], plane[0][1], rcond=None)[0]
    assert np.mean(np.sign(plane[0][0] @ fitted) == plane[0][1]) > 0.85


def test_an_easy_task_that_is_not_learned_or_a_hard_one_that_is_not_fitted_decides_nothing() -> None:
    claim = "svm-support-vector-per-case"
    assert answer(claim, "easy-learned", plane={"test_accuracy": 0.95}) == "yes"
    assert answer(claim, "easy-learned", plane={"test_accuracy": 0.85}) == "no"
    fitted, not_fitted = {"seen_accuracy": 1.0}, {"seen_accuracy": 0.998}
    assert answer(claim, "hard-fitted", parity=fitted, coins=fitted) == "yes"
    assert answer(claim, "hard-fitted", parity=fitted, coins=not_fitted) == "no"
    assert answer(claim, "hard-fitted", parity=not_fitted, coins=fitted) == "no"


# Tiny nets


def draws(draw: Callable[[Any, int], tuple[Any, Any]], count: int) -> tuple[Array, Array]:
    x, y = draw(keras.random.SeedGenerator(3), count)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def test_lists_come_back_sorted() -> None:
    x, y = draws(tasks.lists, 50)
    places = 2.0 ** np.arange(3, -1, -1)
    numbers, found = (bits.reshape(50, 5, 4) @ places for bits in (x, y))
    assert np.array_equal(np.sort(numbers, axis=1), found)
    assert len(np.unique(numbers)) == 16


def test_one_unit_tells_the_side_of_the_plane() -> None:
    x, y = draws(tasks.sides, 2_000)
    weights = np.array([4, 3, 2] + [0.5] * 7)
    assert np.array_equal(y[:, 0] > 0.5, x @ weights > 0)
    assert np.abs(cube.cube(10) @ weights).min() == 0.5
    assert 0.4 < y.mean() < 0.6


def test_a_wide_net_learns_every_parity_and_a_tiny_one_does_not() -> None:
    tiny_arm, wide_arm = tiny.arms("quick")
    settings = {**wide_arm.settings, "steps": 300}
    (wide,) = tiny.run({**settings, "widths": [128]}, [7], 1)
    (few,) = tiny.run({**settings, "widths": [1], "rate": tiny_arm.settings["rate"]}, [7], 1)
    assert (wide.metrics["test_error"] or 0) < (few.metrics["test_error"] or 0)
    strings = np.asarray(tasks.named("parity", "validation").seen.x)  # type: ignore[union-attr]
    assert len({tuple(row) for row in strings}) == 256


@pytest.mark.parametrize(("mnist", "sort", "parity", "said"), [(5, 1, 0, "yes"), (9, 1, 0, "no"), (5, 9, 0, "no")])
def test_wide_nets_that_do_badly_decide_nothing(mnist: float, sort: float, parity: float, said: str) -> None:
    errors = {"mnist_512": mnist, "sort_512": sort, "parity_512": parity}
    arms = {arm: {"test_error": error} for arm, error in errors.items()}
    assert answer("tiny-nets-weak", "512-do-well", **arms) == said
