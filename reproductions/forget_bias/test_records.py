"""What is concluded from records and drawn of them: the fit of the law, what is said of it, and the pictures."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from common.trials import Trial
from suite import commands

commands.prepare(None)

from reproductions.forget_bias import analysis, figures  # noqa: E402 - the backend is chosen first
from reproductions.forget_bias.studies import adding, gates, recall, resets, success, tasks  # noqa: E402


def records(slope: float, constant: float = 0.0, steep: float = 2.0, seeds: int = 16, diverged: int = 0) -> list[Trial]:
    """Trials of `recall` drawn from the law, solved at a quarter of the budget by the larger half of the biases."""
    generator, trials = np.random.default_rng(5), []
    for delay in analysis.DELAYS:
        for seed in range(seeds):
            metrics: dict[str, float | None] = {}
            for bias in (*analysis.FITTED, *analysis.HARMED):
                chance = (1 + math.tanh(steep * (bias - constant - slope * math.log(delay)) / 2)) / 2
                solved = generator.random() < chance
                metrics[f"solved_b{bias}"] = float(solved)
                metrics[f"log2_steps_b{bias}"] = 10.0 if solved and bias > 3 else math.log2(analysis.BUDGET)
            lost = seed < diverged
            trials.append(
                Trial(
                    study="recall", arm=f"delay{delay}", seed=seed, tier="full", key="", backend="jax",
                    status="diverged" if lost else "ok", dataset="synthetic", data_sha256="",
                    metrics={} if lost else metrics,
                )
            )  # fmt: skip
    return trials


@pytest.mark.parametrize(("slope", "constant"), [(1.0, -2.0), (0.4, 0.5), (0.0, 2.0)])
def test_fit_finds_the_law_that_made_the_records(slope: float, constant: float) -> None:
    law = analysis.fit(*analysis.observations(records(slope, constant, seeds=100)))
    estimate, low, high = law.slope()
    assert low < slope < high
    assert estimate == pytest.approx(slope, abs=0.2)
    assert law.half(100) == pytest.approx(constant + slope * math.log(100), abs=0.2)


def test_fieller_interval_holds_the_slopes_that_are_not_rejected() -> None:
    law = analysis.fit(*analysis.observations(records(0.6, 0.0)))
    _, one, two = law.coefficients
    for end in law.slope()[1:]:
        spread = law.covariance[2, 2] + 2 * end * law.covariance[1, 2] + end**2 * law.covariance[1, 1]
        assert abs(two + end * one) / math.sqrt(spread) == pytest.approx(2.5758, abs=1e-3)


def test_fit_of_three_cells_adds_half_a_run_to_either_outcome() -> None:
    """Where the cells fix the model, Firth's penalty is Jeffreys' prior for each of them."""
    cells, counts = [[1.0, 0.0, 3.0], [1.0, 2.0, 3.0], [1.0, 4.0, 5.0]], (0, 3, 10)
    rows = np.repeat(np.array(cells), 10, axis=0)
    law = analysis.fit(rows, np.concatenate([np.arange(10) < count for count in counts]))
    chances = 1 / (1 + np.exp(-np.array(cells) @ law.coefficients))
    assert chances == pytest.approx([(count + 0.5) / 11 for count in counts], abs=1e-3)


def test_fit_stays_finite_where_every_cell_is_all_or_nothing() -> None:
    law = analysis.fit(*analysis.observations(records(1.0, -2.0, steep=200.0)))
    assert np.isfinite(law.coefficients).all()
    assert law.half(50) == pytest.approx(-2 + math.log(50), abs=0.6)


def test_without_an_effect_of_the_bias_the_slope_has_no_bounds() -> None:
    generator = np.random.default_rng(1)
    rows, _ = analysis.observations(records(1.0))
    _, low, high = analysis.fit(rows, generator.random(len(rows)) < 0.5).slope()
    assert (low, high) == (-math.inf, math.inf)


def test_half_the_budget_solves_fewer_and_lost_runs_none() -> None:
    trials = records(0.5, 0.0)
    _, whole = analysis.observations(trials)
    _, half = analysis.observations(trials, analysis.BUDGET // 2)
    assert 0 < half.sum() < whole.sum()
    assert set(whole[half].tolist()) == {True}
    _, lost = analysis.observations(records(0.5, 0.0, diverged=16))
    assert not lost.any()
    assert analysis.BUDGET == recall.STEPS
    assert analysis.DELAYS == recall.DELAYS
    assert (*analysis.FITTED, *analysis.HARMED) == recall.BIASES == gates.BIASES


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.5, 1.5, "as ln T"), (-0.5, 1.5, "open"), (0.2, 0.9, "slowly"), (1.1, 2.0, "faster"), (-0.5, 0.5, "not grow")],
)
def test_verdict_on_the_law_follows_from_the_interval(low: float, high: float, words: str) -> None:
    assert words in analysis.verdict(low, high)


def test_sentences_name_the_law_and_where_a_larger_bias_solves_fewer() -> None:
    trials = records(0.6, 0.0)
    harmed = [t.model_copy(update={"metrics": {**t.metrics, "solved_b8": 0.0}}) for t in trials]
    assert analysis.sentences(trials).count("99 % interval") == 2
    assert "8 (0)" in analysis.sentences(harmed)
    assert analysis.sentences([]) == "\n"


def test_memory_of_the_theory_line_is_the_delay() -> None:
    for steps in (25, 400):
        gate = 1 / (1 + math.exp(-figures.remembering(steps)))
        assert -1 / math.log(gate) == pytest.approx(steps)


def trials_of(study: Any, name: str, metrics: Sequence[str], diverged: bool = False) -> list[Trial]:
    return [
        Trial(
            study=name, arm=arm.name, seed=seed, tier="full", key="", backend="jax", dataset="synthetic",
            data_sha256="", status="diverged" if diverged else "ok",
            metrics={} if diverged else dict.fromkeys(metrics, 1.0),
        )
        for arm in study.arms("full") for seed in range(2)
    ]  # fmt: skip


@pytest.mark.parametrize("diverged", [False, True])
def test_pictures_are_drawn_of_whatever_is_on_record(diverged: bool) -> None:
    by_study = {
        "gates": trials_of(gates, "gates", ["gate"], diverged),
        "adding": trials_of(adding, "adding", ["log2_steps"], diverged),
        "resets": trials_of(resets, "resets", ["log2_steps"], diverged),
        "tasks": trials_of(tasks, "tasks", ["b0_over_best", "log2_slowdown", "log2_steps_b0"], diverged),
        "success": trials_of(success, "success", ["solved"], diverged),
        "recall": records(0.5, diverged=16 if diverged else 0),
    }
    assert figures.draw([], {}) == {}
    every = [trial for trials in by_study.values() for trial in trials]
    assert set(figures.draw(every, {})) == {f"{n}.svg" for n in ("recall", "gates", "updates", "tasks", "success")}
    for trials in by_study.values():
        assert len(figures.draw(trials, {})) == 1
