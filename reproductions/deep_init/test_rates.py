"""Rates are the best that pilots tried, inside of what they tried, and chosen without test images or verdict seeds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.deep_init.studies import (  # noqa: E402 - the backend is chosen first
    activations,
    depth,
    eighties,
    forgiving,
    glorot,
    init_scale,
    lazy,
    multiplier,
    small_weights,
    spectral,
)

WAITING: set[str] = set()
"""Studies whose pilots over the whole grid have not run: their rates are those of a coarser one."""
NOT_INSIDE: dict[str, str] = {}
"""Arms whose best rate lies at an end of the grid, and why no wider one was tried."""


@dataclass(frozen=True)
class Tuned:
    """An arm with the rate that it has, the rates that its pilots tried, and what is least at the best of them."""

    study: str
    arm: str
    rate: float
    grid: tuple[float, ...]
    score: Callable[[Trial], float]


def least(metric: str) -> Callable[[Trial], float]:
    def score(trial: Trial) -> float:
        value = trial.metrics.get(metric)
        return inf if value is None else value

    return score


def soonest(trial: Trial) -> float:
    """The fewest steps until a run has learned, and among those that have not the least loss."""
    return trial.steps + least("train_loss")(trial)


def most_learned(trial: Trial) -> float:
    return least("least_loss")(trial) - 10 * (trial.metrics["learned"] or 0.0)


READ = {(check.study, arm) for claim in registry.claims("deep_init") for check in claim.each() for arm in check.arms()}


def tuned() -> Iterator[Tuned]:
    """Every arm with a rate of its own; of those that no claim reads the rates are edition 1's."""
    for one in every():
        if one.study not in ("multiplier", "forgiving") or (one.study, one.arm) in READ:
            yield one


def every() -> Iterator[Tuned]:
    error = least("validation_error")
    for name, rate in activations.RATES.items():
        yield Tuned("activations", name, rate, activations.tried(*name.split("_")), error)
    for layers, rate in zip(depth.DEPTHS, depth.RATES["sigmoid_standard"], strict=True):
        yield Tuned("depth", f"sigmoid_standard_depth{layers}", rate, depth.GRID, error)
    for name, rate in eighties.RATES.items():
        yield Tuned("eighties", name, rate, eighties.GRID, error)
    for layers, rate in forgiving.RATES.items():
        yield Tuned("forgiving", f"depth{layers}", rate, forgiving.GRID, error)
    for unit in glorot.PILOTED:
        for name in (f"{unit}_standard", f"{unit}_glorot"):
            yield Tuned("glorot", name, glorot.RATES[name], glorot.GRID, least("epochs_to_target"))
    for unit in ("tanh", "relu"):
        for layers in init_scale.PILOTED:
            name = f"{unit}_depth{layers}"
            for scale in init_scale.JUDGED:
                rate = init_scale.RATES.get(name, {}).get(scale, init_scale.RATE)
                yield Tuned("init_scale", name, rate, init_scale.GRID, least(f"train_loss_scale_{scale}"))
    for name, rates in lazy.RATES.items():
        arm = f"{name}_width{lazy.PILOT_WIDTH}" if "depth" in name else name
        for weights, rate in zip(("lazy", "scaled"), rates, strict=False):
            yield Tuned("lazy", arm, rate, lazy.grid(name), least(f"{weights}_validation_error"))
    for name, rates in multiplier.RATES.items():
        unit = name.split("_")[0]
        for multiple, rate in zip(multiplier.MULTIPLES[unit], rates, strict=True):
            yield Tuned("multiplier", name, rate, multiplier.GRID[unit], least(f"train_loss_x{multiple}"))
    for o, a, i, layers in small_weights.DECIDING:
        rate = small_weights.rate(o, a, i, layers)
        yield Tuned("small_weights", f"{o}_{a}_{i}_depth{layers}", rate, small_weights.GRID, soonest)
    for name, rate in spectral.RATES.items():
        yield Tuned("spectral", name, rate, spectral.GRID[name], most_learned)


@cache
def pilots() -> dict[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "deep_init" / "pilots.csv"):
        if trial.dataset == "mnist" and trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def scores(one: Tuned) -> dict[float, float]:
    """The median over pilot seeds at each rate that pilots tried."""
    tried = {rate: pilots().get((one.study, f"{one.arm}_rate_{rate:g}"), []) for rate in one.grid}
    return {rate: median(map(one.score, trials)) for rate, trials in tried.items() if trials}


def test_pilots_try_every_rate_of_the_grid() -> None:
    for one in tuned():
        declared = {arm.name for arm in registry.study("deep_init", one.study).arms("pilot")}
        assert {f"{one.arm}_rate_{rate:g}" for rate in one.grid} <= declared, one.arm
        assert one.rate in one.grid or one.study in WAITING, (one.arm, one.rate)


def test_the_rate_of_an_arm_is_the_best_that_its_pilots_tried_and_lies_inside() -> None:
    at_the_end, waiting = set(), set()
    for one in tuned():
        found = scores(one)
        if set(found) < set(one.grid):
            waiting.add(one.study)
            continue
        best = min(one.grid, key=lambda rate: found[rate])
        if one.study not in WAITING:
            assert one.rate == best, (one.study, one.arm, found)
        if best in (min(one.grid), max(one.grid)):
            at_the_end.add(f"{one.study}/{one.arm}")
    assert waiting == WAITING
    assert at_the_end == set(NOT_INSIDE)


@pytest.mark.parametrize("tier", ["pilot", "quick"])
def test_nothing_but_a_verdict_sees_a_test_image(tier: str) -> None:
    """Rates and quick bounds come from pilots, whose images are those of training and validation."""
    for question in registry.study_names("deep_init"):
        for arm in registry.study("deep_init", question).arms(tier):  # type: ignore[arg-type]
            assert "test" not in arm.settings.get("held_out", {}), arm.name
        code = (registry.FOLDER / "deep_init" / "studies" / f"{question}.py").read_text(encoding="utf-8")
        assert "images.test" not in code, "what is held out is named by the arm's settings"
