"""Rates are the best that pilots tried, inside of what they tried, and chosen without test images or verdict seeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, log
from statistics import fmean, median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.generalisation.studies import (  # noqa: E402 - the backend is chosen first
    early_stopping,
    ensembles,
    held_out_cell,
    more_data,
    moves,
    parameters,
    pretraining,
    weight_bits,
)


@dataclass(frozen=True)
class Tuned:
    """What a rate was chosen for, the rates that its pilots tried, and the score that is least at the best of them."""

    study: str
    prefix: str  # of the arms of its pilots, before the rate
    rate: float
    grid: Sequence[float]
    score: Callable[[Trial], float]


def least(metric: str) -> Callable[[Trial], float]:
    return lambda trial: inf if (value := trial.metrics.get(metric)) is None else value


def most(metric: str) -> Callable[[Trial], float]:
    return lambda trial: -(trial.metrics.get(metric) or 0.0)


def over_sizes(trial: Trial) -> float:
    """The mean log of validation errors over the sizes that are tried: no size counts more than another."""
    found = [trial.metrics.get(f"validation_{size}") for size in more_data.TRIED]
    return inf if None in found else fmean(log(max(value or 0.0, 1e-3)) for value in found)


def tuned() -> Iterator[Tuned]:
    yield Tuned("held_out_cell", "three_rate_", held_out_cell.RATE, held_out_cell.GRID, most("seen_right"))
    yield Tuned("parameters", "n100_rate_", parameters.RATE, parameters.GRID, least("error_32"))
    yield Tuned("weight_bits", "rate_", weight_bits.RATE, weight_bits.GRID, least("float"))
    yield Tuned("more_data", "rate_", more_data.RATE, more_data.GRID, over_sizes)
    for arm in early_stopping.TUNED:
        rate, grid = early_stopping.RATES[arm], early_stopping.GRID
        yield Tuned("early_stopping", f"{arm}_rate_", rate, grid, least("validation_error"))
    for arm, rate in ensembles.RATES.items():
        yield Tuned("ensembles", f"{arm}_rate_", rate, ensembles.GRID, least("validation_error"))
    for arm, rate in moves.RATES.items():
        yield Tuned("moves", f"{arm}_rate_", rate, moves.GRID, least("validation_error"))
    for arm, both in pretraining.RATES.items():
        for start, rate in both.items():
            score = least(f"{start}_validation_error")
            yield Tuned("pretraining", f"{arm}_rate_", rate, pretraining.GRID, score)


@cache
def pilots() -> dict[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "generalisation" / "pilots.csv"):
        if trial.dataset != "digits" and trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{one.study}/{one.prefix}") for one in tuned()])
def test_the_rate_is_the_best_that_the_pilots_tried_and_lies_inside(one: Tuned) -> None:
    found = {rate: median(map(one.score, pilots()[one.study, f"{one.prefix}{rate:g}"])) for rate in one.grid}
    assert one.rate == min(found, key=found.__getitem__), found
    assert min(one.grid) < one.rate < max(one.grid)


def test_arms_without_pilots_of_their_own_take_the_rate_of_the_nearest() -> None:
    rates = early_stopping.RATES
    assert (rates["noise_10"], rates["images_5000"]) == (rates["noise_20"], rates["clean"])


@pytest.mark.parametrize("tier", ["pilot", "quick"])
def test_nothing_but_a_verdict_sees_a_test_image(tier: str) -> None:
    for question in registry.study_names("generalisation"):
        for arm in registry.study("generalisation", question).arms(tier):  # type: ignore[arg-type]
            assert "test" not in map(str, arm.settings.values()), f"{question}: {arm.name}"
