"""The solvers against others and against their definitions, what they count, and what each study makes of its runs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from math import exp, inf, log2
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.linear_model import LogisticRegression, Ridge

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Run  # noqa: E402
from reproductions.minibatches import convex, handwritten, model, nonconvex, solvers  # noqa: E402
from reproductions.minibatches.studies import averaged, batches, best_rate, growing, step_time, steps  # noqa: E402

losses = pytest.mark.parametrize("loss", averaged.LOSSES)


def problem(loss: str = "logistic", n: int = 60, d: int = 7) -> convex.Problem:
    """Random rows of unit length, labels ±1 that a line tells in part."""
    generator = np.random.default_rng(3)
    x = generator.standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.sign(x[:, 0] + 0.3 * generator.standard_normal(n))
    return convex.Problem(x, y, 1 / n, loss)


def after(path: Iterator[np.ndarray], count: int) -> np.ndarray:
    return next(islice(path, count - 1, None)).copy()


@losses
def test_gradients_and_curvature_are_those_of_differences(loss: str) -> None:
    one, w = problem(loss), np.linspace(-1, 1, 7)
    assert one.gradient(w) == pytest.approx(approx_fprime(w, one.value), abs=1e-6)
    rows = [approx_fprime(w, lambda v, k=k: one.gradient(v)[k]) for k in range(7)]
    assert one.hessian(w) == pytest.approx(np.array(rows), abs=1e-5)
    oracle, single = convex.Counted(one), [convex.Counted(one).slope(w, i) for i in range(60)]
    assert oracle.mean(w) + one.strength * w == pytest.approx(one.gradient(w))
    assert np.mean(one.x.T * single, axis=1) + one.strength * w == pytest.approx(one.gradient(w))


def test_the_optimum_is_that_of_scikit_learn_and_known_to_1e_12() -> None:
    one, other = problem("squares"), problem()
    ridge = Ridge(alpha=1.0, fit_intercept=False).fit(one.x, one.y)  # n times λ
    logistic = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10, solver="newton-cholesky").fit(other.x, other.y)
    for this, coefficients in ((one, ridge.coef_), (other, logistic.coef_[0])):
        w, error = this.optimum()
        assert w == pytest.approx(coefficients, abs=1e-7)
        assert error <= 1e-12
        assert this.value(w) <= this.value(coefficients) + 1e-15


def test_an_optimum_that_newton_did_not_reach_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convex, "NEWTON_STEPS", 1)
    assert problem().optimum()[1] > 1e-12


def test_the_bound_on_curvature_holds_for_every_example() -> None:
    one = problem()
    for row, y in zip(one.x, one.y, strict=True):
        alone = convex.Problem(row[None], np.array([y]), one.strength)
        assert np.linalg.eigvalsh(alone.hessian(np.zeros(7))).max() <= one.smoothness() + 1e-12


@losses
def test_sag_is_a_step_along_the_mean_of_the_last_gradients_seen(loss: str) -> None:
    """From a table of whole gradients whose mean is taken anew at every step."""
    one, rate, table, w = problem(loss), 0.7, np.zeros((60, 7)), np.zeros(7)
    drawn = np.random.default_rng([5, 1]).integers(60, size=60).tolist()
    drawn += np.random.default_rng([5, 1]).integers(60, size=120).tolist()[60:]
    known: set[int] = set()
    for i in drawn:
        known.add(i)
        table[i] = one.slopes(one.x[i : i + 1] @ w, slice(i, i + 1)) * one.x[i]
        w = w - rate * (table.sum(axis=0) / len(known) + one.strength * w)
    assert after(solvers.sag(convex.Counted(one), 5, rate), 120) == pytest.approx(w, abs=1e-12)


def test_svrg_corrects_a_gradient_by_that_at_its_snapshot() -> None:
    one, rate, w = problem(), 0.5, np.zeros(7)
    snapshot = w
    for t, i in enumerate(islice(solvers._drawn(5, 60), 90)):
        snapshot = w if t % 40 == 0 else snapshot
        x = one.x[i]
        here, there = (one.slopes(x[None] @ v, slice(i, i + 1)) * x for v in (w, snapshot))
        full = one.gradient(snapshot) - one.strength * snapshot
        w = w - rate * (here - there + full + one.strength * w)
    assert after(solvers.svrg(convex.Counted(one), 5, rate, 40), 90) == pytest.approx(w, abs=1e-12)


@losses
def test_all_solvers_come_to_the_optimum_of_scikit_learns_sag(loss: str) -> None:
    """Of its own data, without an intercept: with an unpenalised one on badly scaled data `sag` stops early."""
    one = problem(loss)
    rate = 1 / one.smoothness()
    if loss == "logistic":
        fitted = LogisticRegression(
            C=1.0, fit_intercept=False, solver="sag", tol=1e-12, max_iter=20_000, random_state=0
        )
        theirs = fitted.fit(one.x, one.y).coef_[0]
    else:
        ridge = Ridge(alpha=1.0, fit_intercept=False, solver="sag", tol=1e-14, max_iter=20_000, random_state=0)
        theirs = ridge.fit(one.x, one.y).coef_
    assert after(solvers.sag(convex.Counted(one), 1, rate), 9_000) == pytest.approx(theirs, abs=1e-7)
    assert after(solvers.svrg(convex.Counted(one), 1, rate / 4, 120), 9_000) == pytest.approx(theirs, abs=1e-7)
    full = solvers.minibatches(convex.Counted(one), 1, lambda t: rate, lambda passes: 60)
    assert after(full, 2_000) == pytest.approx(theirs, abs=1e-7)


def test_sgd_and_gradient_descent_are_what_they_are_called() -> None:
    one = problem()
    i, j = islice(solvers._drawn(2, 60), 2)
    w = 0.3 * one.y[i] / 2 * one.x[i]
    w = w - 0.15 * (one.slopes(one.x[[j]] @ w, slice(j, j + 1)) * one.x[j] + one.strength * w)
    assert after(solvers.sgd(convex.Counted(one), 2, lambda t: 0.3 / (1 + t)), 2) == pytest.approx(w)
    full = solvers.minibatches(convex.Counted(one), 2, lambda t: 0.3 / (1 + t), lambda passes: 60)
    first = -0.3 * one.gradient(np.zeros(7))
    assert after(full, 2) == pytest.approx(first - 0.15 * one.gradient(first))


def test_a_pass_of_minibatches_holds_every_example_once() -> None:
    one, rows = problem(), []

    class Watched(convex.Counted):
        def mean(self, w: np.ndarray, rows_: Any = slice(None)) -> np.ndarray:
            rows.append(np.arange(60)[rows_])
            return super().mean(w, rows_)

    after(solvers.minibatches(Watched(one), 2, lambda t: 0.1, lambda passes: 20 if passes == 0 else 60), 4)
    assert sorted(np.concatenate(rows[:3]).tolist()) == list(range(60))
    assert [len(drawn) for drawn in rows] == [20, 20, 20, 60]


@pytest.mark.parametrize(
    ("make", "asked", "kept"),
    [
        (lambda o: solvers.sgd(o, 1, lambda t: 0.1), 100, 0),
        (lambda o: solvers.sag(o, 1, 0.1), 100, 60),
        (lambda o: solvers.svrg(o, 1, 0.1, 40), 100 * 2 + 3 * 60, 0),
        (lambda o: solvers.minibatches(o, 1, lambda t: 0.1, lambda passes: 10), 100 * 10, 0),
    ],
    ids=["sgd", "sag", "svrg", "minibatches"],
)
def test_gradients_and_memory_are_counted(
    make: Callable[[convex.Counted], Iterator[np.ndarray]], asked: int, kept: int
) -> None:
    oracle = convex.Counted(problem())
    after(make(oracle), 100)
    assert (oracle.asked, oracle.kept) == (asked, kept)


def test_gradients_of_the_net_are_those_of_differences() -> None:
    generator = np.random.default_rng(0)
    x, y, w = generator.standard_normal((3, 5)), np.array([1.0, -1.0, 1.0]), generator.standard_normal(48)

    def loss(v: np.ndarray, i: int) -> float:
        return float(np.logaddexp(0, -y[i] * (np.tanh(x[i] @ v[:40].reshape(5, 8)) @ v[40:])))

    for i, found in enumerate(nonconvex.gradients(w, x, y)):
        assert found == pytest.approx(approx_fprime(w, loss, 1e-7, i), abs=1e-5)
    image = np.arange(64.0)[None]
    assert nonconvex.coarse(image)[0, 0] == np.mean([0, 1, 8, 9])


def test_a_geometric_fall_is_linear_and_a_power_is_not() -> None:
    geometric = averaged.fits([(p, exp(-p)) for p in range(1, 20)])
    assert geometric["r2_passes"] == pytest.approx(1)
    assert geometric["lead"] > 0.1
    power = averaged.fits([(p, p**-1.0) for p in range(1, 20)])
    assert (power["power"], power["r2_log_passes"]) == pytest.approx((-1, 1))
    assert power["lead"] < -0.1
    assert averaged.fits([(1, 1.0), (2, 0.1), (3, 0.01), (4, 1e-13)])["r2_passes"] == pytest.approx(1), (
        "under the floor"
    )


def test_sag_is_linear_and_one_that_forgets_its_table_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a table whose entries stay 0 makes of SAG a sum that only grows."""

    class Forgetful(np.ndarray):
        def __setitem__(self, *_: Any) -> None:
            pass

    points, _, found = averaged.descent(0, "sag", "logistic", 100, 25)
    assert averaged.fits(points)["lead"] > 0
    assert found["gradients_per_step"] == found["numbers_per_example"] == 1
    monkeypatch.setattr(convex.Counted, "table", lambda self: np.zeros(100).view(Forgetful))
    broken, _, found = averaged.descent(0, "sag", "logistic", 100, 25)
    assert broken[-1][1] > 1e-2
    assert found["numbers_per_example"] == 0


