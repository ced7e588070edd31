"""The censored fit of the frontier's law against simulated data, its predictions, and what is told of edition 2."""

import math

import numpy as np
import pytest

from common.trials import Trial
from reproductions.parity import analysis, claims, law
from suite import evidence, registry
from suite.questions import Compares

TRUE = np.array([10.0, 0.17, 0.26, -0.2])


def _simulated(seed: int, budget: float = math.inf) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of the law TRUE with sigma 0.3, cut off at `budget` log strings."""
    sizes = [(n, w) for n in range(16, 29, 2) for w in (512, 1024)] + [(n, w) for n in (25, 27) for w in (512, 1024)]
    rows = np.array([law.design(n, w) for n, w in sizes for _ in range(5)])
    logs = rows @ TRUE + 0.3 * np.random.default_rng(seed).standard_normal(len(rows))
    return rows, np.minimum(logs, budget), logs <= budget


def test_fit_without_censoring_is_least_squares() -> None:
    rows, logs, solved = _simulated(0)
    found = law.fit(rows, logs, solved)
    assert found.coefficients[:4] == pytest.approx(np.linalg.lstsq(rows, logs, rcond=None)[0], abs=1e-4)


def test_fit_sees_past_the_budget_where_least_squares_does_not() -> None:
    rows, logs, solved = _simulated(1, budget=14.4)
    assert 0.15 < 1 - solved.mean() < 0.5
    found = law.fit(rows, logs, solved)
    assert found.coefficients[1] == pytest.approx(TRUE[1], abs=4 * math.sqrt(found.covariance[1, 1]))
    assert np.linalg.lstsq(rows, logs, rcond=None)[0][1] < found.coefficients[1] - 0.02


def test_interval_covers_the_slope_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(15):
        factor = law.growth(law.fit(*_simulated(seed, budget=14.6)))
        inside += factor["low"] <= math.exp(TRUE[1]) <= factor["high"]
    assert inside >= 13


def test_all_censored_is_refused() -> None:
    rows, logs, solved = _simulated(0)
    with pytest.raises(ValueError, match="solved runs"):
        law.fit(rows, logs, np.zeros_like(solved))


def test_predictions_follow_from_the_record() -> None:
    trials = evidence.read_trials(registry.edition_1() / "parity" / "trials.csv")
    assert law.predictions(trials) == law.committed()


def test_the_frontier_is_told_by_seeds_and_times() -> None:
    times = [3e6] * 6 + [6e6] * 5 + [float(analysis.BUDGET)]
    runs = [trial("adam_n25", seed, time) for seed, time in enumerate(times)]
    told = analysis.sentences([*runs, trial("adam_n31", 0, None), trial("sgd_n25", 0, 1.0)])
    assert told.startswith(
        "11 of 12 seeds reach 0.95 on 25 bits within 15 million strings, half of them by 4.5 million"
    )
    assert "0 of 1 seeds reach 0.95 on 31 bits within 15 million strings, fewer than half of them" in told
    failed = [run.model_copy(update={"status": "diverged"}) for run in runs]
    assert analysis.sentences(failed).startswith("0 of 12 seeds")


def trial(arm: str, seed: int, strings: float | None) -> Trial:
    return Trial(
        study="frontier", arm=arm, seed=seed, tier="full", key="", backend="jax", dataset="synthetic", data_sha256="",
        metrics={"strings_to_95": strings},
    )  # fmt: skip


def test_the_budget_and_sizes_that_are_told_are_those_of_the_claim() -> None:
    (claim,) = (claim for claim in claims.CLAIMS if claim.id == "parity-frontier")
    assert {f"adam_n{n}" for n in analysis.BITS} == {arm for check in claim.each() for arm in check.arms()}
    budgets = {check.asks.budget for check in claim.each() if isinstance(check.asks, Compares)}
    assert budgets == {analysis.BUDGET}
