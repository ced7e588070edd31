"""The censored fit of the frontier's law against simulated data, and the committed predictions against the records."""

import math

import numpy as np
import pytest

from reproductions.parity import analysis, claims, figures
from suite import evidence, registry

TRUE = np.array([10.0, 0.17, 0.26, -0.2])


def _simulated(seed: int, budget: float = math.inf) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of the law TRUE with sigma 0.3, cut off at `budget` log strings."""
    sizes = [(n, w) for n in range(16, 29, 2) for w in (512, 1024)] + [(n, w) for n in (25, 27) for w in (512, 1024)]
    rows = np.array([analysis.design(n, w) for n, w in sizes for _ in range(5)])
    logs = rows @ TRUE + 0.3 * np.random.default_rng(seed).standard_normal(len(rows))
    return rows, np.minimum(logs, budget), logs <= budget


def test_fit_without_censoring_is_least_squares() -> None:
    rows, logs, solved = _simulated(0)
    law = analysis.fit(rows, logs, solved)
    assert law.coefficients[:4] == pytest.approx(np.linalg.lstsq(rows, logs, rcond=None)[0], abs=1e-4)


def test_fit_sees_past_the_budget_where_least_squares_does_not() -> None:
    rows, logs, solved = _simulated(1, budget=14.4)
    assert 0.15 < 1 - solved.mean() < 0.5
    law = analysis.fit(rows, logs, solved)
    assert law.coefficients[1] == pytest.approx(TRUE[1], abs=4 * math.sqrt(law.covariance[1, 1]))
    assert np.linalg.lstsq(rows, logs, rcond=None)[0][1] < law.coefficients[1] - 0.02


def test_interval_covers_the_slope_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(15):
        factor = analysis.growth(analysis.fit(*_simulated(seed, budget=14.6)))
        inside += factor["low"] <= math.exp(TRUE[1]) <= factor["high"]
    assert inside >= 13


def test_all_censored_is_refused() -> None:
    rows, logs, solved = _simulated(0)
    with pytest.raises(ValueError, match="solved runs"):
        analysis.fit(rows, logs, np.zeros_like(solved))


def test_predictions_follow_from_the_record() -> None:
    trials = evidence.read_trials(registry.edition_1() / "parity" / "trials.csv")
    assert analysis.predictions(trials) == analysis.committed()


def test_every_picture_is_drawn_of_the_arms_that_the_claims_ask_for_alone() -> None:
    asked = {(check.study, arm) for claim in claims.CLAIMS for check in claim.each() for arm in check.arms()}
    record = registry.edition_1() / "parity"
    trials = [t for t in evidence.read_trials(record / "trials.csv") if (t.study, t.arm) in asked]
    curves = {key: lines for key, lines in evidence.read_curves(record / "curves.csv").items() if key[:2] in asked}
    drawn = {"frontier.svg", "initialisation.svg", "larger_init.svg", "linearity.svg", "ladder.svg"}
    assert set(figures.draw(trials, curves)) == drawn
