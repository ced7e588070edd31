"""What is said of a trial that is made of several runs of a seed."""

from common.training import Run
from common.variants import together

KEPT = Run(seed=3, status="ok", steps=7, stopped=True, metrics={"loss": 1.0}, curves={"loss": [(0, 1.0)]})
LOST = Run(seed=3, status="diverged", steps=2, stopped=False, metrics={}, curves={})


def test_a_trial_of_several_runs_is_lost_only_when_all_of_them_are() -> None:
    assert together(3, {0: KEPT, 5: LOST}, {}).status == "ok"
    assert together(3, {0: LOST, 5: LOST}, {}).status == "diverged"


def test_a_trial_of_several_runs_reports_what_it_is_given_and_all_their_steps() -> None:
    trial = together(3, {0: KEPT, 5: LOST}, {"x": None}, {"loss_b0": KEPT.curves["loss"]})
    assert (trial.seed, trial.steps, trial.stopped) == (3, 9, False)
    assert (dict(trial.metrics), dict(trial.curves)) == ({"x": None}, {"loss_b0": [(0, 1.0)]})
