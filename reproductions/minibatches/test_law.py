"""The curve of the best rate against known ones, and what it told before its targets were run."""

import numpy as np
import pytest

from common.trials import Trial
from reproductions.minibatches import law
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.minibatches.studies import best_rate  # noqa: E402 - the backend is chosen first


def simulated(top: float, half: float, scatter: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((len(law.SEEDS), len(law.FITTED)))
    return law.curve((top, half), law.FITTED) + scatter * noise


def trials(rates: np.ndarray) -> list[Trial]:
    return [
        Trial(
            study="best_rate", arm=f"batch{batch}", seed=seed, tier="pilot", key="", backend="jax", dataset="mnist",
            data_sha256="", metrics={"best_octave": float(rates[place, column])},
        )
        for place, seed in enumerate(law.SEEDS)
        for column, batch in enumerate(law.FITTED)
    ]  # fmt: skip


def test_the_curve_is_half_of_its_top_at_c_linear_below_and_flat_beyond() -> None:
    half, low, lower, high = law.curve((1.0, 6.0), (64, 1, 2, 2**16))
    assert half == pytest.approx(0)
    assert lower - low == pytest.approx(1, abs=0.03)
    assert high == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("half", [3.0, 6.0, 9.0])
def test_the_fit_finds_the_curve_that_made_the_rates(half: float) -> None:
    assert law.fit(simulated(-1.0, half, 0.0)) == pytest.approx((-1.0, half), abs=1e-3)


def test_what_is_told_covers_the_median_that_comes_and_a_line_does_not() -> None:
    told = law.predictions(trials(simulated(0.0, 5.0, 0.1)))
    for batch in law.TARGETS:
        target = told["targets"][f"batch{batch}"]
        low, middle, high = target["median_best_rate"]
        true = 2.0 ** float(law.curve((0.0, 5.0), (batch,))[0])
        assert low < true < high
        assert abs(np.log2(middle / true)) < abs(np.log2(target["rival"][0] / true))


def test_without_all_pilots_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="run the pilots"):
        law.predictions(trials(simulated(0.0, 5.0, 0.1))[1:])


def test_predictions_follow_from_the_pilots_and_no_target_was_among_them() -> None:
    pilots = evidence.read_trials(registry.results() / "minibatches" / "pilots.csv")
    assert law.predictions(pilots) == law.committed()
    assert set(law.FITTED) | set(law.TARGETS) == set(best_rate.BATCHES)
    assert max(law.FITTED) == best_rate.LONGEST_FITTED
    assert tuple(law.SEEDS) == tuple(best_rate.FITTED)
