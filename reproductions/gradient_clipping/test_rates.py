"""What tables of final losses say of rates and clip norms; rates go by their log10."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Run, train  # noqa: E402
from reproductions.gradient_clipping import model, nets, rates  # noqa: E402
from reproductions.gradient_clipping.studies import scan, thresholds, unclipped  # noqa: E402

SMALL: dict[str, Any] = {"net": "rnn", "units": 4, "task": "resets", "length": 6, "over_time": "sum"}
SMALL |= {"radius": 1.0, "optimizer": "sgd", "steps": 3, "every": 3, "held_out": 8}

LEARNS_AT_NO_RATE = {("lstm", "none"), ("lstm", "15")}
"""Cells of the scan whose loss stays near the baseline's at every rate, so that the choice says nothing."""


def column(losses: Mapping[float, float | None], start: float = 1.4) -> rates.Column:
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
        ({-2.0: 0.9, -1.5: 0.5, -1.0: 9.0}, -1.5),
        ({-2.0: 0.9, -1.5: 0.5, -1.0: 0.4}, -1.0),  # all safe: the top of the grid
        ({-2.0: None, -1.5: 0.5, -1.0: 0.4}, -2.5),  # none safe: a step of the grid below it
        ({-2.0: None, -1.75: 0.5}, -2.25),
        ({-1.0: 0.4, -1.5: 9.0, -2.0: 0.9}, -2.0),  # what is safe above one that blows up does not count
        ({-2.0: 0.9, -1.5: None, -1.0: 0.4, -0.5: 0.3}, -2.0),
    ],
)
def test_the_largest_safe_rate_has_only_safe_ones_below(losses: dict[float, float | None], safe: float) -> None:
    assert rates.largest_safe(column(losses)) == safe


@pytest.mark.parametrize(
    ("losses", "usable"),
    [
        ({-2.0: 1.3, -1.5: 0.5, -1.0: 1.05, -0.5: 1.2}, -1.0),  # one too slow does not count against those above
        ({-2.0: 1.3, -1.5: 0.5, -1.0: 1.2, -0.5: 0.9}, -1.5),  # a lucky one beyond a gap does not count
        ({-2.0: 1.3, -1.5: 1.2}, -2.5),  # none usable
        ({-2.0: None, -1.5: None}, -2.5),
        ({-2.0: 0.9, -1.5: 0.8}, -1.5),  # all usable
    ],
)
def test_the_usable_range_is_the_unbroken_one_around_the_best(losses: dict[float, float | None], usable: float) -> None:
    assert rates.largest_under(column(losses), rates.USABLE) == usable


def test_the_least_loss_is_a_finite_one() -> None:
    assert rates.least({-2.0: 0.5, -1.5: 0.3, -1.0: None}) == -1.5
    assert rates.least({-2.0: None, -1.5: math.nan}) is None


def test_a_seed_without_a_usable_rate_counts_for_clipping_where_it_lacks_it_and_against_where_clipping_lacks_it() -> (
    None
):
    fine = column({-2.0: 0.9, -1.5: 0.7, -1.0: 0.9})
    lost = column({-2.0: None, -1.5: None, -1.0: None})
    chosen = {"none": -2.0, "5": -1.5}
    rescued = rates.compared({"none": lost, "5": fine}, chosen)
    assert (rescued["usable_none"], rescued["range_5"], rescued["loss_none"]) == (-2.5, 1.5, None)
    assert (rescued["learning_5"], rescued["learning_range_5"], rescued["loss_5"]) == (-1.5, 1.0, 0.7)
    assert (rescued["blown_none"], rescued["blown_5"]) == (1.0, 0.0)
    ruined = rates.compared({"none": fine, "5": lost}, chosen)
    assert (ruined["range_5"], ruined["learning_range_5"]) == (-1.5, -1.0)
    neither = rates.compared({"none": lost, "5": lost}, chosen)
    assert neither["range_5"] == neither["learning_range_5"] == 0.0


