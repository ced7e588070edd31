"""Laws of clipping and of recurrent weights, what tables of losses say, and gradients against finite differences."""

import math
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import sequences  # noqa: E402
from common.training import Experiment, Run, Stream, train  # noqa: E402
from reproductions.gradient_clipping import analysis, figures, model, nets, rates  # noqa: E402
from reproductions.gradient_clipping.studies import distance, norms, scan, thresholds, unclipped  # noqa: E402

SMALL = {"net": "rnn", "units": 4, "task": "resets", "length": 6, "over_time": "sum", "radius": 1.0}
SMALL |= {"optimizer": "sgd", "steps": 3, "every": 3, "held_out": 8}


def examples(of: sequences.Task, seeds: Any, count: int) -> Any:
    assert isinstance(of.data, Stream)
    return of.data.draw(seeds, count)


def small(hyper: Mapping[str, float], **changes: Any) -> Experiment:
    made = model.experiment({**SMALL, **changes})
    return replace(made, hyper={**made.hyper, **hyper})


@pytest.mark.parametrize("net", ["rnn", "lstm"])
@pytest.mark.parametrize("radius", [1.0, 1.25, 1.5])
def test_every_eigenvalue_of_a_recurrent_block_has_the_radius_as_modulus(net: str, radius: float) -> None:
    layer = model.recurrent(net, 8, radius, every_step=False)
    layer.recurrent_kernel_initializer = None
    layer.recurrent_initializer.seed = keras.random.SeedGenerator(3)
    layer.build((None, 5, 3))
    kernel = np.asarray(layer.cell.recurrent_kernel)
    blocks = np.split(kernel, kernel.shape[1] // 8, axis=1)
    assert len(blocks) == {"rnn": 1, "lstm": 4}[net]
    for block in blocks:
        assert np.abs(np.linalg.eigvals(block)) == pytest.approx(radius, rel=1e-4)
    if net == "lstm":
        assert not np.allclose(blocks[0], blocks[1])


def norm(gradients: list[Any]) -> float:
    return float(np.sqrt(sum(np.square(np.asarray(g)).sum() for g in gradients)))


def test_clipping_keeps_the_direction_and_bounds_the_norm_over_all_weights_together() -> None:
    gradients = [ops.convert_to_tensor(np.array(g, "float32")) for g in ([[3.0, 0.0]], [4.0])]
    cut = model.clipped(gradients, 1.0)
    assert [np.asarray(g).ravel().tolist() for g in cut] == [pytest.approx([0.6, 0.0]), pytest.approx([0.8])]
    for bound in (5.0, 100.0, model.NONE):  # at or above the norm nothing moves
        kept = model.clipped(gradients, bound)
        assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(kept, gradients, strict=True))


def test_a_norm_whose_square_overflows_is_clipped_and_not_lost() -> None:
    huge = [ops.convert_to_tensor(np.array([3e30, 4e30], "float32"))]
    assert norm(model.clipped(huge, 1.0)) == pytest.approx(1.0, rel=1e-5)
    assert np.asarray(model.clipped(huge, model.NONE)[0])[0] == pytest.approx(3e30)
    assert norm(model.clipped([ops.zeros((2,))], 1.0)) == 0.0


def test_a_clip_name_is_its_norm() -> None:
    assert model.norm_of("15") == 15.0
    assert model.norm_of("none") == model.NONE < float(np.finfo("float32").max)


def moved(hyper: Mapping[str, float], seeds: list[int], lanes: int) -> list[float]:
    """How far one step moves the test loss of each seed."""
    runs = train(small(hyper, steps=1, every=1), seeds, lanes=lanes)
    return [run.curves["test_loss"][1][1] - run.curves["test_loss"][0][1] for run in runs]


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="only JAX puts seeds side by side")
def test_clipping_acts_on_each_seed_and_not_on_the_group() -> None:
    hyper = {"learning_rate": 0.1, "clip": 0.5}
    together = moved(hyper, [0, 1, 2, 3], lanes=4)
    assert together == pytest.approx([moved(hyper, [seed], lanes=1)[0] for seed in range(4)], rel=1e-3)


def test_a_clip_norm_that_does_not_bind_changes_nothing_and_one_that_binds_bounds_the_step() -> None:
    free = {"learning_rate": 0.01, "clip": model.NONE}
    assert moved({**free, "clip": 1e6}, [0], 1) == moved(free, [0], 1)
    (tight,), (loose,) = moved({**free, "clip": 1e-3}, [0], 1), moved(free, [0], 1)
    assert abs(tight) < 1e-3 < abs(loose)


