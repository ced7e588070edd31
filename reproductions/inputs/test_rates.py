"""Rates are the best that pilots tried, inside of what they tried, and chosen without test images."""

from collections.abc import Callable, Mapping, Sequence
from math import inf, log
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.inputs.studies import magnitudes, offsets  # noqa: E402 - the backend is chosen first

KNOWS_NOTHING = log(10)
"""Loss of the net that answers all images alike, as one all of whose units are dead."""


def soonest(trial: Trial) -> float:
    """Fewest updates, and where the target is not reached the least loss, but that of knowing nothing."""
    updates, loss = trial.metrics.get("updates"), trial.metrics.get("loss")
    if updates is None or loss is None:
        return inf
    dead = updates >= offsets.STEPS and abs(loss - KNOWS_NOTHING) < 0.02
    return inf if dead else updates + loss


def error(trial: Trial) -> float:
    found = trial.metrics.get("test_error")
    return inf if found is None else found


Scores = Mapping[str, Mapping[float, float]]


def scores(study: str, score: Callable[[Trial], float]) -> Scores:
    """Arm to rate to the median of its pilots."""
    found: dict[str, dict[float, list[float]]] = {}
    for trial in evidence.read_trials(registry.results() / "inputs" / "pilots.csv"):
        name, tried, rate = trial.arm.partition("_rate_")
        if trial.study == study and tried and trial.seed >= PILOT_SEEDS:
            found.setdefault(name, {}).setdefault(float(rate), []).append(score(trial))
    return {name: {rate: median(values) for rate, values in rates.items()} for name, rates in found.items()}


def best(losses: Mapping[float, float]) -> float:
    return min(losses, key=lambda rate: losses[rate])


def check(chosen: Mapping[str, float], grids: Mapping[str, Sequence[float]], found: Scores) -> None:
    assert set(found) == set(chosen)
    for name, rate in chosen.items():
        assert set(found[name]) == set(grids[name]), name
        assert rate == best(found[name]), (name, found[name])
        assert min(grids[name]) < rate < max(grids[name]), name


def test_the_rates_of_means_and_scales_are_the_best_of_their_pilots_and_lie_inside() -> None:
    check(offsets.RATES, offsets.GRIDS, scores("offsets", soonest))


def test_the_rates_of_magnitudes_are_the_best_of_their_pilots_and_lie_inside() -> None:
    names = [f"{case}_{form}" for case, form in magnitudes.ARMS]
    grids = {name: magnitudes.grid(name) for name in names}
    check({name: magnitudes.RATES[name] for name in names}, grids, scores("magnitudes", error))


@pytest.mark.parametrize("tier", ["quick", "pilot"])
def test_only_a_verdict_sees_a_test_image(tier: str) -> None:
    arms = registry.study("inputs", "offsets").arms(tier)  # type: ignore[arg-type]
    assert {arm.settings["judged"] for arm in arms} == {"validation"}
