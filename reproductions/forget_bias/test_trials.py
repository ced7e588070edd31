"""What a trial tells of its runs: times to solve, the best bias, and tasks compared with it."""

import math
from dataclasses import replace
from typing import Any

import pytest

from common.training import Run
from suite import commands

commands.prepare(None)

from reproductions.forget_bias import model  # noqa: E402 - the backend is chosen first
from reproductions.forget_bias.studies import polarity, recall, tasks  # noqa: E402


def run(**fields: Any) -> Run:
    values: dict[str, Any] = {"seed": 1, "status": "ok", "steps": 5, "stopped": False, "metrics": {}, "curves": {}}
    return Run(**{**values, **fields})


LOST = run(status="diverged", steps=2)


def timed(steps: float, solved: bool = True) -> Run:
    metrics = {"updates": steps, "log2_steps": math.log2(steps), "solved": float(solved)}
    return run(metrics=metrics)


def of_task(score: float, steps: float, solved: bool) -> Run:
    one = timed(steps, solved)
    relative = {"test_loss": 1.0, "test_relative": 1 - score, "test_accuracy": score}
    return replace(one, metrics={**one.metrics, **relative})


def test_time_to_solve_is_the_first_look_that_meets_the_bound_and_else_the_budget() -> None:
    curve = {"test_loss": [(0, 1.0), (10, 0.4), (20, 0.05), (30, 0.2)]}
    found = model.timed(run(curves=curve), 100, "test_loss", 0.05).metrics
    assert found == {"updates": 20, "log2_steps": math.log2(20), "solved": 1}
    late = model.timed(run(curves=curve), 100, "test_loss", 0.01).metrics
    assert late == {"updates": 100, "log2_steps": math.log2(100), "solved": 0}
    assert model.timed(replace(LOST, curves=curve), 100, "test_loss", 0.1).metrics == {}
    assert model.under("test_loss", 0.05)({"test_loss": [1.0, 0.05]})
    assert not model.under("test_loss", 0.05)({"test_loss": [0.01, 0.06]})


def test_a_trial_of_several_runs_is_lost_only_when_all_of_them_are() -> None:
    kept = run(curves={"loss": [(0, 1.0)]})
    trial = model.together(3, {0: kept, 5: LOST}, {"x": None}, "loss")
    assert (trial.status, trial.seed, trial.steps, dict(trial.curves)) == ("ok", 3, 7, {"loss_b0": [(0, 1.0)]})
    assert model.together(3, {0: LOST, 5: LOST}, {}, "loss").status == "diverged"


def test_best_bias_is_the_one_solved_first_and_least_the_smallest_solved() -> None:
    runs: dict[float | str, Run] = {0: timed(400, False), 2: timed(90), 4: timed(40), 6: timed(40), 8: LOST}
    found = recall.compared({**runs, "chrono": timed(10)})
    assert (found["best_bias"], found["least_bias"]) == (5, 2)
    assert (found["solved_b0"], found["solved_b8"], found["log2_steps_b8"]) == (0, 0, None)
    none = recall.compared({0: timed(400, False), 5: LOST})
    assert (none["best_bias"], none["least_bias"], none["solved_b5_minus_b0"]) == (None, None, 0)


def test_a_task_is_compared_with_the_best_bias() -> None:
    runs = {"0": of_task(0.5, 4000, False), "1": of_task(0.9, 1000, True), "2": of_task(1.0, 2000, True), "5": LOST}
    for task in ("order100", "adding100"):
        found = tasks.compared(task, 4000, runs)
        assert found["b0_over_best"] == pytest.approx(0.5)
        assert found["log2_slowdown"] == 2
        assert found["only_larger"] == 1
        assert (found["score_b5"], found["solved_b5"], found["log2_steps_b5"]) == (0, 0, None)


def test_only_a_larger_bias_solves_what_0_does_not_and_some_other_does() -> None:
    for solved, only in (("", 0), ("0", 0), ("0125", 0), ("5", 1), ("12", 1)):
        runs = {bias: of_task(0.9, 4000, bias in solved) for bias in "0125"}
        assert tasks.compared("order30", 4000, runs)["only_larger"] == only
    assert tasks.compared("order30", 4000, {**runs, "0": LOST})["only_larger"] == 1


def test_sentences_are_compared_with_the_best_bias_and_a_lost_run_is_never_right() -> None:
    runs = {"0": run(metrics={"test_accuracy": 0.6}), "5": run(metrics={"test_accuracy": 0.75}), "1": LOST}
    told = {"accuracy_b0": 0.6, "accuracy_b5": 0.75, "accuracy_b1": 0, "b0_over_best": 0.8}
    assert polarity.compared(runs) == pytest.approx(told)
    assert polarity.compared({"5": LOST}) == {"accuracy_b5": 0}


def test_a_task_that_no_bias_solves_shows_nothing() -> None:
    runs = {bias: of_task(0.51, 4000, False) for bias in "0125"}
    assert tasks.compared("parity30", 4000, runs)["b0_over_best"] == 0
    assert tasks.compared("characters", 4000, runs)["b0_over_best"] == 1
    assert tasks.compared("parity30", 4000, {**runs, "0": LOST})["log2_slowdown"] == 0


def test_characters_are_scored_by_their_loss_and_never_slow() -> None:
    runs = {bias: run(metrics={"test_loss": loss}) for bias, loss in zip("0125", (2.0, 1.9, 1.8, 2.4), strict=True)}
    found = tasks.compared("characters", 2000, runs)
    assert found["b0_over_best"] == pytest.approx(0.9)
    assert found["log2_slowdown"] == 0
