"""The unrolled net, its gates and its gradients, against the equations and finite differences."""

import math
from typing import Any

import numpy as np
import pytest

from common.trials import Trial
from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common import sequences  # noqa: E402
from reproductions.forget_bias import model  # noqa: E402
from reproductions.forget_bias.studies import gates  # noqa: E402


def net(bias: float, recurrent: str, steps: int) -> Any:
    keras.utils.set_random_seed(2)
    return model.build_model(sequences.delayed_recall(steps - 1), 32, model.GateBias(bias), recurrent)


def weights(layer: Any) -> list[np.ndarray]:
    return [np.asarray(variable).astype(float) for variable in layer.weights]


def by_hand(built: Any, x: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Output state, cell and forget gates of a Keras LSTM in double precision, from the equations."""
    kernel, recurrent, bias = weights(built.get_layer("lstm"))
    hidden, cell, forgets = np.zeros_like(start), start, []
    for seen in np.eye(8)[x].swapaxes(0, 1):
        entry, forget, fresh, output = np.split(seen @ kernel + hidden @ recurrent + bias, 4, axis=1)
        entry, forget, output = (1 / (1 + np.exp(-z)) for z in (entry, forget, output))
        cell = forget * cell + entry * np.tanh(fresh)
        hidden = output * np.tanh(cell)
        forgets.append(forget)
    return hidden, cell, np.array(forgets)


@pytest.mark.parametrize("bias", [0.0, 5.0])
def test_unrolled_net_is_the_lstm_of_keras(bias: float) -> None:
    built, x = net(bias, "orthogonal", 12), np.random.default_rng(1).integers(0, 8, (5, 12)).astype("int32")
    hidden, cell, forgets = gates.unrolled(built, x, np.zeros((12, 1, 32), "float32"), np.zeros((5, 32), "float32"))
    expected = by_hand(built, x, np.zeros((5, 32)))
    for ours, theirs in zip((hidden, cell, forgets), expected, strict=True):
        assert np.asarray(ours) == pytest.approx(theirs, abs=1e-5)
    logits = built(x)
    assert np.asarray(built.layers[-1](hidden)) == pytest.approx(np.asarray(logits), abs=1e-5)


def test_gradient_at_a_cell_is_that_of_the_loss() -> None:
    """Against finite differences in double precision: the cell of the first step is moved, 60 steps before the last."""
    built = net(5.0, "orthogonal", gates.DELAY + 1)
    x = np.random.default_rng(1).integers(0, 8, (2, gates.DELAY + 1)).astype("int32")
    y = np.array([1, 3], "int32")
    found = gates.whole(sequences.delayed_recall(gates.DELAY))(built, keras.ops.convert_to_tensor(x), y)
    (into, loop, shift), (kernel, bias) = weights(built.get_layer("lstm")), weights(built.layers[-1])
    first = by_hand(built, x[:, :1], np.zeros((2, 32)))

    def loss(move: np.ndarray) -> float:
        rows = np.eye(8)[x]
        cell = first[1] + move
        output = 1 / (1 + np.exp(-np.split(rows[:, 0] @ into + shift, 4, axis=1)[3]))
        hidden = output * np.tanh(cell)
        for seen in rows[:, 1:].swapaxes(0, 1):
            parts = np.split(seen @ into + hidden @ loop + shift, 4, axis=1)
            entry, forget, out = (1 / (1 + np.exp(-parts[i])) for i in (0, 1, 3))
            cell = forget * cell + entry * np.tanh(parts[2])
            hidden = out * np.tanh(cell)
        logits = hidden @ kernel + bias
        return float(np.sum(np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1], y]))

    size = 0.0
    for unit in range(32):
        for sequence in range(2):
            move = np.zeros((2, 32))
            move[sequence, unit] = 1e-5
            size += abs(loss(move) - loss(-move)) / 2e-5 / 64
    assert float(found["gradient_60"]) == pytest.approx(size, rel=1e-3)


def test_gates_and_the_path_of_the_cell_follow_from_the_bias() -> None:
    (trial,) = gates.run({"bias": 2}, [10_000], 1)
    assert trial.metrics["gate"] == pytest.approx(1 / (1 + math.exp(-2)), abs=0.02)
    assert (trial.metrics["path_error"] or 1.0) < 0.05
    points = dict(trial.curves["log10_gradient"])
    assert list(points) == list(range(0, 61, 3))


def test_gradients_too_small_to_be_held_leave_a_record() -> None:
    (trial,) = gates.run({"bias": -30}, [10_000], 1)
    assert list(dict(trial.curves["log10_gradient"]))[-1] < 60
    fields = {"study": "gates", "arm": "b-30", "seed": 1, "tier": "full", "key": "", "backend": "jax"}
    kept = Trial(**fields, dataset="synthetic", data_sha256="", metrics=trial.metrics, curves=trial.curves)  # type: ignore[arg-type]
    assert kept.metrics["path_error"] is None
    assert kept.metrics["gate"] == pytest.approx(0, abs=1e-9)
