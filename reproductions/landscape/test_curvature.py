"""The net's loss, gradient and Hessian against JAX and finite differences, and the search for critical points."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from reproductions.landscape import search
from reproductions.landscape.net import Problem, gradient, hessian, value
from reproductions.landscape.studies import critical_points, curvature

GENERATOR = np.random.default_rng(20_000)
X = GENERATOR.standard_normal((7, 3))
PROBLEMS = {
    "squared": Problem(X, GENERATOR.standard_normal((7, 2)), 4, "squared", 0.1),
    "softmax": Problem(X, np.eye(3)[[0, 1, 2, 0, 1, 2, 0]], 4, "softmax", 0.02),
}
problems = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))


def weights_of(problem: Problem) -> np.ndarray:
    return np.random.default_rng(20_001).standard_normal(problem.weights)


@problems
def test_loss_gradient_and_hessian_are_those_of_automatic_derivatives(problem: Problem) -> None:
    jax = pytest.importorskip("jax")
    import jax.numpy as jnp

    def loss(w: Any) -> Any:
        inputs, outputs = problem.x.shape[1], problem.y.shape[1]
        size = (inputs + 1) * problem.hidden
        first, second = w[:size].reshape(inputs + 1, -1), w[size:].reshape(-1, outputs)
        said = jnp.tanh(problem.x @ first[:-1] + first[-1]) @ second[:-1] + second[-1]
        if problem.loss == "squared":
            errors = 0.5 * ((said - problem.y) ** 2).sum(axis=1)
        else:
            errors = -(problem.y * jax.nn.log_softmax(said)).sum(axis=1)
        return errors.mean() + problem.decay / 2 * (w @ w)

    at = weights_of(problem)
    with jax.enable_x64(True):
        wanted = list(map(np.asarray, jax.jit(lambda w: (loss(w), jax.grad(loss)(w), jax.hessian(loss)(w)))(at)))
    found = hessian(problem, at)
    for a, b in zip(found, wanted, strict=True):
        assert np.asarray(a) == pytest.approx(b, rel=1e-10, abs=1e-12)
    assert value(problem, at) == pytest.approx(float(wanted[0]), rel=1e-12)
    assert gradient(problem, at)[1] == pytest.approx(wanted[1], rel=1e-10, abs=1e-12)


@problems
def test_gradient_and_hessian_are_those_of_finite_differences(problem: Problem) -> None:
    at = weights_of(problem)
    _, slope, matrix = hessian(problem, at)
    assert slope == pytest.approx(approx_fprime(at, lambda w: value(problem, w), 1e-7), abs=1e-5)
    assert matrix == pytest.approx(approx_fprime(at, lambda w: gradient(problem, w)[1], 1e-7), abs=1e-5)
    assert matrix == pytest.approx(matrix.T, abs=1e-14)


def test_a_batch_is_the_mean_over_its_examples() -> None:
    problem = replace(PROBLEMS["softmax"], decay=0.0)
    at = weights_of(problem)
    each = [gradient(problem.batch([row]), at)[1] for row in range(len(X))]
    assert np.mean(each, axis=0) == pytest.approx(gradient(problem, at)[1])


def test_small_eigenvalues_are_neither_positive_nor_negative() -> None:
    eigenvalues = np.array([-2.0, -1e-7, 0.0, 1e-7, 1.0])
    assert search.shares(eigenvalues) == (0.2, 0.2)
    assert search.shares(eigenvalues, 1e-8) == (0.4, 0.4)
    point = search.Point(0.0, eigenvalues, np.zeros(1))
    assert (point.falling(), point.falling(1e-8)) == (1, 2)


def xor(decay: float) -> Problem:
    x, y = critical_points.cases("xor", 4, np.random.default_rng(0))
    return Problem(x, y, 2, "squared", decay)


def test_the_search_finds_the_bad_minima_of_xor_and_the_point_without_weights() -> None:
    """At half of the answers' squares two cases are right and two are told their mean; without weights none is."""
    points = search.distinct(p for p in search.searched(xor(0.001), 6, np.random.default_rng(20_000)) if p)
    minima = [p.loss for p in points if p.falling() == 0]
    assert minima[0] < 0.01
    assert any(loss == pytest.approx(0.25, abs=0.02) for loss in minima)
    assert minima[-1] == pytest.approx(0.5, abs=1e-6)
    for point in points:
        assert np.abs(gradient(xor(0.001), point.weights)[1]).max() <= search.STILL


def test_a_search_gives_a_saddle_for_a_saddle_and_nothing_for_a_point_at_infinity() -> None:
    problem = Problem(np.array([[-1.0], [1.0]]), np.array([[-2.0], [2.0]]), 1, "squared", 0.01)
    origin = search.critical_point(problem, np.full(problem.weights, 1e-3))
    assert origin is not None
    assert origin.loss == pytest.approx(2.0)
    assert origin.falling() == 1
    still = replace(problem, y=np.array([[0.0], [0.0]]), decay=0.0)
    assert search.critical_point(still, np.array([40.0, 0.0, 0.0, 0.0])) is None


def test_points_are_one_where_loss_and_index_agree() -> None:
    up, down = np.array([1.0, 2.0]), np.array([-1.0, 2.0])
    points = [
        search.Point(loss, values, np.zeros(2))
        for loss, values in ((1.0, up), (1.0 + 1e-9, up), (1.0, down), (1.1, up))
    ]
    assert [(p.loss, p.falling()) for p in search.distinct(points)] == [(1.0, 0), (1.0, 1), (1.1, 0)]


def test_points_above_the_best_are_told_saddles_and_bad_minima() -> None:
    up, down = np.array([1.0, 2.0]), np.array([-1.0, 2.0])
    points = [
        search.Point(loss, values, np.zeros(2)) for loss, values in ((1.0, up), (1.05, up), (1.2, up), (1.3, down))
    ]
    told = critical_points._told(points)
    assert told["saddle_share"] == pytest.approx(1 / 3)
    assert (told["bad_minima"], told["bad_share"]) == (1.0, 0.25)
    assert critical_points._told([])["saddle_share"] is None


def test_a_falling_loss_with_rising_share_has_correlation_minus_one_and_a_cut_may_change_it() -> None:
    spectra = [np.array([-1.0, -1.0, 1.0]), np.array([-1.0, 1e-5, 1.0]), np.array([0.5, 1.0, 1e-5])]
    told, positive, negative = curvature._told([3.0, 2.0, 1.0], spectra)
    assert told["correlation"] == pytest.approx(-1)
    assert positive == pytest.approx([1 / 3, 2 / 3, 1])
    assert negative == pytest.approx([2 / 3, 1 / 3, 0])
    assert told["sign_changes"] == 0
    spectra = [np.array([1e-5, 1e-5, 1.0]), np.array([-1.0, 1e-5, 1.0]), np.array([-1.0, 0.5, -1.0])]
    told, *_ = curvature._told([1.0, 2.0, 3.0], spectra)
    assert told["sign_changes"] == 1
