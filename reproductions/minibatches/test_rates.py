"""Rates are the best that pilots tried, inside of what they tried, and chosen without test images or verdict seeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.minibatches.studies import batches, growing, step_time, steps  # noqa: E402 - the backend first


@dataclass(frozen=True)
class Tuned:
    """An arm with its rate, those that its pilots tried, and the metric that is least at the best of them."""

    study: str
    arm: str
    rate: float
    grid: tuple[float, ...]
    metric: str


def tuned() -> Iterator[Tuned]:
    for arm, grid in batches.GRIDS.items():
        yield Tuned("batches", arm, batches.RATES[arm], grid, "validation_error")
    for arm, multiples in growing.GRIDS.items():
        yield Tuned("growing", arm, growing.RATES[arm], multiples, "suboptimality")
    for arm, multiples in steps.GRIDS.items():
        yield Tuned("steps", arm, steps.RATES[arm], multiples, "steps_to_1e-2")


@cache
def pilots() -> dict[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "minibatches" / "pilots.csv"):
        if trial.dataset == "mnist" and trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def score(one: Tuned, rate: float) -> float:
    """The median over pilot seeds; a seed that diverged has the worst number there is."""
    values = [trial.metrics.get(one.metric) for trial in pilots()[one.study, f"{one.arm}_rate_{rate:g}"]]
    return median(inf if value is None else value for value in values)


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{one.study}/{one.arm}") for one in tuned()])
def test_the_rate_is_the_best_that_the_pilots_tried_and_lies_inside(one: Tuned) -> None:
    found = {rate: score(one, rate) for rate in one.grid}
    assert one.rate == min(found, key=found.__getitem__), found
    assert min(one.grid) < one.rate < max(one.grid)


def test_steps_are_timed_at_the_rates_at_which_they_are_counted() -> None:
    assert step_time.RATES.items() <= steps.RATES.items()


@pytest.mark.parametrize("tier", ["pilot", "quick"])
def test_nothing_but_a_verdict_sees_a_test_image(tier: str) -> None:
    for question in registry.study_names("minibatches"):
        for arm in registry.study("minibatches", question).arms(tier):  # type: ignore[arg-type]
            assert "test" not in arm.settings.get("held_out", {}), arm.name
        code = (registry.FOLDER / "minibatches" / "studies" / f"{question}.py").read_text(encoding="utf-8")
        assert "images.test" not in code, "what is held out is named by the arm's settings"
