"""When two experiments share what was compiled, and when they must not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from common.engine.sharing import Kept, same
from common.training import Arrays, Evaluation, Experiment

X = np.arange(12, dtype=np.float32).reshape(6, 2)
X.flags.writeable = False
WRITEABLE = np.zeros((6, 2), np.float32)


def made(value: Any) -> Callable[[], Any]:
    return lambda: value


def nested(value: Any) -> Callable[[], Any]:
    inner = made(value)
    return lambda: (inner(), inner())


def with_default(value: Any) -> Callable[[], Any]:
    def function(number: Any = value, *, other: Any = value) -> Any:
        return number, other

    return function


def recursive(value: Any) -> Callable[[int], Any]:
    def function(depth: int) -> Any:
        return function(depth - 1) if depth else value

    return function


@pytest.mark.parametrize("make", [made, nested, with_default, recursive, partial(partial, made)])
@pytest.mark.parametrize(
    ("one", "equal", "other"),
    [
        (3, 3, 4),
        (0.0, 0.0, -0.0),
        (1, 1, 1.0),
        (True, True, 1),
        ("relu", "relu", "tanh"),
        ((1, "a"), (1, "a"), (1, "b")),
        ({"depth": [1, 2]}, {"depth": [1, 2]}, {"depth": [1, 3]}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (X[:4], X[:4], X[1:5]),
        (X[:4], X[:4], X[:3]),
        (Arrays(X[:4], X[:4]), Arrays(X[:4], X[:4]), Arrays(X[:4], X[:4] + 0)),
        (made(1), made(1), made(2)),
        (made(1), made(1), nested(1)),
    ],
)
def test_functions_are_the_same_when_their_lines_and_all_they_close_over_are(
    make: Any, one: Any, equal: Any, other: Any
) -> None:
    assert same(make(one), make(equal))
    assert not same(make(one), make(other))


class Unknown:
    pass


@pytest.mark.parametrize("value", [Unknown, lambda: WRITEABLE[:4], lambda: np.zeros(3), lambda: {1, 2}])
def test_in_doubt_two_values_are_not_the_same(value: Callable[[], Any]) -> None:
    one = value()
    assert same(one, one)
    assert not same(one, value())


def experiment(width: int = 8, **changes: Any) -> Experiment:
    data = Arrays(X[:4], X[:4])
    plain: dict[str, Any] = {
        "build_model": lambda hyper: width,
        "build_optimizer": lambda hyper: None,
        "loss": lambda model, x, y: 0.0,
        "data": data,
        "batch_size": 2,
        "steps": 10,
        "evaluate": {"test": Evaluation(data, lambda model, x, y: {}, 4, 2)},
        "evaluate_every": 5,
        "hyper": {"rate": 0.1},
    }
    return Experiment(**plain | changes)


OTHER = Arrays(X[2:], X[2:])


@pytest.mark.parametrize(
    ("changes", "shared"),
    [
        ({}, True),
        ({"hyper": {"rate": 0.5}}, True),
        ({"steps": 20, "evaluate_every": 1, "stop": lambda history: True}, True),
        ({"adjust": lambda history, hyper: {"rate": 0.0}}, True),
        ({"hyper": {"other": 0.1}}, False),
        ({"width": 9}, False),
        ({"batch_size": 4}, False),
        ({"data": OTHER}, False),
        ({"loss": lambda model, x, y: 1.0}, False),
        ({"evaluate": {}}, False),
        ({"evaluate": {"test": Evaluation(OTHER, lambda model, x, y: {}, 4, 2)}}, False),
    ],
)
def test_experiments_share_a_program_unless_something_in_it_differs(changes: Any, shared: bool) -> None:
    assert experiment().shares_program(experiment(**changes)) is shared


def test_the_last_few_are_kept_by_experiment_and_lanes() -> None:
    kept: Kept[int] = Kept(most=2)
    built: list[int] = []

    def build() -> int:
        built.append(len(built))
        return built[-1]

    asked = [(8, 1), (9, 1), (8, 1), (8, 4), (8, 1), (9, 1)]
    assert [kept.get(experiment(width=width), lanes, build) for width, lanes in asked] == [0, 1, 0, 2, 0, 3]
