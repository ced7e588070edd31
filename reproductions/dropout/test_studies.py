"""What the studies are made of: images, sinusoids, the arms of the grid, and the rates that pilots tried."""

import math
from typing import Any

import numpy as np
import pytest

from common import datasets
from common.study import TIERS
from suite import commands
from suite.questions import Passes

commands.prepare(None)

from keras import ops  # noqa: E402 - the backend is chosen first

from reproductions.dropout import analysis, model, sine  # noqa: E402
from reproductions.dropout.claims import CELLS, CLAIMS  # noqa: E402
from reproductions.dropout.studies import (  # noqa: E402
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


def test_validation_images_that_a_net_is_trained_on_are_not_looked_at() -> None:
    for arm in helps.arms("full"):
        assert set(helps.experiment(arm.settings).evaluate) == {"test"}, arm.name
    for arm in helps.arms("pilot"):
        assert "validation" in helps.experiment(arm.settings).evaluate, arm.name


@pytest.mark.parametrize("study", [grid, helps, large_nets, longer, probability, scaling])
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


def test_cells_are_asked_by_the_sign_that_their_size_predicts() -> None:
    """Large is more than 1000 units a layer and more than three layers."""
    (claim,) = (claim for claim in CLAIMS if claim.id == "dropout-only-large-nets")
    asked = [c.asks for c in claim.each() if isinstance(c.asks, Passes)]
    assert {asks.arm for asks in asked} >= set(CELLS)
    for asks in asked:
        cell = grid.cells()[asks.arm]
        large = cell["width"] > 1000 and cell["depth"] > 3
        assert (asks.metric, asks.relation, asks.bound) == ("gain", ">" if large else "<=", 0), asks.arm


def test_regimes_are_the_arms_of_the_grid() -> None:
    (claim,) = (claim for claim in CLAIMS if claim.id == "dropout-little-reason-not")
    regimes = [arm for check in claim.each() for arm in check.arms()]
    beside = {f"width{width}_depth{depth}" for width, depth in grid.BESIDE}
    assert sorted(regimes) == sorted(set(grid.cells()) - beside)
    assert {f"width{width}_depth{depth}" for width, depth in analysis.CELLS} < set(CELLS)


def test_nets_of_a_pair_differ_by_dropout_and_rate_alone() -> None:
    for study, pair in ((helps, ("dropout", "plain")), (large_nets, ("dropout", "plain"))):
        arms = {arm.name: dict(arm.settings) for arm in study.arms("full")}
        one, other = (arms[name] for name in pair)
        differ = {key for key in one | other if one.get(key) != other.get(key)}
        assert {"drop_hidden"} <= differ <= {"drop_hidden", "rate"}
        assert one["drop_hidden"] == 0.5
        assert one.get("max_norm") is other.get("max_norm") is None


def test_a_net_without_pilots_of_its_own_takes_the_rates_of_a_larger_one() -> None:
    assert {grid.piloted(name) for name in grid.cells()} == set(grid.RATES) <= set(grid.cells())
    assert set(probability.PILOTED) == set(probability.PROBABILITIES)
