"""Rates are the best that pilots tried, inside of what they tried, and chosen without what verdicts are judged by."""

from collections.abc import Callable, Mapping
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.language.studies import characters, polarity, series  # noqa: E402 - the backend is chosen first

Scores = Mapping[str, Mapping[float, float]]


def scores(study: str, score: Callable[[Trial], float | None], merged: bool = False) -> Scores:
    """Net to rate to the median of its pilots; of series over all series."""
    found: dict[str, dict[float, list[float]]] = {}
    for trial in evidence.read_trials(registry.results() / "language" / "pilots.csv"):
        name, tried, rate = trial.arm.partition("_rate_")
        if trial.study == study and tried and trial.seed >= PILOT_SEEDS:
            net = name.rpartition("_")[2] if merged else name
            value = score(trial)
            found.setdefault(net, {}).setdefault(float(rate), []).append(inf if value is None else value)
    return {name: {rate: median(values) for rate, values in rates.items()} for name, rates in found.items()}


def check(chosen: Mapping[str, float], grids: Mapping[str, tuple[float, ...]], found: Scores) -> None:
    assert found, "pilots are missing: repro run language --tier pilot"
    assert set(found) == set(grids)
    for name, grid in grids.items():
        assert set(found[name]) == set(grid), name
        assert chosen[name] == min(found[name], key=lambda rate: found[name][rate]), (name, found[name])
        assert min(grid) < chosen[name] < max(grid), name


def test_the_rates_of_series_are_the_best_of_their_pilots_and_lie_inside() -> None:
    found = scores("series", lambda trial: trial.metrics.get("one_step"), merged=True)
    check(series.RATES, dict.fromkeys(series.NETS, series.GRID), found)


def test_the_rates_of_characters_are_the_best_of_their_pilots_and_lie_inside() -> None:
    found = scores("characters", lambda trial: trial.metrics.get("held_nats"))
    check(characters.RATES, dict.fromkeys(characters.UNITS, characters.GRID), found)


def test_the_rates_of_sentences_are_the_best_of_their_pilots_and_lie_inside() -> None:
    """But for the CNN's, which is that of Kim 2014."""
    found = scores("polarity", lambda trial: -(trial.metrics.get("held_accuracy") or 0))
    check(polarity.RATES, polarity.GRID, {net: rates for net, rates in found.items() if net != "cnn"})


@pytest.mark.parametrize("tier", ["quick", "pilot"])
@pytest.mark.parametrize("study", ["series", "characters", "polarity"])
def test_only_a_verdict_sees_what_verdicts_are_judged_by(study: str, tier: str) -> None:
    arms = registry.study("language", study).arms(tier)  # type: ignore[arg-type]
    assert {arm.settings["judged"] for arm in arms} == {"validation"}
    assert {arm.settings["judged"] for arm in registry.study("language", study).arms("full")} == {"test"}
