"""Laws of clipping, of the nets, of the scan over thresholds and rates, and of the measured gradients."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import sequences  # noqa: E402
from common.training import Run, Stream, train  # noqa: E402
from reproductions.gradient_clipping import analysis, model, scan  # noqa: E402
from reproductions.gradient_clipping.scan import Point  # noqa: E402
from reproductions.gradient_clipping.studies import distance, norms, rates, thresholds, unclipped  # noqa: E402


def gradients(size: float) -> list[Any]:
    """Two tensors whose norm together is `size`."""
    return [ops.convert_to_tensor([[3.0 * size / 5]]), ops.convert_to_tensor([4.0 * size / 5])]


def test_clipping_bounds_the_norm_of_all_gradients_and_keeps_their_direction() -> None:
    for size, threshold in ((10.0, 5.0), (5.001, 5.0), (3.0, 0.01)):
        clipped = model.clip_by_norm(gradients(size), threshold)
        assert float(model.global_norm(clipped)) == pytest.approx(threshold, rel=1e-5)
        assert float(clipped[0][0, 0]) / float(clipped[1][0]) == pytest.approx(0.75, rel=1e-5)


@pytest.mark.parametrize("threshold", [5.0, 1e30])
def test_a_gradient_within_the_threshold_is_left_to_the_last_bit(threshold: float) -> None:
    for size in (0.0, 1e-20, 4.99):
        before = gradients(size)
        for old, new in zip(before, model.clip_by_norm(before, threshold), strict=True):
            assert np.array_equal(old, new)


def test_a_norm_that_is_not_finite_leaves_nothing_finite() -> None:
    broken = model.clip_by_norm([ops.convert_to_tensor([math.inf, 1.0]), ops.convert_to_tensor([1.0])], 5.0)
    assert not np.isfinite(np.concatenate(broken)).any()


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_clipped_steps_are_those_of_keras(name: str) -> None:
    ends = []
    for optimizer in (
        model.clipped(model.OPTIMIZERS[name], {"learning_rate": 0.1, "threshold": 2.0}),
        model.OPTIMIZERS[name](0.1, global_clipnorm=2.0),
    ):
        weights = [keras.Variable([[1.0]]), keras.Variable([2.0])]
        optimizer.build(weights)
        for size in (10.0, 1.0, 300.0):
            optimizer.apply(gradients(size), weights)
        ends.append([float(np.ravel(weight)[0]) for weight in weights])
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)


@pytest.mark.parametrize("radius", [0.9, 1.5])
def test_eigenvalues_of_the_recurrent_kernel_lie_at_the_radius(radius: float) -> None:
    keras.utils.set_random_seed(0)
    kernel = np.asarray(model.build_model(sequences.adding(5), "rnn", radius).get_layer("rnn").cell.recurrent_kernel)
    assert np.abs(np.linalg.eigvals(kernel)) == pytest.approx(radius, rel=1e-4)


def test_an_lstm_has_no_radius_to_set() -> None:
    with pytest.raises(ValueError, match="no single spectral radius"):
        model.build_model(sequences.adding(5), "lstm", 1.5)


SMALL = {
    "cell": "rnn",
    "task": "adding",
    "steps": 6,
    "optimizer": "sgd",
    "over_time": "mean",
    "radius": 1.0,
    "thresholds": [None, 0.001],
    "rates": [1e-3, 1e4],
    "budget": 12,
    "split": "test",
}


def test_a_scan_finds_divergence_and_that_a_small_threshold_prevents_it() -> None:
    (found,) = scan.run(SMALL, [10_000])
    assert found.status == "ok"
    metrics = found.metrics
    assert metrics["usable_none"] == 1e-3
    assert metrics["blown_none"] == 0.5
    assert [place for place, _ in found.curves["loss_none"]] == [-300]
    quieter = {**SMALL, "rates": [1e-3, 3.0]}
    (calm,) = scan.run(quieter, [10_000])
    assert calm.metrics["usable_0.001"] == 3.0, "steps of at most 0.003 cannot blow up"


def test_a_scan_gives_each_pair_what_it_gives_alone() -> None:
    (found,) = scan.run({**SMALL, "rates": [1e-3, 1e-2]}, [10_000])
    base = model.experiment(SMALL)
    (alone,) = train(replace(base, hyper={"learning_rate": 1e-2, "threshold": 0.001}), [10_000])
    assert found.curves["loss_0.001"][1] == (-200, alone.metrics["test_relative"])


def test_points_follow_from_runs() -> None:
    curves = {"validation_relative": [(0, 2.0), (3, 1.0)], "test_relative": [(0, 4.0), (3, 1.0)]}
    fine = Run(0, "ok", 3, False, {"validation_relative": 1.0, "test_relative": 1.0}, curves)
    assert scan.point(0.1, fine) == Point(0.1, False, 1.0, 1.0, left=0.25)
    still = replace(fine, metrics={"validation_relative": 2.09, "test_relative": 4.2})
    assert not scan.point(0.1, still).blew_up
    worse = replace(fine, metrics={"validation_relative": 2.11, "test_relative": 0.5})
    assert scan.point(0.1, worse).blew_up
    lost = replace(fine, metrics={"validation_relative": math.nan, "test_relative": 1.0})
    assert scan.point(0.1, lost).blew_up
    assert scan.point(0.1, Run(0, "diverged", 1, False, {}, curves)).blew_up


def test_summary_of_a_scan_made_by_hand() -> None:
    plain = [Point(0.1, False, 1.0, 1.1, 0.9), Point(1.0, True), Point(10.0, False, 0.2, 0.2, 0.2)]
    bound = [Point(0.1, False, 0.9, 0.9, 0.8), Point(1.0, False, 0.6, 0.55, 0.5), Point(10.0, True)]
    found = scan.summary("5", bound, {"none": plain, "5": bound})
    assert found["loss_5"] == 0.55
    assert found["rate_5"] == found["usable_5"] == 1.0
    assert found["left_5"] == 0.5
    assert found["blown_5"] == pytest.approx(1 / 3)
    assert found["range_gain_5"] == pytest.approx(10.0)
    assert found["loss_ratio_5"] == pytest.approx(0.55 / 0.2)
    assert found["excess_5"] == pytest.approx(0.55 / 0.2)
    assert scan.summary("none", plain, {"none": plain, "5": bound})["usable_none"] == 0.1
    lost = scan.summary("5", [Point(0.1, True)], {"none": plain, "5": [Point(0.1, True)]})
    assert (lost["loss_5"], lost["usable_5"], lost["range_gain_5"], lost["left_5"]) == (None, None, None, None)


def test_rates_are_half_decades_and_the_same_for_every_threshold() -> None:
    for study in (rates, thresholds, unclipped):
        for arm in study.arms("full"):
            logs = [2 * math.log10(rate) for rate in arm.settings["rates"]]
            assert logs == pytest.approx([round(value) for value in logs], abs=1e-9)
            assert np.diff(logs) == pytest.approx(1.0)
    assert unclipped.RATES[0] == pytest.approx(1e-7)
    assert unclipped.RATES[-1] == pytest.approx(10)


def test_measured_norm_is_that_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "UNITS", 2)
    task = sequences.adding(4)
    keras.utils.set_random_seed(0)
    net = model.build_model(task, "rnn")
    assert isinstance(task.data, Stream)
    x, y = task.data.draw(keras.random.SeedGenerator(0), 8)
    loss = sequences.loss(task)
    total, step = 0.0, 1e-2
    for variable in net.trainable_variables:
        value = np.asarray(variable).copy()
        for place in np.ndindex(value.shape):
            ends = []
            for way in (step, -step):
                moved = value.copy()
                moved[place] += way
                variable.assign(moved)
                ends.append(float(loss(net, x, y)))
            total += ((ends[0] - ends[1]) / (2 * step)) ** 2
        variable.assign(value)
    found = norms.norms(loss)(net, x, y)
    assert 10 ** float(found["log10_norm"]) == pytest.approx(math.sqrt(total), rel=1e-2)
    assert float(found["over_1"]) == float(math.sqrt(total) > 1)
    assert float(found["over_15"]) == 0.0


def test_gradients_vanish_or_grow_with_the_radius() -> None:
    factors = {}
    for radius in (0.9, 1.5):
        (found,) = distance.run({"cell": "rnn", "radius": radius}, [10_000], 1)
        places = sorted((float(name.removeprefix(analysis.PREFIX)), value) for name, value in found.metrics.items())
        factors[radius] = analysis.factor([(place, value) for place, value in places if value is not None])
    assert factors[0.9] < 0.9, "no step can lose less than the radius and the slope of tanh"
    assert factors[1.5] > 1.0


def test_factor_is_that_of_a_geometric_decay() -> None:
    points = [(1.0, 5.0), *((x, math.log10(0.8) * x) for x in (10.0, 20.0, 50.0))]
    assert analysis.factor(points) == pytest.approx(0.8)
