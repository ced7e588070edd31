"""Descent with momentum against Keras' SGD and closed forms, and the functions that it goes down."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from reproductions.landscape import descent
from reproductions.landscape.studies import plateaus
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

NAMES = tuple(plateaus.GRIDS)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    function, start = plateaus.begun(name, np.random.default_rng(20_000))
    at = start + 0.3
    wanted = approx_fprime(at[0], lambda w: float(function.value(w[None])[0]), 1e-7)
    assert function.gradient(at)[0] == pytest.approx(wanted, abs=1e-5)


def test_a_plateau_is_the_value_that_descent_stays_at() -> None:
    for name in NAMES:
        function, start = plateaus.begun(name, np.random.default_rng(20_000))
        weights = start.copy()
        for _ in range(60):
            weights = weights - 0.05 * function.gradient(weights)
        assert abs(function.value(weights)[0] - function.plateau[0]) < 0.15 * (function.plateau[0] - function.least)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_times_are_those_of_keras_steps(momentum: float) -> None:
    function, start = descent.quadratic(np.random.default_rng(20_000), 1, 10.0)
    variable = keras.Variable(start.astype("float32"))
    optimizer = keras.optimizers.SGD(0.3, momentum=momentum)
    values: list[float] = []
    for _ in range(40):
        at = np.asarray(ops.convert_to_numpy(variable.value), dtype=np.float64)
        optimizer.apply([ops.convert_to_tensor(function.gradient(at).astype("float32"))], [variable])
        values.append(float(function.value(np.asarray(ops.convert_to_numpy(variable.value), dtype=np.float64))[0]))
    height = function.plateau[0]
    levels = [height / 2, height / 4, height / 8]
    wanted = [next(step for step, found in enumerate(values, start=1) if found <= level) for level in levels]
    depths = tuple(1 - level / height for level in levels)
    assert descent.times(function, start, 0.3, momentum, 100, depths)[:, 0] == pytest.approx(wanted)
    assert len(set(wanted)) > 1


def test_without_momentum_a_quadratic_takes_the_steps_of_its_closed_form() -> None:
    function, start = descent.quadratic(np.random.default_rng(20_000), 1, 1_000.0)
    # x is gone at once, and y falls by 1/1000 a step
    (half,) = descent.times(function, start, 1.0, 0.0, 5_000, (0.5,))[:, 0]
    assert half == np.ceil(np.log(0.5) / (2 * np.log(1 - 1e-3)))


def test_what_never_comes_there_takes_the_budget() -> None:
    function, start = descent.quadratic(np.random.default_rng(20_000), 3, 1_000.0)
    assert (descent.times(function, start, 2.5, 0.0, 500, (0.05, 0.99)) == 500).all()


def test_a_run_tells_its_three_times_in_order() -> None:
    (run,) = plateaus.run({"function": "saddle", "momentum": 0.9, "rate": 0.1}, [20_000], 1)
    times: list[Any] = list(run.metrics.values())
    assert 0 < times[0] < times[1] < times[2] < plateaus.BUDGET
