"""Laws of dropout and of limits on norms, of nets with them, and of their losses, measures and rates."""

import math
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Run  # noqa: E402
from reproductions.dropout import model, nets  # noqa: E402
from reproductions.dropout.studies import helps, large_nets  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")
SMALL = nets.net(2, 16, 400, 2)


def layer(drop: float, inverted: bool = True) -> Any:
    keras.utils.set_random_seed(1)
    return model.Dropout(lambda: drop, inverted)


@pytest.mark.parametrize("drop", [0.2, 0.5, 0.8])
def test_dropout_zeroes_its_share_and_keeps_the_mean(drop: float) -> None:
    x = np.ones((400, 500), "float32")
    out = np.asarray(layer(drop)(x, training=True))
    assert (out == 0).mean() == pytest.approx(drop, abs=0.005)
    assert out.mean() == pytest.approx(1, rel=0.02)
    assert np.allclose(out[out > 0], 1 / (1 - drop))


def test_dropout_of_the_source_leaves_the_others_as_they_are() -> None:
    out = np.asarray(layer(0.5, inverted=False)(np.full((400, 500), 3.0, "float32"), training=True))
    assert set(np.unique(out)) == {0.0, 3.0}
    assert (out == 0).mean() == pytest.approx(0.5, abs=0.005)


def test_dropout_does_nothing_outside_training_or_with_probability_zero() -> None:
    x = np.random.default_rng(0).random((20, 30), np.float32)
    assert np.array_equal(np.asarray(layer(0.5)(x, training=False)), x)
    assert np.array_equal(np.asarray(layer(0.0)(x, training=True)), x)


def test_dropout_draws_anew_and_each_unit_by_itself() -> None:
    drop, x = layer(0.5), np.ones((100, 64), "float32")
    first, second = (np.asarray(drop(x, training=True)) > 0 for _ in range(2))
    assert 0.4 < (first != second).mean() < 0.6
    assert len({row.tobytes() for row in first}) == 100


def test_a_limit_on_norms_holds_in_every_layer_after_training() -> None:
    """Seen from outside: with a limit of nearly nothing a net can learn nothing, with none it learns."""
    settings = SMALL | {"refit": False, "drop_hidden": 0.0, "rate": 0.1, "epochs": 10}
    surprises: dict[float | None, float] = {}
    for limit in (1e-6, None):
        (run,) = helps.run({**settings, "max_norm": limit}, [10_000], 1)
        surprises[limit] = run.metrics["test_nll"] or math.nan
    assert surprises[1e-6] == pytest.approx(math.log(10), rel=0.02)
    assert surprises[None] < 2.0


def test_layers_and_weights_are_those_of_he() -> None:
    keras.utils.set_random_seed(1)
    net = model.build_model(400, 3, 300, nets.dropped(0.5))
    kernels = [np.asarray(v) for v in net.trainable_variables if len(v.shape) == 2]
    assert [kernel.shape for kernel in kernels] == [(400, 300), (300, 300), (300, 300), (300, 10)]
    for kernel in kernels:
        assert kernel.var() == pytest.approx(2 / kernel.shape[0], rel=0.08)
    probabilities = [each.drop() for each in net.layers if isinstance(each, model.Dropout)]
    assert probabilities == [0.2, 0.5, 0.5, 0.5]


def test_loss_has_dropout_on_and_measures_have_it_off() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.random((64, 30), np.float32), generator.integers(0, 10, 64).astype("int32")
    keras.utils.set_random_seed(2)
    net = model.build_model(30, 2, 40, nets.dropped(0.5))
    reference = float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, net(x, training=False)))
    found = model.mistakes(net, x, y)
    assert float(found["nll"]) == pytest.approx(reference, rel=1e-5)
    wrong = np.argmax(np.asarray(net(x)), axis=-1) != y
    assert float(found["error"]) == pytest.approx(100 * wrong.mean(), rel=1e-5)
    losses = {float(model.cross_entropy(net, x, y)) for _ in range(3)}
    assert len(losses) == 3
    plain = model.build_model(30, 2, 40, nets.dropped(0.0))
    assert float(model.cross_entropy(plain, x, y)) == pytest.approx(float(model.mistakes(plain, x, y)["nll"]), rel=1e-6)


def test_no_dropout_in_hidden_layers_means_none_at_the_input() -> None:
    assert nets.dropped(0.0) == {"drop_hidden": 0.0, "drop_input": 0.0}
    assert nets.dropped(0.3) == {"drop_hidden": 0.3, "drop_input": 0.2}


def test_a_falling_rate_ends_at_zero_and_a_constant_one_stays() -> None:
    falling = nets.Falling({"learning_rate": 0.4, "falls": 1.0}, 200)
    assert [float(falling(step)) for step in (0, 50, 200)] == pytest.approx([0.4, 0.3, 0.0])
    constant = nets.Falling({"learning_rate": 0.4, "falls": 0.0}, 200)
    assert float(constant(199)) == pytest.approx(0.4)


def test_variants_start_from_the_same_weights_and_see_the_same_batches() -> None:
    base = nets.experiment(SMALL)
    same = {"learning_rate": 0.03, **nets.dropped(0.0)}
    other = {"learning_rate": 0.03, **nets.dropped(0.5)}
    ((_, runs),) = nets.side_by_side(base, {"a": same, "b": same, "c": other}, [10_000], 1)
    assert runs["a"].curves == runs["b"].curves
    assert runs["a"].curves["test_nll"][0] == runs["c"].curves["test_nll"][0]
    assert runs["a"].metrics["test_nll"] != runs["c"].metrics["test_nll"]


def test_the_penalty_counts_weights_and_not_biases() -> None:
    keras.utils.set_random_seed(1)
    net = model.build_model(5, 1, 4, nets.dropped(0.0))
    x, y = np.ones((3, 5), "float32"), np.zeros(3, "int32")
    squares = sum(float((np.asarray(v) ** 2).sum()) for v in net.trainable_variables if len(v.shape) == 2)
    for variable in net.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(variable + 1)
    extra = float(large_nets.penalised(0.1, net, x, y)) - float(model.cross_entropy(net, x, y))
    assert extra == pytest.approx(0.1 * squares, rel=1e-4)


def test_equal_counts_of_mistakes_are_equal_errors_whatever_batches_they_fell_in() -> None:
    told = {"test_error": 1.2600000999, "validation_error": None, "test_nll": 0.1234567891}
    kept = nets.rounded(Run(1, "ok", 5, False, told, {}))
    assert dict(kept.metrics) == {"test_error": 1.26, "validation_error": None, "test_nll": 0.1234567891}
    for study in (helps, large_nets):
        settings = SMALL | {"refit": False, "drop_hidden": 0.0, "rate": 0.1, "l2": 0.0, "judged": "validation"}
        (run,) = study.run(settings, [10_000], 1)
        assert run.metrics["test_error"] == round(run.metrics["test_error"] or 0.0, 6)