def test_a_summed_loss_is_the_averaged_one_times_the_steps() -> None:
    of = model.task("resets", 6)
    net = model.build_model(of, "rnn", 4, {"radius": 1.0})
    x, y = examples(of, keras.random.SeedGenerator(1), 5)
    summed, averaged = (float(sequences.loss(of, way)(net, x, y)) for way in ("sum", "mean"))
    assert summed == pytest.approx(6 * averaged, rel=1e-5)


def test_runs_from_which_none_comes_back_end_early() -> None:
    (run,) = train(small({"learning_rate": 1e5}, steps=40, every=1), [0])
    assert run.status == "diverged" or (run.stopped and run.steps < 40)
    (calm,) = train(small({"learning_rate": 0.01}, steps=4, every=1), [0])
    assert not calm.stopped


@pytest.mark.parametrize("name", ["addition", ""])
def test_an_unknown_task_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown task"):
        model.task(name, 10)


# What tables of final losses say. Places are half decades: place -4 is a rate of 1e-2.


def column(losses: Mapping[int, float | None], start: float = 1.4) -> rates.Column:
    return rates.Column(start, losses, losses)


@pytest.mark.parametrize(
    ("loss", "start", "expected"),
    [
        (None, 1.0, True),
        (math.nan, 1.0, True),
        (math.inf, 1.0, True),
        (2.0, 0.5, False),  # the baseline counts where a net starts below it
        (2.1, 0.5, True),
        (4.0, 2.0, False),
        (4.1, 2.0, True),
        (0.1, 2.0, False),
    ],
)
def test_a_run_has_blown_up_above_twice_start_and_baseline(loss: float | None, start: float, expected: bool) -> None:
    assert rates.blown(loss, start) is expected


@pytest.mark.parametrize(
    ("losses", "safe"),
    [
        ({-4: 0.9, -3: 0.5, -2: 9.0}, -1.5),
        ({-4: 0.9, -3: 0.5, -2: 0.4}, -1.0),  # all safe: the top of the grid
        ({-4: None, -3: 0.5, -2: 0.4}, -2.5),  # none safe: half a decade below the grid
        ({-2: 0.4, -3: 9.0, -4: 0.9}, -2.0),  # what is safe above one that blows up does not count; order is not theirs
        ({-4: 0.9, -3: None, -2: 0.4, -1: 0.3}, -2.0),
    ],
)
def test_the_largest_safe_rate_has_only_safe_ones_below(losses: dict[int, float | None], safe: float) -> None:
    assert rates.largest_safe(column(losses)) == safe


@pytest.mark.parametrize(
    ("losses", "usable"),
    [
        ({-4: 1.3, -3: 0.5, -2: 1.05, -1: 1.2}, -1.0),  # the first of them is too slow, and does not count against it
        ({-4: 1.3, -3: 0.5, -2: 1.2, -1: 0.9}, -1.5),  # a lucky one beyond a gap does not count
        ({-4: 1.3, -3: 1.2}, -2.5),  # none usable
        ({-4: None, -3: None}, -2.5),
        ({-4: 0.9, -3: 0.8}, -1.5),  # all usable
    ],
)
def test_the_usable_range_is_the_unbroken_one_around_the_best(losses: dict[int, float | None], usable: float) -> None:
    assert rates.largest_usable(column(losses)) == usable


def test_the_best_rate_is_chosen_by_validation_and_judged_by_the_test() -> None:
    chosen = rates.Column(1.4, {-4: 0.5, -3: 0.3, -2: None}, {-4: 0.1, -3: 0.4, -2: 0.05})
    assert rates.best_loss(chosen) == (0.3, 0.4)
    assert rates.best_loss(column({-4: None, -3: math.nan})) == (math.inf, math.inf)


@pytest.mark.parametrize(
    ("decades", "share", "expected"),
    [(1.0, 0.0, 1.0), (0.0, 0.2, 1.0), (0.5, 0.19, 0.0), (3.0, -1.0, 1.0), (-2.0, 0.9, 1.0), (-1.0, -math.inf, 0.0)],
)
def test_huge_is_a_wider_range_or_a_lower_loss(decades: float, share: float, expected: float) -> None:
    assert rates.huge(decades, share) == expected


