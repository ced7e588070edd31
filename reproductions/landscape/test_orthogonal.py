"""P(n) of the Gaussian orthogonal ensemble: known values, counts and importance agree; the prediction stands."""

import math

import numpy as np
import pytest

from reproductions.landscape import claims, law, orthogonal
from reproductions.landscape.studies import goe
from suite.questions import Both, Passes

KNOWN = {1: 0.5, 2: (2 - math.sqrt(2)) / 4, 3: (math.pi - 2 * math.sqrt(2)) / (4 * math.pi)}


def test_the_exact_probability_is_what_is_known() -> None:
    for n, wanted in KNOWN.items():
        assert orthogonal.exact(n) == pytest.approx(wanted, rel=1e-9)


def test_entries_have_the_variances_of_the_ensemble() -> None:
    batch = orthogonal.matrices(np.random.default_rng(20_000), 40_000, 3)
    assert (batch == batch.transpose(0, 2, 1)).all()
    assert batch[:, 1, 1].var() == pytest.approx(1, rel=0.03)
    assert batch[:, 0, 2].var() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("n", [1, 2, 4, 6])
def test_pivots_tell_what_eigenvalues_tell(n: int) -> None:
    batch = orthogonal.matrices(np.random.default_rng(20_000), 2_000, n) + 0.5 * n * np.eye(n)
    found = orthogonal.positive(batch)
    assert (found == (np.linalg.eigvalsh(batch)[:, 0] > 0)).all()
    assert 0.05 < found.mean() < 0.95


@pytest.mark.parametrize("n", [2, 3, 4])
def test_importance_and_counting_give_the_exact_probability(n: int) -> None:
    generator = np.random.default_rng(20_000)
    log, error = orthogonal.by_importance(generator, 50_000, n)
    wanted = orthogonal.exact(n)
    assert error < 0.01
    assert log == pytest.approx(math.log(wanted), abs=4 * error)
    count = 200_000
    found = orthogonal.positive(orthogonal.matrices(generator, count, n)).mean()
    assert found == pytest.approx(wanted, abs=4 * math.sqrt(wanted / count))


def test_diagonal_matrices_are_independent_and_those_of_the_ensemble_are_not() -> None:
    found = {
        kind: goe._counted(np.random.default_rng(20_000), 20_000, kind) for kind in ("diagonal", "gaussian", "shifted")
    }
    assert found["diagonal"]["standard_errors"] < 3.5
    assert found["diagonal"]["ratio3"] == pytest.approx(1, abs=0.1)
    assert found["gaussian"]["standard_errors"] > 20
    assert found["gaussian"]["ratio3"] == pytest.approx(8 * KNOWN[3], abs=0.03)
    assert found["shifted"]["p"] == pytest.approx(0.8413, abs=0.005)  # of N(0, 1) above -1


def test_the_prediction_is_the_law_fitted_up_to_five_directions() -> None:
    assert law.predictions() == law.committed()
    b, c = law.line()
    for n in law.FITTED:
        assert math.exp(law.LEADING * n * n + b * n + c) == pytest.approx(orthogonal.exact(n), rel=1e-9)
    assert max(law.FITTED) < min(law.TARGETS)


def test_the_claim_asks_for_the_interval_that_was_predicted() -> None:
    (claim,) = (claim for claim in claims.CLAIMS if claim.id == "p-to-the-1000")
    checks = {check.id: check for check in claim.each()}
    for n, target in law.committed()["targets"].items():
        asks = checks[f"square-law-{n}"].asks
        assert isinstance(asks, Both)
        low, high = (part.bound for part in asks.parts if isinstance(part, Passes))
        assert (low, high) == (target["log_p"][0], target["log_p"][2])
    asks = checks["leading-term-alone"].asks
    assert isinstance(asks, Both)
    centre = 64 * law.LEADING
    bounds = [part.bound for part in asks.parts if isinstance(part, Passes)]
    assert bounds == pytest.approx([centre - math.log(2), centre + math.log(2)], abs=1e-4)