def test_a_written_out_step_is_that_of_keras() -> None:
    generator, widths = np.random.default_rng(1), (6, 5, 4, 3)
    layers = handwritten.glorot(generator, widths)
    x, y = generator.standard_normal((8, 6)).astype("float32"), generator.integers(3, size=8).astype("int32")
    dense = [keras.layers.Dense(units, "relu") for units in widths[1:-1]]
    net = keras.Sequential([keras.Input((6,)), *dense, keras.layers.Dense(3)])
    net.set_weights([array.copy() for layer in layers for array in layer])
    net.compile(keras.optimizers.SGD(0.5), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert handwritten.step(layers, x, y, 0.5) == pytest.approx(float(net.train_on_batch(x, y)), rel=1e-5)
    for found, wanted in zip([array for layer in layers for array in layer], net.weights, strict=True):
        assert found == pytest.approx(keras.ops.convert_to_numpy(wanted.value), abs=1e-6)
    assert handwritten.operations((4, 3, 2)) == 2 * (2 * 12 + 3 * 6)


def test_images_are_pooled_by_four_and_digits_stay() -> None:
    image = np.arange(784, dtype="float32")[None]
    assert model.pooled(image).shape == (1, 196)
    assert model.pooled(image)[0, 1] == np.mean([2, 3, 30, 31])
    assert model.pooled(image[:, :64]).shape == (1, 64)


def test_gaps_are_read_at_the_end_and_where_the_target_is_first_met() -> None:
    curves: dict[str, list[tuple[int, float]]] = {
        "seen_loss": [(0, 2.0), (5, 0.09), (10, 0.11), (15, 0.05)], "seen_error": [(0, 90), (5, 4), (10, 3), (15, 1)],
        "test_error": [(0, 90), (5, 9), (10, 7), (15, 8)],
    }  # fmt: skip
    trial = Run(seed=0, status="ok", steps=15, stopped=False, metrics={}, curves=curves)
    told = {"target": 0.1, "held_out": {"test": 1}}
    assert batches.gaps(trial, told) == {"steps_to_target": 5, "test_gap": 7, "test_gap_at_target": 5}
    assert batches.gaps(trial, told | {"target": 0.01})["test_gap_at_target"] is None
    assert batches.gaps(replace(trial, status="diverged"), told) == {}


def test_the_best_rate_is_the_vertex_of_a_parabola_inside_of_the_grid() -> None:
    rates = [2.0**octave for octave in range(-4, 3)]
    found = best_rate.best(rates, [(log2(rate) + 1.3) ** 2 for rate in rates])
    assert found["best_octave"] == pytest.approx(-1.3)
    assert found["inside"] == 1
    assert found["best_rate"] == pytest.approx(2**-1.3)
    assert best_rate.best(rates, list(range(7))) == {
        "best_rate": 1 / 16, "best_octave": -4, "inside": 0, "best_loss": 0,
    }  # fmt: skip
    beside = best_rate.best(rates, [3, 2, 1, inf, inf, inf, inf])
    assert (beside["best_rate"], beside["inside"]) == (0.25, 1)


def test_a_batch_grows_to_all_examples_as_the_budget_ends() -> None:
    size = growing.sizes("growing", 1_000)
    assert [size(passes) for passes in (0, 1, 29, 60)] == [8, 10, 1000, 1000]
    assert growing.sizes("small", 1_000)(29) == growing.sizes("decay", 1_000)(29) == 8
    assert growing.sizes("full", 1_000)(0) == 1_000


def test_times_that_the_budget_cut_off_are_the_budget() -> None:
    made, found = steps.race(0, "gd", 100, 1.0, 3)
    assert (made, found["steps_to_1e-2"], found["reached"], found["passes_to_1e-6"]) == (3, 3, 0, 3)
    _, found = steps.race(0, "gd", 100, 4.0, 300)
    assert found["reached"] == 1
    assert found["passes_to_1e-2"] == found["steps_to_1e-2"] != 300
    _, found = steps.race(0, "sgd", 100, 0.25, 2)
    assert found["passes_to_1e-2"] == pytest.approx((found["steps_to_1e-2"] or 0) / 100)


def test_a_block_times_a_step_of_each() -> None:
    (trial,) = step_time.run({"examples": 50, "rounds": 4}, [0], 1)
    assert set(trial.metrics) == set(step_time.METRICS)
    assert min(value or 0.0 for value in trial.metrics.values()) > 0
