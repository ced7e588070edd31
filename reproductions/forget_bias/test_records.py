"""The law of the least bias: its fit on made-up records, and on those of edition 1."""

import math

import numpy as np
import pytest

from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.forget_bias import law  # noqa: E402 - the backend is chosen first
from reproductions.forget_bias.studies import gates, recall  # noqa: E402


def records(slope: float, constant: float = 0.0, steep: float = 2.0, seeds: int = 16, diverged: int = 0) -> list[Trial]:
    """Trials of `recall` drawn from the law, solved at a quarter of the budget by the larger half of the biases."""
    generator, trials = np.random.default_rng(5), []
    for delay in law.DELAYS:
        for seed in range(seeds):
            metrics: dict[str, float | None] = {}
            for bias in recall.BIASES:
                chance = (1 + math.tanh(steep * (bias - constant - slope * math.log(delay)) / 2)) / 2
                solved = generator.random() < chance
                metrics[f"solved_b{bias}"] = float(solved)
                metrics[f"log2_steps_b{bias}"] = 10.0 if solved and bias > 3 else math.log2(law.BUDGET)
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
    found = law.fit(*law.observations(records(slope, constant, seeds=100)))
    estimate, low, high = found.slope()
    assert low < slope < high
    assert estimate == pytest.approx(slope, abs=0.2)
    assert found.half(100) == pytest.approx(constant + slope * math.log(100), abs=0.2)


def test_fieller_interval_holds_the_slopes_that_are_not_rejected() -> None:
    found = law.fit(*law.observations(records(0.6, 0.0)))
    _, one, two = found.coefficients
    for end in found.slope()[1:]:
        spread = found.covariance[2, 2] + 2 * end * found.covariance[1, 2] + end**2 * found.covariance[1, 1]
        assert abs(two + end * one) / math.sqrt(spread) == pytest.approx(2.5758, abs=1e-3)


def test_fit_of_three_cells_adds_half_a_run_to_either_outcome() -> None:
    """Where the cells fix the model, Firth's penalty is Jeffreys' prior for each of them."""
    cells, counts = [[1.0, 0.0, 3.0], [1.0, 2.0, 3.0], [1.0, 4.0, 5.0]], (0, 3, 10)
    rows = np.repeat(np.array(cells), 10, axis=0)
    found = law.fit(rows, np.concatenate([np.arange(10) < count for count in counts]))
    chances = 1 / (1 + np.exp(-np.array(cells) @ found.coefficients))
    assert chances == pytest.approx([(count + 0.5) / 11 for count in counts], abs=1e-3)


def test_fit_stays_finite_where_every_cell_is_all_or_nothing() -> None:
    found = law.fit(*law.observations(records(1.0, -2.0, steep=200.0)))
    assert np.isfinite(found.coefficients).all()
    assert found.half(50) == pytest.approx(-2 + math.log(50), abs=0.6)


def test_without_an_effect_of_the_bias_the_slope_has_no_bounds() -> None:
    generator = np.random.default_rng(1)
    rows, _ = law.observations(records(1.0))
    _, low, high = law.fit(rows, generator.random(len(rows)) < 0.5).slope()
    assert (low, high) == (-math.inf, math.inf)


def test_half_the_budget_solves_fewer_and_lost_runs_none() -> None:
    trials = records(0.5, 0.0)
    _, whole = law.observations(trials)
    _, half = law.observations(trials, law.BUDGET // 2)
    assert 0 < half.sum() < whole.sum()
    assert set(whole[half].tolist()) == {True}
    _, lost = law.observations(records(0.5, 0.0, diverged=16))
    assert not lost.any()
    assert law.BUDGET == recall.STEPS
    assert law.DELAYS == recall.DELAYS
    assert set(law.FITTED) < set(recall.BIASES) == set(gates.BIASES)


def test_the_record_of_edition_1_gives_the_slopes_that_the_page_tells() -> None:
    trials = evidence.read_trials(registry.edition_1() / "forget_bias" / "trials.csv")
    for budget, told in ((law.BUDGET, (1.38, 1.06, 1.71)), (law.BUDGET // 2, (1.32, 0.99, 1.65))):
        assert law.fit(*law.observations(trials, budget)).slope() == pytest.approx(told, abs=0.005)
