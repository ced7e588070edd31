"""Rates of nets that a claim reads are what the pilots on record choose, inside of what they tried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import mean
from typing import Any

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.forget_bias.studies import adding, copy_memory, polarity, resets, success, tasks  # noqa: E402

AT_CHANCE = {
    "tasks/order100_b0",
    "tasks/recall100_b0",
    "tasks/recall100_b1",
    "success/b0",
}
"""Nets that score as chance does at every rate, so that the choice says nothing."""
WAITING: set[str] = set()
"""Nets whose pilots have not run at every rate: theirs is the best of fewer, and no verdict seed is trained until."""
CHANCE = 0.33  # above the 0.25 of four symbols by three standard deviations of 256 sequences


@dataclass(frozen=True)
class Tuned:
    """A net with its rate, the pilot arm at each rate that was tried, and the suffix of its metrics there."""

    net: str
    rate: float
    tried: Mapping[float, str]
    suffix: str = ""

    def study(self) -> str:
        return self.net.partition("/")[0]

    def judged(self) -> bool:
        """Whether some claim reads it; the rates of other nets are those of edition 1."""
        study, _, net = self.net.partition("/")
        arms = {"tasks": net.rpartition("_b")[0], "polarity": "sentences"}
        return (study, arms.get(study, net)) in READ


READ = {
    (check.study, arm) for claim in registry.claims("forget_bias") for check in claim.each() for arm in check.arms()
}


def tuned() -> Iterator[Tuned]:
    yield from (one for one in every() if one.judged())


def every() -> Iterator[Tuned]:
    for study in (adding, copy_memory, resets, success):
        module: Any = study
        question = module.__name__.rpartition(".")[2]
        for key, rate in module.RATES.items():
            net = f"b{key}" if isinstance(key, int) else key
            yield Tuned(f"{question}/{net}", rate, {r: f"{net}_rate_{r:g}" for r in module.GRID})
    for bias, rate in polarity.RATES.items():
        yield Tuned(f"polarity/b{bias}", rate, {r: f"rate_{r:g}" for r in polarity.GRID}, f"_b{bias}")
    for task, rates in tasks.RATES.items():
        for bias, rate in zip(tasks.BIASES, rates, strict=True):
            net = f"{task}_b{bias}"
            yield Tuned(f"tasks/{net}", rate, {r: f"{net}_rate_{r:g}" for r in tasks.KINDS[task].grid}, f"_b{bias}")


NETS = [pytest.param(one, id=one.net) for one in tuned()]


@cache
def pilots() -> Mapping[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "forget_bias/pilots.csv"):
        if trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def merits(one: Tuned) -> dict[float, tuple[float, float]]:
    """At each rate the mean time to solve, log2 updates, and the mean shortfall of the score: less is better."""
    return {rate: _merit(pilots()[one.study(), arm], one.suffix) for rate, arm in one.tried.items()}


def _merit(trials: list[Trial], suffix: str) -> tuple[float, float]:
    def average(name: str, worst: float) -> float:
        values = [trial.metrics.get(name + suffix) for trial in trials]
        return mean(worst if value is None else value for value in values)

    timed = any("log2_steps" + suffix in trial.metrics for trial in trials)
    scores = {"accuracy": 0.0, "score": 0.0, "test_loss": 1e9}
    name = next(n for n in scores if any(trial.metrics.get(n + suffix) is not None for trial in trials))
    shortfall = average(name, scores[name])
    return average("log2_steps", 99.0) if timed else 0.0, shortfall if name == "test_loss" else -shortfall


@pytest.mark.parametrize("one", NETS)
def test_the_rate_is_what_the_pilots_on_record_choose(one: Tuned) -> None:
    lacking = set(one.tried.values()) - {arm for study, arm in pilots() if study == one.study()}
    assert bool(lacking) == (one.net in WAITING), lacking
    if lacking:
        pytest.skip(f"no pilots yet: {', '.join(sorted(lacking))}")
    found = merits(one)
    assert one.rate == min(found, key=found.__getitem__) or one.net in AT_CHANCE, found


@pytest.mark.parametrize("one", NETS)
def test_every_rate_lies_inside_of_what_was_tried(one: Tuned) -> None:
    assert min(one.tried) < one.rate < max(one.tried), f"{one.rate} is an end of {sorted(one.tried)}"


def test_nets_that_are_said_to_score_as_chance_do() -> None:
    at_chance = set()
    for one in tuned():
        trials = [trial for arm in one.tried.values() for trial in pilots().get((one.study(), arm), [])]
        accuracies = ("test_accuracy", "accuracy" + one.suffix, "score" + one.suffix)
        best = [max((trial.metrics.get(name) or 0.0) for name in accuracies) for trial in trials]
        solved = any(trial.metrics.get("solved" + one.suffix) for trial in trials)
        if not solved and any(best) and max(best) < CHANCE:
            at_chance.add(one.net)
    assert at_chance == AT_CHANCE


def test_every_bias_of_a_question_had_the_same_rates_tried() -> None:
    tried: dict[str, set[tuple[float, ...]]] = {}
    for one in every():
        task = one.net.rpartition("_b")[0] if one.study() == "tasks" else one.study()
        tried.setdefault(task, set()).add(tuple(sorted(one.tried)))
        arms = {arm.name for arm in registry.arms("forget_bias", one.study(), "pilot")}
        assert set(one.tried.values()) <= arms, one.net
    assert all(len(grids) == 1 for grids in tried.values()), tried
