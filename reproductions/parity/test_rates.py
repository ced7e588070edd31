"""Rates are those that the pilots on record choose: the soonest, or the most accurate and among equals the soonest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import mean, median
from typing import Any

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.parity.studies import biased, ladder, larger_init  # noqa: E402 - the backend is chosen first


@dataclass(frozen=True)
class Tuned:
    """An arm with its rate, those that its pilots tried, and what is least at the best of them."""

    study: str
    arm: str
    rate: float
    grid: tuple[float, ...]
    score: Callable[[list[Trial]], Any]


def tuned() -> Iterator[Tuned]:
    for k, rates in biased.RATES.items():
        for bias, rate in zip(biased.BIASES, rates, strict=True):
            name = f"k{k}_all_bias{bias:g}" if bias else f"k{k}_fair"
            yield Tuned("biased", name, rate, biased.GRID, soonest("strings_to_95", biased.BUDGET))
    for target, rate in ladder.RATES.items():
        yield Tuned("ladder", target, rate, ladder.GRID, soonest("half_time4", ladder.BUDGET))
    for weights, of_scales in larger_init.RATES.items():
        for scale, rate in zip(larger_init.SCALES, of_scales, strict=True):
            name = f"{weights}_n{larger_init.PILOT_BITS}_scale{scale:g}"
            yield Tuned("larger_init", name, rate, larger_init.GRID, most_accurate)


def soonest(time: str, budget: int) -> Callable[[list[Trial]], float]:
    def score(trials: list[Trial]) -> float:
        times = [trial.metrics.get(time) for trial in trials]
        return median(budget if found is None else found for found in times)

    return score


def most_accurate(trials: list[Trial]) -> tuple[float, float]:
    """Accuracies of more than 0.99 count as equal; then the strings to it."""
    accuracy = mean(trial.metrics.get("test_accuracy") or 0.5 for trial in trials)
    return -min(accuracy, larger_init.REACHED), mean(trial.metrics.get("strings_to_99") or 0.0 for trial in trials)


@cache
def pilots() -> Mapping[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "parity/pilots.csv"):
        if trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{one.study}/{one.arm}") for one in tuned()])
def test_the_rate_is_what_the_pilots_on_record_choose(one: Tuned) -> None:
    found = {rate: one.score(pilots()[one.study, f"{one.arm}_rate_{rate:g}"]) for rate in one.grid}
    assert one.rate == min(found, key=found.__getitem__), found
