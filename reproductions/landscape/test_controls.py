"""Each control says no where the fault is planted that it is there to find."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from planting import (  # type: ignore[import-not-found]  # of the folder of tests
    Arms,
    Patch,
    Planted,
    answers,
    controls,
    laws,
    metrics,
)

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Experiment  # noqa: E402
from reproductions.landscape import orthogonal, search  # noqa: E402
from reproductions.landscape.claims import CLAIMS  # noqa: E402
from reproductions.landscape.net import value  # noqa: E402
from reproductions.landscape.studies import critical_points, curvature, goe, plateaus  # noqa: E402
from reproductions.landscape.studies import planted as students  # noqa: E402


def descent_that_stands_still(patch: Patch) -> Arms:
    """What is left are the points near random weights, to which Newton's method comes."""
    patch.setattr(search, "gradient", lambda problem, weights: (value(problem, weights), 0 * weights))
    return {"xor": metrics(critical_points, "xor", runs=3)}


def last_pivot_not_looked_at(patch: Patch) -> Arms:
    right = orthogonal.positive
    patch.setattr(orthogonal, "positive", lambda batch: right(batch[:, :-1, :-1]))
    return {"diagonal": metrics(goe, "diagonal", count=2_000)}


def rate_at_which_units_saturate(patch: Patch) -> Arms:
    """Ever more eigenvalues come close to zero then, and with the coarsest cut fewer are positive where loss is low."""
    patch.setenv("REPRO_DATASET", "digits")
    patch.setitem(curvature.RATES, curvature.WIDTH, max(curvature.GRID))
    return {"net": metrics(curvature, "net", moments=curvature.QUICK_MOMENTS)}


def answers_of_a_unit_that_the_teacher_has_not(patch: Patch) -> Arms:
    def with_another_unit(net: keras.Model) -> keras.Model:
        [x], [both] = net.inputs, net.outputs
        return keras.Model(x, ops.concatenate([both[:, :1], both[:, 1:] + 0.1 * ops.relu(x[:, :1])], axis=1))

    changed(patch, with_another_unit)
    return {"relu3": metrics(students, "relu3", steps=1)}


def teacher_without_a_bend(patch: Patch) -> Arms:
    def unbent(net: keras.Model) -> keras.Model:
        hidden, _ = (layer for layer in net.layers if layer.weights and not layer.trainable)
        hidden.activation = keras.activations.linear
        return net

    changed(patch, unbent)
    return {"linear": metrics(students, "linear", steps=300)}


def changed(patch: Patch, change: Callable[[keras.Model], keras.Model]) -> None:
    """Each net of the study is another, made by a function of this file: what has the same code may share a program."""
    right = students.experiment

    def experiment(settings: Mapping[str, Any]) -> Experiment:
        found = right(settings)
        return replace(found, build_model=lambda hyper: change(found.build_model(hyper)))

    patch.setattr(students, "experiment", experiment)


def momentum_that_hardly_moves(patch: Patch) -> Arms:
    return hardly_moving(patch, 0.9, more=1)


def plain_descent_that_hardly_moves(patch: Patch) -> Arms:
    return hardly_moving(patch, 0.0, more=1)


def hardly_moving(patch: Patch, momentum: float, more: int) -> Arms:
    """Descent with so much momentum, in a study whose budget is by so many steps more than what the claim asks for."""
    patch.setattr(plateaus, "BUDGET", plateaus.BUDGET + more)
    for name in ("quadratic", "saddle"):
        patch.setitem(plateaus.RATES[name], momentum, 1e-6)
    return {arm: metrics(plateaus, arm) for arm in ("quadratic_0.9", "quadratic_0", "saddle_0.9", "saddle_0")}


LEFT = {("momentum-plateaus", "both-leave-quadratic"), ("momentum-plateaus", "both-leave-saddle")}
PLANTED: Planted = {
    descent_that_stands_still: {("no-local-minima", "xor-minima-found")},
    last_pivot_not_looked_at: {("p-to-the-1000", "diagonal-obeys")},
    rate_at_which_units_saturate: {("p-rises-near-minimum", "any-cut")},
    answers_of_a_unit_that_the_teacher_has_not: {("sgd-solves-np-hard", "teacher-has-no-error")},
    teacher_without_a_bend: {("sgd-solves-np-hard", "linear-fails")},
    momentum_that_hardly_moves: LEFT,
    plain_descent_that_hardly_moves: LEFT,
}


test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault = laws(CLAIMS, PLANTED)


@pytest.mark.parametrize("momentum", [0.9, 0.0])
def test_what_the_budget_of_plateaus_cuts_off_is_a_tie_and_no_yes(momentum: float, monkeypatch: Patch) -> None:
    """A tie decides nothing: what the two controls guard stays open then, and does not hold."""
    asked = [controls(CLAIMS)[place] for place in sorted(LEFT)]
    assert answers(asked, hardly_moving(monkeypatch, momentum, more=0)) == ["tie", "tie"]
