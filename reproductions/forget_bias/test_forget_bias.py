"""Laws of the nets and their biases, and of how they are trained."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suite import commands

USED = commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import sequences  # noqa: E402
from common.training import Stream, train  # noqa: E402
from reproductions.forget_bias import model  # noqa: E402

SIZES: dict[str, Any] = {"units": 6, "rate": 1e-2, "batch": 8, "steps": 6, "every": 3, "looked_at": 16}


@pytest.mark.parametrize("bias", [-1.0, 0.0, 5.0])
def test_forget_gates_get_the_bias_and_no_other_gate_does(bias: float) -> None:
    drawn = np.asarray(model.GateBias(bias)((12,), "float32"))
    assert drawn.tolist() == [0.0] * 3 + [bias] * 3 + [0.0] * 6


def test_chrono_biases_are_log_uniform_and_input_gates_get_their_negative() -> None:
    drawn = np.asarray(model.GateBias(longest=101, seed=keras.random.SeedGenerator(1))((40_000,), "float32"))
    entry, forget, rest = drawn[:10_000], drawn[10_000:20_000], drawn[20_000:]
    assert np.array_equal(entry, -forget)
    assert not rest.any()
    times = np.exp(forget)
    assert (times.min(), times.max()) == (pytest.approx(1, abs=0.1), pytest.approx(100, abs=0.1))
    assert times.mean() == pytest.approx(50.5, rel=0.03)  # U(1, 100)


def test_a_bias_of_one_is_the_default_of_keras() -> None:
    """Weights and the numbers of a short training are those of an LSTM layer without a word about its bias."""
    task = sequences.delayed_recall(8)

    def default(hyper: Any) -> Any:
        entry, channels = sequences.inputs(task)
        return keras.Model(entry, keras.layers.Dense(4)(keras.layers.LSTM(6, name="lstm")(channels)))

    ours = model.experiment(task, 1, **SIZES)
    theirs = replace(ours, build_model=default)
    (one,), (other,), (zero,) = (train(e, [10_000]) for e in (ours, theirs, model.varied(ours, forget=0)))
    assert one.metrics == pytest.approx(dict(other.metrics), rel=1e-6)
    assert one.metrics["test_loss"] != pytest.approx(zero.metrics["test_loss"], rel=1e-4)


def test_biases_and_rates_are_inputs_of_one_program() -> None:
    built = model.experiment(sequences.delayed_recall(8), 0, **SIZES)
    other = model.varied(built, forget=5)
    assert built.shares_program(other)
    with pytest.raises(ValueError, match="does not vary forget"):
        model.varied(model.experiment(sequences.delayed_recall(8), model.CHRONO, **SIZES), forget=1)
    (shared,) = train(other, [10_000])
    (direct,) = train(model.experiment(sequences.delayed_recall(8), 5, **SIZES), [10_000])
    assert shared.metrics == direct.metrics


@pytest.mark.parametrize("size", [2.0, 2e30])
@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_norms_are_clipped_at_one_even_where_their_squares_overflow(name: str, size: float) -> None:
    built = model.experiment(sequences.adding(6), 0, optimizer=name, **SIZES)
    optimizer = built.build_optimizer({"learning_rate": 1e-3})
    assert isinstance(optimizer, model.OPTIMIZERS[name])
    weight = keras.Variable(np.zeros(2, np.float32))
    optimizer.apply([ops.convert_to_tensor(np.array([0.0, size], np.float32))], [weight])
    moments = [np.abs(np.asarray(v)).max() for v in optimizer.variables if v.shape == (2,)]
    assert moments == pytest.approx({"adam": [0.1, 0.001], "rmsprop": [0.1]}[name], rel=1e-4)  # of a gradient of one


@pytest.mark.skipif(USED != "jax", reason="draws are watched inside the program")
def test_training_and_evaluation_never_draw_the_same_sequence() -> None:
    import jax

    task, rows = sequences.delayed_recall(25), []
    assert isinstance(task.data, Stream)
    draw = task.data.draw

    def watched(seeds: Any, count: int) -> Any:
        x, y = draw(seeds, count)
        jax.debug.callback(lambda seen: rows.append(np.asarray(seen)), x)
        return x, y

    list(train(model.experiment(replace(task, data=Stream(watched)), 0, **SIZES), [10_000, 10_001]))
    jax.effects_barrier()
    trained = {row.tobytes() for batch in rows if len(batch) == 8 for row in batch}
    looked_at = {row.tobytes() for batch in rows if len(batch) == 16 for row in batch}
    assert (len(trained), len(looked_at)) == (2 * 6 * 8, 2 * 16)  # fresh batches; the same ones at every look
    assert not trained & looked_at