def test_a_seed_without_a_usable_rate_counts_for_clipping_where_it_lacks_it_and_against_where_clipping_lacks_it() -> (
    None
):
    fine, lost = column({-4: 0.9, -3: 0.8, -2: 0.8}), column({-4: None, -3: None, -2: None})
    rescued = rates.compared({"none": lost, "1": fine})
    assert (rescued["usable_none"], rescued["range_1"], rescued["gain_1"], rescued["huge"]) == (-2.5, 1.5, 1.0, 1.0)
    ruined = rates.compared({"none": fine, "1": lost})
    assert (ruined["range_1"], ruined["gain_1"], ruined["huge"]) == (-1.5, None, 0.0)
    neither = rates.compared({"none": lost, "1": lost})
    assert (neither["range_1"], neither["gain_1"], neither["huge"]) == (0.0, 0.0, 0.0)


def test_the_clip_norm_is_tuned_like_the_rate() -> None:
    none, wide = column({-4: 0.8, -3: 9.0, -2: 9.0}), column({-4: 0.9, -3: 0.9, -2: 0.9})
    low = rates.Column(1.4, {-4: 0.5, -3: 9.0, -2: 9.0}, {-4: 0.7, -3: 9.0, -2: 9.0})
    found = rates.compared({"none": none, "1": wide, "5": low})
    assert found["range_clipped"] == found["range_1"] == 1.0
    assert found["gain_clipped"] == found["gain_5"] == pytest.approx(1 - 0.7 / 0.8)
    assert (found["huge_1"], found["huge_5"], found["huge"]) == (1.0, 0.0, 1.0)
    assert found["blown_none"] == found["blown_5"] == pytest.approx(2 / 3)


def test_an_excess_is_over_the_threshold_that_validation_prefers() -> None:
    best = rates.Column(1.4, {-4: 0.2, -3: 9.0}, {-4: 0.25, -3: 9.0})
    found = rates.excess({"5": column({-4: 0.5, -3: 0.3}), "none": best, "1": column({-4: None, -3: None})})
    assert found["excess_5"] == pytest.approx(0.3 / 0.25 - 1)
    assert found["gap_5"] == pytest.approx(0.05)
    assert found["excess_none"] == 0.0
    assert (found["rate_5"], found["rate_none"], found["rate_1"], found["excess_1"]) == (-1.5, -2.0, None, None)


def test_no_safe_rate_means_no_progress_and_a_rate_below_the_grid() -> None:
    clipped = column({-4: 0.3})
    found = rates.unclipped(column({-4: None, -3: 0.2}), clipped)
    assert (found["log10_safe_rate"], found["safe_loss"], found["best_loss_clipped"]) == (-2.5, 1.4, 0.3)
    brink = rates.unclipped(column({-4: 0.5, -3: 2.5, -2: 0.1, -1: 9.0, 0: 0.01}), clipped)
    assert (brink["log10_safe_rate"], brink["safe_loss"]) == (-1.0, 0.1)
    assert rates.unclipped(column({-4: 0.5, -3: 9.0, -2: 0.1}), clipped)["safe_loss"] == 0.5  # a safe one, not the best


def test_every_cell_of_a_grid_is_trained_by_its_own_norm_and_rate_from_the_same_start() -> None:
    base = small({})
    grid = {"none": range(-4, -2), "1": range(-3, -2)}
    norms_of = {clip: model.norm_of(clip) for clip in grid}
    ((_, columns, runs), (_, others, _)) = rates.columns(base, norms_of, grid, [0, 1], 1)
    assert [len(c.test) for c in columns.values()] == [2, 1]
    assert columns["none"].start == columns["1"].start != others["none"].start
    (alone,) = train(replace(base, hyper={**base.hyper, "clip": 1.0, "learning_rate": 10**-1.5}), [0])
    assert columns["1"].test[-3] == alone.metrics["test_relative"]
    assert len({columns["none"].test[-4], columns["none"].test[-3], columns["1"].test[-3]}) == 3
    together = rates.together(0, runs, {}, columns)
    assert together.metrics["loss_1_-1.5"] == alone.metrics["test_relative"]
    assert together.steps == 3 * SMALL["steps"]  # type: ignore[operator]


