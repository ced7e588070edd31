"""What is concluded from records: the fit over the grid."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from common.trials import Trial
from suite import commands

commands.prepare(None)

from reproductions.dropout import analysis  # noqa: E402 - the backend is chosen first

LARGE = "width1200_depth3"


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


def test_the_sentence_tells_the_factors() -> None:
    told = analysis.sentences(planted(lambda width, depth: 0.1 + math.log(1.5) * width - math.log(1.2) * depth))
    assert "multiplied by 1.5 (1.5 to 1.5) with each doubling of the width and by 0.834 (0.831 to 0.837) with" in told


def test_the_analysis_waits_for_the_whole_grid_and_survives_seeds_that_diverged() -> None:
    trials = planted(lambda width, depth: 0.2)
    assert analysis.sentences([t for t in trials if t.arm != "width500_depth2"]) == ""
    assert analysis.sentences([]) == ""
    gone = [trial(t.study, t.arm, t.seed, {}) if t.seed == 3 else t for t in trials]
    assert "on 7 seeds" in analysis.sentences(gone)
    one_left = [trial(t.study, t.arm, t.seed, {}) if t.seed and t.arm == LARGE else t for t in trials]
    assert analysis.sentences(one_left) == ""
