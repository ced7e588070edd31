"""What is concluded from records and drawn of them: the fit over the grid, the claim it favours, and the pictures."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from common.trials import Trial
from suite import commands

commands.prepare(None)

from reproductions.dropout import analysis, figures  # noqa: E402 - the backend is chosen first
from reproductions.dropout.studies import grid, helps, large_nets, probability  # noqa: E402

LARGE = "width1200_depth3"  # of edition 1's grid
STUDIES = ("helps", "grid", "scaling", "probability", "large_nets", "longer")


def trial(study: str, arm: str, seed: int, metrics: Mapping[str, float | None]) -> Trial:
    return Trial(
        study=study,
        arm=arm,
        seed=seed,
        tier="full",
        key="k",
        status="ok" if metrics else "diverged",
        backend="jax",
        dataset="mnist",
        data_sha256="0",
        metrics=dict(metrics),
    )


def planted(gain: Any, seeds: int = 8) -> list[Trial]:
    """A grid whose ln(plain / dropout) is `gain(log2(width / 500), depth - 2)`, but for a little noise."""
    noise = np.random.default_rng(0).normal(0, 0.005, (9, seeds))
    trials = []
    for place, (width, depth) in enumerate(analysis.CELLS):
        for seed in range(seeds):
            dropout = 4.0 / math.exp(gain(math.log2(width / 500), depth - 2) + noise[place, seed])
            metrics = {"plain_test_error": 4.0, "dropout_test_error": dropout, "gain": 4.0 - dropout}
            trials.append(trial("grid", f"width{width}_depth{depth}", seed, metrics))
    return trials


def test_the_fit_finds_planted_slopes() -> None:
    found = analysis.fit(planted(lambda width, depth: 0.1 + 0.08 * width - 0.05 * depth))
    assert found is not None
    for interval, slope in zip(found, (0.08, -0.05), strict=True):
        assert interval.low < slope < interval.high
        assert interval.high - interval.low < 0.02


@pytest.mark.parametrize(
    ("gain", "favoured"),
    [
        (lambda width, depth: 0.2, "favours `dropout-little-reason-not`"),
        (lambda width, depth: -0.2, "favours `dropout-only-large-nets`"),
        (lambda width, depth: 0.3 * width - 0.1 if width > 1 else -0.1, "favours `dropout-only-large-nets`"),
        (lambda width, depth: -0.2 if width < -1 or (width == 0 and depth < 0) else 0.2, "favours neither"),
    ],
)
def test_the_grid_favours_the_claim_for_which_more_cells_speak(gain: Any, favoured: str) -> None:
    assert favoured in analysis.sentences(planted(gain))


def test_the_analysis_waits_for_the_whole_grid_and_survives_seeds_that_diverged() -> None:
    trials = planted(lambda width, depth: 0.2)
    assert analysis.sentences([t for t in trials if t.arm != "width500_depth2"]) == ""
    assert analysis.sentences([]) == ""
    gone = [trial(t.study, t.arm, t.seed, {}) if t.seed == 3 else t for t in trials]
    assert analysis.sentences(gone)
    one_left = [trial(t.study, t.arm, t.seed, {}) if t.seed and t.arm == LARGE else t for t in trials]
    assert analysis.sentences(one_left)


def test_rises_at_lower_rates_stand_beside_that_of_the_same_seeds() -> None:
    ends = {("longer", "all_images"): (0.25, 3.0), ("all_images_rates", "rate_0.01"): (0.04, 2.0)}
    trials = [
        trial(*place, seed, {"plain_error_rise": rise + 0.02 * (seed % 2), "plain_error_last": last})
        for place, (rise, last) in ends.items()
        for seed in range(4)
    ]
    more = [trial("longer", "all_images", seed, {"plain_error_rise": 9.0, "plain_error_last": 9.0}) for seed in (4, 5)]
    found = analysis.rises([*trials, *more])
    assert found["all_images"] == pytest.approx((0.26, 3.0))
    assert found["rate_0.01"] == pytest.approx((0.05, 2.0))
    told = analysis.sentences([*trials, *more])
    assert "above its least by 26 % at the rate that is judged, to 3 %; by 5 % at 0.01, to 2 %" in told
    assert analysis.sentences(trials[:4]) == analysis.sentences(trials[4:]) == ""
    assert analysis.sentences([*trials[:4], trial("all_images_rates", "rate_0.01", 0, {})]) == ""


def some_of_every_study() -> list[Trial]:
    generator = np.random.default_rng(0)
    trials = planted(lambda width, depth: 0.1)
    regimes = list(grid.cells())[9:]
    trials += [trial("grid", arm, seed, {"gain": float(generator.normal())}) for arm in regimes for seed in range(8)]
    errors = {f"test_error_{p}": 3.0 for p in figures.PROBABILITIES}
    ways = {f"test_{way}_{metric}": 2.0 for way in figures.WAYS for metric in ("error", "nll")}
    for seed in range(3):
        trials += [trial("helps", arm, seed, {"test_error": 1.0 + seed}) for arm in helps.OWN]
        trials += [trial("probability", arm.name, seed, errors) for arm in probability.arms("full")]
        trials += [trial("large_nets", arm.name, seed, {"test_error": 1.0}) for arm in large_nets.arms("full")]
        trials += [trial("scaling", "trained", seed, ways), trial("longer", "constant", seed, {"later_by": 5.0})]
    return trials


def test_one_seed_has_no_interval_to_draw() -> None:
    trials = planted(lambda width, depth: 0.1, seeds=1)
    assert figures._intervals(trials, "grid", {0.0: LARGE}, "gain") == {}


def test_pictures_are_drawn_of_what_is_on_record() -> None:
    trials = some_of_every_study()
    points = {seed: [(0, 90.0), (100, 5.0), (200, 4.0)] for seed in range(3)}
    curves = {
        ("longer", arm, f"{which}_{metric}"): points
        for arm in ("constant", "falling", "all_images")
        for which in ("plain", "dropout")
        for metric in ("error", "nll")
    }
    drawn = figures.draw(trials, curves)
    assert set(drawn) == {f"{study}.svg" for study in STUDIES}
    assert all(svg.lstrip().startswith("<?xml") and "</svg>" in svg for svg in drawn.values())
    assert "1200" in drawn["grid.svg"]
    assert "with dropout" in drawn["longer.svg"]
    assert figures.draw([], {}) == {}


@pytest.mark.parametrize("study", STUDIES)
def test_pictures_survive_a_study_of_which_every_seed_diverged(study: str) -> None:
    gone = [trial(t.study, t.arm, t.seed, {}) for t in some_of_every_study() if t.study == study]
    assert set(figures.draw(gone, {})) == {f"{study}.svg"}
