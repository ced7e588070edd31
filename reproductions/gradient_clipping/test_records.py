"""Sentences of a record that is not whole."""

from common.trials import Trial
from reproductions.gradient_clipping import analysis


def trial(study: str, arm: str, seed: int, **metrics: float | None) -> Trial:
    return Trial(
        study=study, arm=arm, seed=seed, tier="full", key="", backend="jax", dataset="synthetic", data_sha256="",
        metrics=metrics,
    )  # fmt: skip


def test_sentences_take_what_there_is() -> None:
    trials = [
        trial("thresholds", "sum_5", 0, binds_5=0.25, binds_15=0.9),
        trial("thresholds", "sum_5", 1, binds_5=0.35),
        trial("thresholds", "sum_15", 0, binds_15=None),
        trial("thresholds", "sum_none", 0, binds_5=0.9),
        trial("unclipped", "rnn_steps50_radius1", 0, log10_safe_rate=-2.5),
        trial("unclipped", "rnn_steps50_radius1", 1, log10_safe_rate=-2.0),
    ]
    told = analysis.sentences(trials)
    assert "medians over seeds: `sum_5` 30 %." in told
    assert "(number of seeds): `rnn_steps50_radius1` -2.5 (2)." in told
    assert analysis.sentences(trials[4:]).count(".\n") == 1
