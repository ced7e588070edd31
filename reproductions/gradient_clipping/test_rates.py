"""What tables of final losses say of rates and clip norms. Places are half decades: place -4 is a rate of 1e-2."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from suite import commands

commands.prepare(None)

from common.training import Run, train  # noqa: E402 - the backend is chosen first
from reproductions.gradient_clipping import model, rates  # noqa: E402
from reproductions.gradient_clipping.studies import scan, thresholds, unclipped  # noqa: E402


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
    settings: dict[str, Any] = {"net": "rnn", "units": 4, "task": "resets", "length": 6, "over_time": "sum"}
    settings |= {"radius": 1.0, "optimizer": "sgd", "steps": 3, "every": 3, "held_out": 8}
    base = model.experiment(settings)
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
    assert together.steps == 3 * settings["steps"]


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
