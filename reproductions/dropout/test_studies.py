"""What the studies are made of: images, sinusoids, the arms of the grid, and the rates that pilots tried."""

import math
from typing import Any

import numpy as np
import pytest

from common import datasets
from common.study import TIERS
from suite import commands

commands.prepare(None)

from keras import ops  # noqa: E402 - the backend is chosen first

from reproductions.dropout import analysis, model, nets, sine  # noqa: E402
from reproductions.dropout.claims import CLAIMS, GRID, LARGE, REGIMES  # noqa: E402
from reproductions.dropout.studies import (  # noqa: E402
    all_images_rates,
    grid,
    helps,
    large_nets,
    longer,
    probability,
    scaling,
)

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")


def test_training_images_hold_no_test_image_and_validation_images_only_when_refit() -> None:
    data = datasets.load_images()
    validation, test = ({row.tobytes() for row in split.images} for split in (data.validation, data.test))
    chosen = {row.tobytes() for row in model.training_images(500).x}
    assert len(chosen) == 500
    assert not chosen & (validation | test)
    every = model.training_images(60_000, refit=True)
    kept = {row.tobytes() for row in every.x}
    assert len(every.x) == len(every.y) == len(data.train.labels) + len(data.validation.labels)
    assert validation <= kept
    assert not kept & test
    assert np.array_equal(every.y[-len(validation) :], data.validation.labels)


@pytest.mark.parametrize("study", [helps, large_nets])
def test_validation_images_that_a_net_is_trained_on_are_not_looked_at(study: Any) -> None:
    for arm in (*study.arms("full"), *study.arms("gpu")):
        assert set(study.experiment(arm.settings).evaluate) == {"test"}, arm.name
    for arm in study.arms("pilot"):
        assert "validation" in study.experiment(arm.settings).evaluate, arm.name


@pytest.mark.parametrize("study", [all_images_rates, grid, helps, large_nets, longer, probability, scaling])
def test_only_verdict_seeds_see_test_images(study: Any) -> None:
    unseen = {row.tobytes() for row in datasets.load_images().test.images}
    unseen |= {row.tobytes() for row in sine.examples("test").x}
    for tier in TIERS:
        for arm in study.arms(tier):
            shown = study.experiment(arm.settings).evaluate["test"].data.x
            assert ({row.tobytes() for row in shown} <= unseen) == (tier in ("full", "gpu")), arm.name


def test_the_sinusoid_goes_on_where_it_was_cut_and_parts_differ() -> None:
    train = sine.examples("train")
    assert train.x.shape == (sine.SIZES["train"], 16)
    assert train.y.shape == (sine.SIZES["train"], 8)
    parts = [{row.tobytes() for row in sine.examples(part).y} for part in sine.SIZES]
    assert len(set().union(*parts)) == sum(sine.SIZES.values())
    whole = np.concatenate([train.x, train.y], axis=1)
    jump = np.abs(whole[:, 16] - whole[:, 15])
    assert np.median(jump) < 0.5  # a step of 1/16 of the window, with noise
    assert np.array_equal(sine.examples("train").x, train.x)
    # Sampled evenly, a sinusoid of angle a a step obeys s[t+1] + s[t-1] = 2 cos(a) s[t]: the ratio is one number a row.
    outer, inner = train.y[:, 2:] + train.y[:, :-2], train.y[:, 1:-1]
    cosines = (outer * inner).sum(axis=1) / (2 * (inner**2).sum(axis=1))
    assert np.abs(outer - 2 * cosines[:, None] * inner).max() < 1e-3
    angles = np.arccos(cosines)
    assert 2 * math.pi * 0.5 / 16 < angles.min()
    assert angles.max() < 2 * math.pi * 2 / 16


def test_a_net_that_says_zero_leaves_all_of_the_sinusoid_unexplained() -> None:
    test = sine.examples("test")
    assert float(grid.unexplained(lambda x, training: ops.zeros((len(x), 8)), test.x, test.y)["error"]) == 100.0
    right = grid.unexplained(lambda x, training: ops.convert_to_tensor(test.y), test.x, test.y)
    assert float(right["error"]) == 0.0


def test_regimes_are_the_arms_of_the_grid_and_one_cell_is_large() -> None:
    assert set(REGIMES) == {arm.name for arm in grid.arms("full")}
    assert len(REGIMES) == len(set(REGIMES))
    signs = next(check for claim in CLAIMS for check in claim.checks if check.id == "signs-predicted")
    assert [cell for cell, sign in zip(signs.arms, signs.levels, strict=True) if sign > 0] == [LARGE]
    assert {f"width{width}_depth{depth}" for width, depth in analysis.CELLS} == set(GRID)
    large = grid.cells()[LARGE]
    assert large["width"] > 1000
    assert large["depth"] >= 3
    assert not any(s["width"] > 1000 and s["depth"] >= 3 for n, s in grid.cells().items() if LARGE not in n)


def test_lower_rates_on_all_images_differ_from_what_is_judged_by_the_rate_alone() -> None:
    (judged,) = (arm for arm in longer.arms("full") if arm.name == "all_images")
    for arm in all_images_rates.arms("full"):
        assert {**arm.settings, "rates": judged.settings["rates"]} == judged.settings
        assert arm.settings["rates"]["plain"] < judged.settings["rates"]["plain"]
        assert set(arm.seeds) <= set(judged.seeds)


def test_every_rate_is_one_that_pilots_tried() -> None:
    assert {rate for pair in grid.RATES.values() for rate in pair} <= set(grid.TRIED)
    assert {grid.piloted(name) for name in grid.cells()} == set(grid.RATES) <= set(grid.cells())
    assert set(helps.RATES.values()) <= set(helps.TRIED)
    assert all(rate in {*nets.GRID, nets.BEYOND[name]} for name, rate in longer.RATES.items())
    for p, rate in (pair for rates in probability.RATES.values() for pair in rates.items()):
        assert rate in {*nets.GRID, nets.BEYOND["dropout" if p else "plain"]}
    assert scaling.RATE in scaling.GRID
    assert set(probability.PILOTED) == set(probability.PROBABILITIES)
