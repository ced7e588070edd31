"""What is told of the last steps is what they did, under any optimizer, and changes nothing that is trained."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import updates  # noqa: E402
from common.training import Evaluation, Experiment, Stream, train  # noqa: E402

RATE = 0.25


def draw(seeds: Any, count: int) -> tuple[Any, Any]:
    x = keras.random.normal((count, 3), seed=seeds)
    return x, ops.sum(x, axis=1, keepdims=True)


def squared(net: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(net(x, training=True) - y))


def line() -> Any:
    entry = keras.Input((3,))
    return keras.Model(entry, keras.layers.Dense(1)(entry))


def seen(net: Any, x: Any, y: Any) -> dict[str, Any]:
    kernel = net.trainable_variables[0]
    found = {f"weight{place}": ops.convert_to_tensor(kernel)[place, 0] for place in range(3)}
    if any(layer.name == updates.NAME for layer in net.layers):
        kept = updates.steps(net)[0]
        found |= {f"update{place}": kept.update[place, 0] for place in range(3)}
        found |= {f"earlier{place}": kept.earlier[place, 0] for place in range(3)}
    return found


def experiment(optimizer: Any, *, watch: bool, every: int = 1) -> Experiment:
    fresh = Stream(draw)
    return Experiment(
        build_model=lambda hyper: updates.watched(line()) if watch else line(),
        build_optimizer=lambda hyper: optimizer(RATE),
        loss=updates.noting(squared) if watch else squared,
        data=fresh,
        batch_size=4,
        steps=4,
        evaluate={"test": Evaluation(fresh, seen, 4, 4)},
        evaluate_every=every,
    )


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_an_update_is_what_a_step_added_and_the_one_before_is_kept_too(optimizer: Any) -> None:
    (run,) = train(experiment(optimizer, watch=True), [3])
    for place in range(3):
        weight, update, earlier = (
            [value for _, value in run.curves[f"test_{name}{place}"]] for name in ("weight", "update", "earlier")
        )
        assert np.diff(weight) == pytest.approx(update[1:], rel=1e-4, abs=1e-6)
        assert np.diff(weight)[:-1] == pytest.approx(earlier[2:], rel=1e-4, abs=1e-6)
        assert min(map(abs, update[1:])) > 0


def test_watching_changes_no_weight() -> None:
    (plain,) = train(experiment(keras.optimizers.Adam, watch=False), [3])
    (watched,) = train(experiment(keras.optimizers.Adam, watch=True), [3])
    for place in range(3):
        assert plain.curves[f"test_weight{place}"] == watched.curves[f"test_weight{place}"]


def test_an_update_of_sgd_is_the_rate_times_the_gradient() -> None:
    """Against the gradient by hand: of mean (x w + b - y)², 2 mean x (x w + b - y)."""
    net = updates.watched(line())
    optimizer = keras.optimizers.SGD(RATE)
    x = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]], "float32")
    y = np.array([[1.0], [2.0]], "float32")
    before = np.asarray(net.trainable_variables[0])
    noted = updates.noting(squared)
    noted(net, x, y)
    error = x @ before - y
    gradient = 2 * x.T @ error / 2
    optimizer.apply([gradient, np.zeros(1, "float32")], net.trainable_variables)
    kernel, bias = updates.steps(net)
    assert np.asarray(kernel.update) == pytest.approx(-RATE * gradient, rel=1e-5)
    assert np.asarray(bias.update) == pytest.approx(np.zeros(1))
