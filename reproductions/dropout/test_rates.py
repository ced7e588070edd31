"""Rates are those that the pilots on record choose, inside of what they tried, and no pilot saw a test image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import mean

import pytest

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.dropout import nets  # noqa: E402 - the backend is chosen first
from reproductions.dropout.studies import grid, helps, large_nets, longer, probability, scaling  # noqa: E402

NEAR = 1.03
"""Errors so much above the least count as equal: of those the lowest rate is taken."""


WAITING: set[str] = set()
"""Nets whose pilots have not run at every rate: theirs is the best of fewer, and no verdict seed is trained until."""


@dataclass(frozen=True)
class Tuned:
    """A net with its rate, and the pilot arm and metric that tell its error at each rate that was tried."""

    net: str
    rate: float
    tried: Mapping[float, tuple[str, str]]

    def study(self) -> str:
        return self.net.partition(" ")[0]


def tuned() -> Iterator[Tuned]:
    for name, pair in grid.RATES.items():
        for which, rate in zip(("plain", "dropout"), pair, strict=True):
            tried = {r: (f"{name}_rate_{r:g}", f"{which}_validation_error") for r in grid.tried(name)}
            yield Tuned(f"grid {name} {which}", rate, tried)
    for net, rate in helps.RATES.items():
        if net == "dropout_max_norm":  # no claim reads it
            continue
        yield Tuned(f"helps {net}", rate, {r: (f"{net}_rate_{r:g}", "validation_error") for r in helps.TRIED})
    tried = {r: (f"small_l2_rate_{r:g}", "validation_error") for r in large_nets.TRIED}
    yield Tuned("large_nets small_l2", large_nets.RATES["small_l2"], tried)
    for which, rate in longer.RATES.items():
        tried = {r: (f"rate_{r:g}", f"{which}_error_last") for r in nets.GRID}
        yield Tuned(f"longer {which}", rate, {**tried, nets.BEYOND[which]: ("beyond", f"{which}_error_last")})
    beyond = (*nets.GRID, nets.BEYOND["plain"])
    for which, rate, rates in (("all", longer.ALL_RATE, nets.GRID), ("few", longer.FEW_RATE, beyond)):
        yield Tuned(f"longer {which}", rate, {r: (f"{which}_images_rate_{r:g}", "plain_error_last") for r in rates})
    for shape, chosen in probability.RATES.items():
        for p, rate in chosen.items():
            name, error = probability.name(*shape), f"validation_error_{p:g}"
            tried = {r: (f"{name}_rate_{r:g}", error) for r in nets.GRID}
            tried[nets.BEYOND["dropout" if p else "plain"]] = f"{name}_beyond", error
            if shape == (1000, 1_000) and p in (0.3, 0.5):
                tried[0.3] = f"{name}_further", error
            yield Tuned(f"probability {name} {p:g}", rate, tried)
    for word, rate in (("rate", scaling.RATE), ("biases_rate", scaling.BIASES_RATE)):
        yield Tuned(f"scaling {word}", rate, {r: (f"{word}_{r:g}", "validation_error") for r in scaling.GRID})


@cache
def pilots() -> Mapping[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in evidence.read_trials(registry.results() / "dropout/pilots.csv"):
        if trial.dataset == "mnist" and trial.seed >= PILOT_SEEDS:
            found.setdefault((trial.study, trial.arm), []).append(trial)
    return found


def errors(one: Tuned) -> dict[float, float]:
    """The mean over pilot seeds at each rate that was tried; one that diverged errs on everything."""
    found = {}
    for rate, (arm, metric) in one.tried.items():
        values = [trial.metrics.get(metric) for trial in pilots()[one.study(), arm]]
        found[rate] = mean(100.0 if value is None else value for value in values)
    return found


@pytest.mark.parametrize("one", list(tuned()), ids=lambda one: one.net)
def test_the_rate_is_what_the_pilots_on_record_choose(one: Tuned) -> None:
    lacking = {arm for arm, _ in one.tried.values()} - {arm for study, arm in pilots() if study == one.study()}
    assert bool(lacking) == (one.net in WAITING), lacking
    if lacking:
        pytest.skip(f"no pilots yet: {', '.join(sorted(lacking))}")
    found = errors(one)
    assert one.rate == min(rate for rate, error in found.items() if error <= NEAR * min(found.values())), found


def test_every_rate_lies_inside_of_what_was_tried() -> None:
    for one in tuned():
        assert min(one.tried) < one.rate < max(one.tried), f"{one.net}: {one.rate} is an end of {sorted(one.tried)}"


def test_what_is_said_to_be_tried_is_a_pilot_arm_that_sees_validation_images() -> None:
    for study in ("grid", "helps", "large_nets", "longer", "probability", "scaling"):
        arms = {arm.name: arm.settings for arm in registry.study("dropout", study).arms("pilot")}
        for one in tuned():
            if one.study() == study:
                assert {arm for arm, _ in one.tried.values()} <= set(arms), one.net
                assert {arms[arm].get("judged", "validation") for arm, _ in one.tried.values()} <= {"validation"}
