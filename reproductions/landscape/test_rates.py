"""The rates, and the penalty of the search, are those that the pilots on record choose, inside of what was tried."""

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

from reproductions.landscape.studies import (  # noqa: E402 - the backend is chosen first
    critical_points,
    curvature,
    parity_plateau,
    planted,
    plateaus,
)


@dataclass(frozen=True)
class Tuned:
    """An arm with its rate, those that its pilots tried, and what is least at the best of them."""

    study: str
    arm: str
    rate: float
    grid: tuple[float, ...]
    score: Callable[[list[Trial]], Any]


def tuned() -> Iterator[Tuned]:
    for name, of_momenta in plateaus.RATES.items():
        for momentum, rate in of_momenta.items():
            yield Tuned("plateaus", f"{name}_{momentum:g}", rate, plateaus.GRIDS[name], soonest_to_the_end)
    for momentum, rate in parity_plateau.RATES.items():
        yield Tuned("parity_plateau", f"momentum_{momentum:g}", rate, parity_plateau.GRIDS[momentum], soonest)
    for kind, grid in planted.GRIDS.items():
        yield Tuned("planted", kind, planted.RATES[kind], grid, most_solved)
    for name, width in (("net", curvature.WIDTH), ("larger", curvature.LARGER)):
        yield Tuned("curvature", name, curvature.RATES[width], curvature.GRID, lowest)


def soonest(trials: list[Trial]) -> float:
    return median(number(t, "plateau_steps", parity_plateau.STEPS) for t in trials)


def soonest_to_the_end(trials: list[Trial]) -> float:
    """The plateau's iterations, where every seed comes to the end."""
    ended = all(number(t, "end_steps", plateaus.BUDGET) < plateaus.BUDGET for t in trials)
    return median(number(t, "plateau_steps", plateaus.BUDGET) for t in trials) if ended else float("inf")


def most_solved(trials: list[Trial]) -> tuple[float, float, float]:
    """Restarts that solve it; then the steps to it, then the error."""
    metric, bound = ("test_wrong", 0.0) if trials[0].arm.startswith("sets") else ("test_error", 0.01)
    errors = [number(t, metric, 9.0) for t in trials]
    return (
        -sum(error <= bound for error in errors),
        mean(t.steps if t.status == "ok" else planted.STEPS for t in trials),
        median(errors),
    )


def lowest(trials: list[Trial]) -> float:
    return median(number(t, "last_loss", 9.0) for t in trials)


def number(trial: Trial, metric: str, worst: float) -> float:
    found = trial.metrics.get(metric) if trial.status == "ok" else None
    return worst if found is None else found


@cache
def pilots() -> Mapping[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "landscape/pilots.csv"):
        assert trial.seed >= PILOT_SEEDS
        found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


@pytest.mark.parametrize("one", [pytest.param(one, id=f"{one.study}/{one.arm}") for one in tuned()])
def test_the_rate_is_what_the_pilots_on_record_choose_inside_its_grid(one: Tuned) -> None:
    found = {rate: one.score(pilots()[one.study, f"{one.arm}_rate_{rate:g}"]) for rate in one.grid}
    assert one.rate == min(found, key=found.__getitem__), found
    assert one.rate not in (one.grid[0], one.grid[-1]), found


def test_the_penalty_is_the_least_at_which_half_of_the_searches_end_at_a_critical_point() -> None:
    shares = {
        decay: median(number(t, "found", 0.0) for t in pilots()["critical_points", f"wide_tried{decay:g}"])
        for decay in critical_points.GRID
    }
    assert min(decay for decay, share in shares.items() if share >= 0.5) == critical_points.DECAY, shares
    assert min(shares) < critical_points.DECAY