def test_no_safe_rate_means_no_progress_and_a_rate_below_the_grid() -> None:
    found = rates.unclipped(column({-2.0: None, -1.5: 0.2}), 0.3, -1.5)
    assert (found["log10_safe_rate"], found["safe_loss"], found["clipped_loss"]) == (-2.5, 1.4, 0.3)
    brink = rates.unclipped(column({-2.0: 0.5, -1.5: 2.5, -1.0: 0.1, -0.5: 9.0, 0.0: 0.01}), None, -0.5)
    assert (brink["log10_safe_rate"], brink["safe_loss"], brink["clipped_loss"]) == (-1.0, 0.1, None)
    assert brink["blown_at_clipped_rate"] == 1.0
    behind = rates.unclipped(column({-2.0: 0.5, -1.5: 9.0, -1.0: 0.1}), 0.3, -1.0)
    assert behind["safe_loss"] == 0.5  # that of a safe rate, not of the best
    assert behind["blown_at_clipped_rate"] == 0.0


def test_the_best_safe_rate_is_chosen_by_validation_and_judged_by_the_test() -> None:
    control = rates.Column(1.4, {-2.0: 0.5, -1.5: 0.3, -1.0: None}, {-2.0: 0.1, -1.5: 0.4, -1.0: None})
    assert rates.unclipped(control, 0.3, -1.5)["safe_loss"] == 0.4


def test_every_cell_of_a_grid_is_trained_by_its_own_norm_and_rate_from_the_same_start() -> None:
    base = model.experiment(SMALL)
    grid = {"none": [-2.0, -1.5], "1": [-1.5]}
    norms_of = {clip: model.norm_of(clip) for clip in grid}
    ((_, columns, runs), (_, others, _)) = rates.columns(base, norms_of, grid, [0, 1], 1)
    assert [len(c.test) for c in columns.values()] == [2, 1]
    assert columns["none"].start == columns["1"].start != others["none"].start
    (alone,) = train(replace(base, hyper={**base.hyper, "clip": 1.0, "learning_rate": 10**-1.5}), [0])
    assert columns["1"].test[-1.5] == alone.metrics["test_relative"]
    assert len({columns["none"].test[-2.0], columns["none"].test[-1.5], columns["1"].test[-1.5]}) == 3
    together = rates.together(0, runs, {}, columns)
    assert together.curves["loss_1"] == [(-150, alone.metrics["test_relative"])]
    assert [rate for rate, _ in together.curves["validation_none"]] == [-200, -150]
    assert together.steps == 3 * SMALL["steps"]


@pytest.mark.parametrize("study", [scan, unclipped])
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
    arms = {arm.name: arm.settings for arm in thresholds.arms("full")}
    differing = {key for key in arms["sum_5"] if arms["sum_5"][key] != arms["sum_none"][key]}
    assert differing <= {"clip", "log10_rate"}
    assert {key for key in arms["sum_5"] if arms["sum_5"][key] != arms["lstm_sum_5"][key]} <= {"net", "log10_rate"}
    judged = {arm.name: arm.settings for arm in scan.arms("full")}
    assert judged["rnn"]["steps"] == judged["lstm"]["steps"]


def test_a_chosen_rate_lies_inside_of_what_was_tried() -> None:
    """At the end of a grid the best might lie beyond. Where a limit does not bind at all, any two rates may tie."""
    for net, clips in thresholds.RATES.items():
        for clip, rate in clips.items():
            low, high = thresholds.TRIED[net][clip]
            assert low < rate < high, (net, clip)
    for name, chosen in scan.CHOSEN.items():
        low, high = scan.RATES[name]
        for clip, rate in chosen.items():
            assert low < rate < high or (name, clip) in LEARNS_AT_NO_RATE, (name, clip)
    for rate in unclipped.CHOSEN.values():
        assert min(unclipped.TRIED) < rate < max(unclipped.TRIED)
        assert rate in unclipped.RATES  # the unclipped net is tried at it too


def pilots(study: str) -> Iterator[Trial]:
    found = evidence.read_trials(registry.results() / "gradient_clipping/pilots.csv")
    return (trial for trial in found if trial.study == study and trial.seed >= PILOT_SEEDS)


def best(losses: Mapping[float, Sequence[float | None]]) -> float:
    """The rate of the least median loss; a seed that diverged counts as the greatest."""
    middle = {rate: statistics.median(map(rates.finite, found)) for rate, found in losses.items()}
    return min(middle, key=lambda rate: middle[rate])


