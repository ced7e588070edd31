"""Losses and their gradients, with respect to weights and to past states, against finite differences on tiny nets."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import sequences  # noqa: E402
from common.training import Stream  # noqa: E402
from reproductions.gradient_clipping import model, nets  # noqa: E402
from reproductions.gradient_clipping.studies import distance, norms  # noqa: E402


def examples(of: sequences.Task, seeds: Any, count: int) -> Any:
    assert isinstance(of.data, Stream)
    return of.data.draw(seeds, count)


def test_a_summed_loss_is_the_averaged_one_times_the_steps() -> None:
    of = model.task("resets", 6)
    net = model.build_model(of, "rnn", 4, {"radius": 1.0})
    x, y = examples(of, keras.random.SeedGenerator(1), 5)
    summed, averaged = (float(sequences.loss(of, way)(net, x, y)) for way in ("sum", "mean"))
    assert summed == pytest.approx(6 * averaged, rel=1e-5)


def nudged(net: str) -> tuple[Any, Any, Any, Any, Any]:
    of = model.task("temporal_order", 10)
    made = nets.nudged_model(of, net, 3, {"radius": 1.3})
    x, y = examples(of, keras.random.SeedGenerator(2), 1)
    return made, sequences.loss(of), x, y, of


@pytest.mark.parametrize("net", ["rnn", "lstm"])
def test_gradients_at_past_states_agree_with_finite_differences(net: str) -> None:
    made, loss, x, y, _ = nudged(net)
    found = np.asarray(nets.state_gradients(made, loss, x, y))
    width, step, places = made.inputs[1].shape[-1], 1e-2, (0, 4, 9)
    nudges = np.zeros((len(places), width, 2, 1, 10, width), "float32")
    for number, place in enumerate(places):
        for unit in range(width):
            nudges[number, unit, :, 0, place, unit] = step, -step
    flat = ops.convert_to_tensor(nudges.reshape(-1, 1, 10, width))
    losses = np.asarray(ops.map(lambda nudge: nets._nudged_loss(loss, made, x, y, nudge), flat))
    slopes = (losses[::2] - losses[1::2]).reshape(len(places), width) / (2 * step)
    for number, place in enumerate(places):
        assert found[place] == pytest.approx(float(np.linalg.norm(slopes[number])), rel=2e-2, abs=2e-5), place


def test_a_loss_at_the_last_step_sees_a_nudge_of_an_lstms_cell_only_in_steps_to_come() -> None:
    """The last state's cell half is read by nobody, so the last norm is that of the hidden half alone."""
    made, loss, x, y, _ = nudged("lstm")
    at_end = np.zeros((1, 10, 6), "float32")
    at_end[0, 9, 3:] = 0.5
    before = float(nets.at_rest(loss)(made, x, y))
    assert float(nets._nudged_loss(loss, made, x, y, ops.convert_to_tensor(at_end))) == pytest.approx(before, abs=1e-6)
    at_end[0, 8, 3:] = 0.5
    assert abs(float(nets._nudged_loss(loss, made, x, y, ops.convert_to_tensor(at_end))) - before) > 1e-5


def test_norms_of_past_gradients_are_root_mean_squares_over_examples() -> None:
    made, loss, _, _, of = nudged("rnn")
    x, y = examples(of, keras.random.SeedGenerator(5), 4)
    alone = [np.asarray(nets.state_gradients(made, loss, x[i : i + 1], y[i : i + 1])) for i in range(4)]
    wanted = np.sqrt(np.mean(np.square(alone), axis=0))
    assert np.asarray(nets.state_gradients(made, loss, x, y)) == pytest.approx(wanted, rel=1e-4)


def test_distances_are_counted_from_the_end() -> None:
    made, loss, x, y, _ = nudged("rnn")
    forward = np.log10(np.asarray(nets.state_gradients(made, loss, x, y)))
    found = nets.by_distance(loss, (0, 3, 9))(made, x, y)
    assert [float(v) for v in found.values()] == pytest.approx([forward[9], forward[6], forward[0]], rel=1e-5)


def test_a_nudged_net_at_rest_is_the_plain_one() -> None:
    made, loss, x, y, of = nudged("rnn")
    plain = model.build_model(of, "rnn", 3, {"radius": 1.3})
    for own, given in zip(plain.trainable_variables, made.trainable_variables, strict=True):
        own.assign(given)
    assert float(nets.at_rest(loss)(made, x, y)) == pytest.approx(float(loss(plain, x, y)), rel=1e-5)


def test_norms_of_gradients_agree_with_finite_differences() -> None:
    of = model.task("resets", 4)
    net, loss = model.build_model(of, "rnn", 2, {"radius": 1.0}), sequences.loss(of, "sum")
    x, y = examples(of, keras.random.SeedGenerator(1), 6)
    found = np.asarray(nets.gradient_norms(net, loss, x, y, 2))
    start = [np.array(v.value) for v in net.trainable_variables]
    moved: list[list[np.ndarray]] = []  # all weights, of which one number is a step more, then a step less
    for number, values in enumerate(start):
        for place in np.ndindex(values.shape):
            for step in (1e-2, -1e-2):
                moved.append([v.copy() for v in start])
                moved[-1][number][place] += step

    def losses(weights: Any) -> Any:
        with keras.StatelessScope(list(zip(net.trainable_variables, weights, strict=True))):
            return ops.stack([loss(net, x[part], y[part]) for part in (slice(0, 3), slice(3, 6))])

    ends = np.asarray(ops.map(losses, [ops.convert_to_tensor(np.stack(column)) for column in zip(*moved, strict=True)]))
    slopes = (ends[::2] - ends[1::2]) / 2e-2
    assert found == pytest.approx(np.linalg.norm(slopes, axis=0), rel=2e-2)


def test_quantiles_of_norms_are_in_order_and_shares_count_those_above() -> None:
    of = model.task("resets", 4)
    net, loss = model.build_model(of, "rnn", 2, {"radius": 1.0}), sequences.loss(of, "sum")
    x, y = examples(of, keras.random.SeedGenerator(1), 16)
    large = lambda model, x, y: 30 * loss(model, x, y)  # noqa: E731
    found = {name: float(value) for name, value in nets.norm_quantiles(large, 8)(net, x, y).items()}
    own = np.asarray(nets.gradient_norms(net, large, x, y, 8))
    assert found["low"] < found["median"] < found["high"] < found["most"]
    assert found["most"] == pytest.approx(own.max())
    assert [found["over_5"], found["over_15"]] == [np.mean(own > 5), np.mean(own > 15)]


def test_drawn_studies_give_their_curves() -> None:
    shape = {"units": 4, "steps": 4}
    settings = {**norms.arms("full")[0].settings, **shape, "length": 6, "every": 2, "held_out": 8}
    (measured,) = norms.run(settings, [0], 1)
    assert [step for step, _ in measured.curves["median"]] == [0, 2, 4]
    assert measured.metrics["start_median"] == measured.curves["median"][0][1]
    (back,) = distance.run({**distance.arms("full")[0].settings, **shape, "length": 20}, [0], 1)
    assert [place for place, _ in back.curves["start"]] == [0, 5, 10, 15]
    assert back.curves["start"] != back.curves["trained"]
