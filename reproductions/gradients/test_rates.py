"""Rates are the best that their pilots tried, and lie inside the grid."""

from collections.abc import Iterator, Sequence
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from reproductions.gradients.studies import buggy_training, taylor
from suite import evidence, registry

TUNED = (("buggy_training", "right_loss", buggy_training), ("taylor", "validation_loss", taylor))


def chosen() -> Iterator[tuple[str, str, str, float, Sequence[float]]]:
    """Study, score, arm, its rate and the grid."""
    for name, score, study in TUNED:
        for arm, rate in study.RATES.items():
            yield name, score, arm, rate, study.GRID


@pytest.fixture(scope="module")
def pilots() -> list[Trial]:
    found = evidence.read_trials(registry.results() / "gradients" / "pilots.csv")
    return [t for t in found if t.seed >= PILOT_SEEDS and t.dataset in ("mnist", "synthetic")]


@pytest.mark.parametrize(("study", "score", "arm", "rate", "grid"), list(chosen()))
def test_a_rate_is_the_best_of_its_pilots_and_inside_the_grid(
    study: str, score: str, arm: str, rate: float, grid: Sequence[float], pilots: list[Trial]
) -> None:
    found: dict[float, float] = {}
    for tried in grid:
        trials = [t for t in pilots if (t.study, t.arm) == (study, f"{arm}_rate_{tried:g}")]
        assert len(trials) >= 12, (arm, tried)
        numbers = [t.metrics.get(score) for t in trials]
        found[tried] = median(float("inf") if number is None else number for number in numbers)
    assert rate == min(found, key=lambda tried: found[tried]), found
    assert min(grid) < rate < max(grid)


def test_pilots_of_rates_see_validation_pictures_and_no_test_picture() -> None:
    for question in registry.study_names("gradients"):
        code = (registry.FOLDER / "gradients" / "studies" / f"{question}.py").read_text(encoding="utf-8")
        assert '"test"' not in code
