"""Rates are the best that pilots tried, inside of what they tried, and chosen without test images or verdict seeds."""

from collections.abc import Iterator
from functools import cache
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.expressivity.studies import random_labels, sawtooth, tiny  # noqa: E402 - the backend first


@cache
def pilots() -> dict[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "expressivity" / "pilots.csv"):
        if trial.seed >= 2 * PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def chosen() -> Iterator[tuple[str, str, float, tuple[float, ...], tuple[str, ...]]]:
    """Study, arm, its rate, what its pilots tried, and the metrics whose sum is least at the best of them."""
    for name, rate in sawtooth.RATES.items():
        yield "sawtooth", f"{name}_", rate, sawtooth.grid(name), ("test_error",)
    widths = tuple(f"width_{n}" for n in random_labels.BITS)
    yield "random_labels", "", random_labels.RATE, random_labels.RATES, widths
    for name, rate in tiny.RATES.items():
        task, kind = name.split("_")
        yield (
            "tiny",
            f"{task}_{ {'tiny': 4, 'wide': 512}[kind] }_",
            rate,
            tiny.GRIDS[name],
            ("test_error",),
        )


@pytest.mark.parametrize(("study", "arm", "rate", "grid", "metrics"), list(chosen()))
def test_the_rate_is_the_best_that_the_pilots_tried_and_lies_inside(
    study: str, arm: str, rate: float, grid: tuple[float, ...], metrics: tuple[str, ...]
) -> None:
    missing = [f"{arm}rate_{tried:g}" for tried in grid if (study, f"{arm}rate_{tried:g}") not in pilots()]
    assert not missing, "pilots are missing: repro run expressivity --tier pilot"
    found = {}
    for tried in grid:
        seeds = [[t.metrics.get(m) for m in metrics] for t in pilots()[study, f"{arm}rate_{tried:g}"]]
        found[tried] = median(inf if None in seed else sum(v for v in seed if v is not None) for seed in seeds)
    assert found[rate] == min(found.values()), found  # of several at which nothing is wrong any is as good
    assert min(grid) < rate < max(grid), found


def test_nothing_but_a_verdict_sees_a_test_image() -> None:
    for tier in ("quick", "pilot"):
        for arm in registry.study("expressivity", "tiny").arms(tier):
            assert arm.settings.get("judged") in ("", "validation"), arm.name