def test_the_rate_of_each_threshold_is_the_best_of_its_pilots() -> None:
    tried: dict[str, dict[float, list[float | None]]] = {}
    for trial in pilots("thresholds"):
        name, found, rate = trial.arm.partition("_rate_")
        if found:
            losses = tried.setdefault(name, {})
            losses.setdefault(float(rate), []).append(trial.metrics.get("validation_loss"))
    chosen = {f"{net}_{clip}": rate for net, clips in thresholds.RATES.items() for clip, rate in clips.items()}
    assert {name: best(losses) for name, losses in tried.items()} == chosen


def test_the_rates_of_the_scan_are_the_best_of_its_pilots() -> None:
    chosen, nothing = {}, set()
    for name, clips in scan.CHOSEN.items():
        trials = [trial for trial in pilots("scan") if trial.arm == name]
        assert len(trials) == scan.PILOTS, name
        (arm,) = (arm for arm in scan.arms("pilot") if arm.name == name)
        for clip in clips:
            tried = {rate: f"validation_{clip}_{rate:g}" for rate in arm.settings["log10_rates"]}
            losses = {rate: [trial.metrics.get(metric) for trial in trials] for rate, metric in tried.items()}
            chosen[name, clip] = best(losses)
            if min(statistics.median(map(rates.finite, found)) for found in losses.values()) > rates.LEARNED:
                nothing.add((name, clip))
    assert nothing == LEARNS_AT_NO_RATE
    assert chosen == {(name, clip): rate for name, clips in scan.CHOSEN.items() for clip, rate in clips.items()}


def test_the_clipped_rate_beside_unclipped_nets_is_the_best_of_its_pilots_over_all_shapes() -> None:
    chosen = {}
    for net in unclipped.CHOSEN:
        trials = [trial for trial in pilots("unclipped") if trial.arm.startswith(net) and trial.arm.endswith("rates")]
        shapes = len(unclipped.LENGTHS) * len(unclipped.RADII[net])
        assert len(trials) == shapes * unclipped.PILOTS
        tried = {rate: [trial.metrics.get(f"validation_{rate:g}") for trial in trials] for rate in unclipped.TRIED}
        chosen[net] = best(tried)
    assert chosen == unclipped.CHOSEN


def test_a_limit_binds_on_the_batches_whose_norm_exceeds_it() -> None:
    (arm,) = thresholds.arms("quick")
    built = thresholds.experiment({**arm.settings, "units": 4, "length": 6})
    x, y = built.data.draw(keras.random.SeedGenerator(1), 128)  # type: ignore[union-attr]
    net = built.build_model(built.hyper)
    norms = np.asarray(nets.gradient_norms(net, built.loss, x, y, thresholds.BATCHES))
    found = thresholds.exceeded(lambda model, x, y: built.loss(model, x, y) * 5.1 / norms.min())(net, x, y)
    assert (float(found["over_5"]), float(found["over_15"])) == (1.0, (norms > 15 / 5.1 * norms.min()).mean())


def test_a_limit_binds_as_often_as_over_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = {"norm_over_5": [(0, 1.0), (50, 0.5), (100, 0.0)], "norm_over_15": [(0, 0.5), (50, 0.0), (100, 0.0)]}

    def made_up(experiment: Any, seeds: Any, *, lanes: int) -> Any:
        return [Run(0, "ok", 100, False, {"test_loss": 1.0}, curves), Run(1, "diverged", 9, False, {}, curves)]

    monkeypatch.setattr(thresholds, "train", made_up)
    calm, lost = thresholds.run(thresholds.arms("quick")[0].settings, [0, 1], 2)
    assert calm.metrics == {"test_loss": 1.0, "binds_5": 0.5, "binds_15": pytest.approx(1 / 6)}
    assert lost.metrics == {}


def test_a_loose_limit_and_none_end_alike_and_a_tight_one_does_not() -> None:
    (arm,) = thresholds.arms("quick")
    settings = {**arm.settings, "units": 4, "length": 6, "steps": 4, "every": 2, "held_out": 8}
    ends = [
        next(iter(thresholds.run({**settings, "clip": clip}, [0], 1))).metrics["test_loss"]
        for clip in ("none", "1000", "0.5")
    ]
    assert ends[0] == ends[1] != ends[2]
