"""Rates, widths and settings are the best that pilots tried, inside of what they tried, and saw no test image."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from statistics import median

import pytest

from common.study import PILOT_SEEDS
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.convnets.studies import filters, sharing, vision  # noqa: E402 - the backend is chosen first

STUDIES = {"sharing": sharing, "filters": filters, "vision": vision}


@dataclass(frozen=True)
class Tuned:
    """A setting, the pilot arm of each value that was tried, and the metric that is least at the best of them."""

    study: str
    chosen: float
    arms: Mapping[float, str]
    metric: str


def tuned() -> Iterator[Tuned]:
    for form, rates in sharing.RATES.items():
        for net, rate in ((net, rate) for net, rate in rates.items() if net != "dense"):
            yield Tuned("sharing", rate, {r: f"{form}_{net}_rate_{r:g}" for r in sharing.GRID}, f"{net}_error")
    for net, rate in filters.RATES.items():
        yield Tuned("filters", rate, {r: f"{net}_rate_{r:g}" for r in filters.GRID}, "held_out_error")
    for net, rate in vision.RATES.items():
        yield Tuned("vision", rate, {r: f"{net}_rate_{r:g}" for r in vision.GRIDS[net]}, f"{kind(net)}_error")


def kind(net: str) -> str:
    """Whether it has convolutions: `cnn16` is a `cnn`."""
    return net.rstrip("0123456789")


def score(study: str, arm: str, metric: str) -> float:
    """The median over pilot seeds; a seed that diverged has the worst number there is."""
    found = [
        trial.metrics.get(metric)
        for trial in evidence.read_trials(registry.results() / "convnets" / "pilots.csv")
        if (trial.study, trial.arm, trial.dataset) == (study, arm, "mnist")
        and trial.seed >= PILOT_SEEDS
        and (trial.status != "ok" or trial.steps == STUDIES[study].STEPS)  # some are on record that ended earlier
    ]
    assert found, f"no pilots of {study}/{arm}"
    return median(inf if value is None else value for value in found)


@pytest.mark.parametrize("one", [pytest.param(one, id="/".join((one.study, *one.arms.values()))) for one in tuned()])
def test_what_is_chosen_is_the_best_that_pilots_tried_and_lies_inside(one: Tuned) -> None:
    found = {value: score(one.study, arm, one.metric) for value, arm in one.arms.items()}
    assert one.chosen == min(found, key=found.__getitem__), found
    assert min(found) < one.chosen < max(found)


def test_a_layer_that_sees_all_has_the_rate_that_is_best_however_pixels_are_ordered() -> None:
    """It is scope, and the page says that the rate is the lowest that was tried."""
    arms = {rate: [f"{form}_dense_rate_{rate:g}" for form in ("plain", "permuted")] for rate in sharing.GRID}
    found = {rate: sum(score("sharing", arm, "dense_error") for arm in pair) for rate, pair in arms.items()}
    best = min(found, key=found.__getitem__)
    assert {rates["dense"] for rates in sharing.RATES.values()} == {best}


@pytest.mark.parametrize("which", ["cnn", "mlp"])
def test_each_kind_of_net_has_the_width_that_is_best_at_its_best_rate(which: str) -> None:
    (chosen,) = (net for net in vision.RATES if kind(net) == which)
    best = {
        net: min(score("vision", f"{net}_rate_{rate:g}", f"{which}_error") for rate in vision.TRIED)
        for net in vision.NETS[which]
    }
    assert chosen == min(best, key=best.__getitem__), best


def test_both_kinds_choose_among_as_many_nets_and_end_at_about_the_same_training_time() -> None:
    """A wider net may err less still: it is the time of one training that ends the widths of both."""
    assert len({len(nets) for nets in vision.NETS.values()}) == 1
    assert set(vision.GRIDS.values()) == {vision.TRIED}
    spent = [vision.SECONDS[nets[-1]] for nets in vision.NETS.values()]
    assert max(spent) <= 1.25 * min(spent)