@pytest.mark.parametrize("study", [scan, thresholds, unclipped])
def test_a_seed_that_diverges_at_every_rate_is_a_trial_and_no_fault(
    study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(experiment: Any, seeds: Any, *, lanes: int) -> Any:
        curves = {"test_relative": [(0, 1.4)]}
        return [Run(seed, "diverged", 1, stopped=False, metrics={}, curves=curves) for seed in seeds]

    monkeypatch.setattr(rates, "train", lost)
    (arm,) = study.arms("quick")
    for trial in study.run(arm.settings, [0, 1], 4):
        assert trial.status == "ok"
        assert all(value is None or math.isfinite(value) for value in trial.metrics.values())


def test_arms_of_a_study_differ_in_nothing_that_the_budget_is_made_of() -> None:
    for arm in unclipped.arms("full"):
        assert arm.settings["steps"] == unclipped.STEPS
        assert arm.seeds == tuple(range(16))
    summed, averaged = thresholds.arms("full")[:2]
    assert {k for k in summed.settings if summed.settings[k] != averaged.settings[k]} == {"over_time"}


# Gradients, against finite differences on a tiny net.


def nudged(net: str) -> tuple[Any, Any, Any, Any, Any]:
    of = model.task("temporal_order", 10)
    made = nets.nudged_model(of, net, 3, {"radius": 1.3})
    x, y = examples(of, keras.random.SeedGenerator(2), 1)
    return made, sequences.loss(of), x, y, of


@pytest.mark.parametrize("net", ["rnn", "lstm"])
def test_gradients_at_past_states_agree_with_finite_differences(net: str) -> None:
    made, loss, x, y, _ = nudged(net)
    found = np.asarray(nets.state_gradients(made, loss, x, y))
    width, step = made.inputs[1].shape[-1], 1e-2
    for place in (0, 4, 9):
        slopes = []
        for unit in range(width):
            losses = []
            for sign in (1, -1):
                nudge = np.zeros((1, 10, width), "float32")
                nudge[0, place, unit] = sign * step
                losses.append(float(nets._nudged_loss(loss, made, x, y, ops.convert_to_tensor(nudge))))
            slopes.append((losses[0] - losses[1]) / (2 * step))
        assert found[place] == pytest.approx(float(np.linalg.norm(slopes)), rel=2e-2, abs=2e-5), place


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
    for batch in range(2):
        part, squares = slice(3 * batch, 3 * batch + 3), 0.0
        for variable, values in zip(net.trainable_variables, start, strict=True):
            for place in np.ndindex(values.shape):
                ends = []
                for sign in (1, -1):
                    changed = values.copy()
                    changed[place] += sign * 1e-2
                    variable.assign(changed)
                    ends.append(float(loss(net, x[part], y[part])))
                squares += ((ends[0] - ends[1]) / 2e-2) ** 2
            variable.assign(values)
        assert found[batch] == pytest.approx(math.sqrt(squares), rel=2e-2)


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


# Pictures and sentences of a record that is not whole.


def made_up(study: str, arm: str, metrics: Mapping[str, float | None]) -> Any:
    return SimpleNamespace(study=study, arm=arm, seed=0, metrics=metrics, status="ok")


def test_pictures_and_sentences_take_what_there_is() -> None:
    assert figures.draw([], {}) == {}
    assert analysis.sentences([]).strip() == ""
    trials = [
        made_up("scan", "rnn_resets_sgd", {"loss_none_-1": None, "loss_none_-2": 0.5}),
        made_up("thresholds", "rnn_sum", {"loss_5_-1": 0.2, "best_loss_5": 0.2, "best_loss_1": None}),
        made_up("unclipped", "rnn_steps50_radius1", {"log10_safe_rate": -2.5}),
        made_up("norms", "rnn_resets_sum", {"start_median": 3.0}),
        made_up("distance", "rnn_radius1", {"decades_a_step_start": -0.1}),
    ]
    drawn = figures.draw(trials, {("distance", "rnn_radius1", "start"): {0: [(0, 0.0), (5, -1.0)]}})
    assert {"scan_tanh.svg", "thresholds.svg", "unclipped.svg", "norms.svg", "distance.svg"} <= set(drawn)
    assert "`rnn_radius1` 0.794 start." in analysis.sentences(trials)
    assert "`rnn_steps50_radius1` -2.5 (1)" in analysis.sentences(trials)


def test_a_run_that_is_not_finite_is_drawn_as_the_largest() -> None:
    trials = [made_up("scan", "a", {"loss_1_-1": loss, "loss_1_-2": 0.5}) for loss in (0.2, None, None)]
    assert figures.over_rates(trials, "scan", "a", "1") == [(-2.0, 0.5), (-1.0, figures.CEILING)]
