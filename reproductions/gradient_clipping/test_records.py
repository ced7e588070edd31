"""Pictures and sentences of a record that is not whole."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from suite import commands

commands.prepare(None)

from reproductions.gradient_clipping import analysis, figures  # noqa: E402 - the backend is chosen first


def made_up(study: str, arm: str, metrics: Mapping[str, float | None]) -> Any:
    return SimpleNamespace(study=study, arm=arm, seed=0, metrics=metrics, status="ok")


def test_pictures_and_sentences_take_what_there_is() -> None:
    assert figures.draw([], {}) == {}
    assert analysis.sentences([]).strip() == ""
    trials = [
        made_up("scan", "rnn_resets_sgd", {"loss_none_-1": None, "loss_none_-2": 0.5}),
        made_up("thresholds", "rnn_sum", {"loss_5_-1": 0.2, "best_loss_5": 0.2, "best_loss_1": None}),
        made_up("unclipped", "rnn_steps50_radius1", {"log10_safe_rate": -2.5}),
        made_up("norms", "rnn_resets_sum", {"start_median": 3.0}),
        made_up("distance", "rnn_radius1", {"decades_a_step_start": -0.1}),
    ]
    drawn = figures.draw(trials, {("distance", "rnn_radius1", "start"): {0: [(0, 0.0), (5, -1.0)]}})
    assert {"scan_tanh.svg", "thresholds.svg", "unclipped.svg", "norms.svg", "distance.svg"} <= set(drawn)
    assert "`rnn_radius1` 0.794 start." in analysis.sentences(trials)
    assert "`rnn_steps50_radius1` -2.5 (1)" in analysis.sentences(trials)


def test_a_run_that_is_not_finite_is_drawn_as_the_largest() -> None:
    trials = [made_up("scan", "a", {"loss_1_-1": loss, "loss_1_-2": 0.5}) for loss in (0.2, None, None)]
    assert figures.over_rates(trials, "scan", "a", "1") == [(-2.0, 0.5), (-1.0, figures.CEILING)]
