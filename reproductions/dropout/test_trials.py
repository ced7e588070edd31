"""What a trial tells of its runs: gains, slopes, best epochs and probabilities, and what is left when nets diverge."""

from collections.abc import Mapping
from typing import Any

import pytest

from common.training import Run
from suite import commands

commands.prepare(None)

from reproductions.dropout import nets  # noqa: E402 - the backend is chosen first
from reproductions.dropout.studies import grid, longer, probability, scaling  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")
SMALL = nets.net(2, 16, 400, 2)
HUGE = 1e30  # a rate with which every net diverges


def _run(metrics: Mapping[str, float], status: Any = "ok") -> Run:
    return Run(10_000, status, 5, False, metrics, {})


def test_a_gain_is_positive_where_dropout_errs_less_and_equal_counts_are_equal() -> None:
    runs = {"plain": _run({"test_error": 4.0, "test_nll": 0.5}), "dropout": _run({"test_error": 3.0, "test_nll": 0.2})}
    assert grid.gains(runs) == {"gain": 1.0, "nll_gain": 0.3}
    tie = {"plain": _run({"test_error": 3.1 + 1e-9}), "dropout": _run({"test_error": 3.1})}
    assert grid.gains(tie) == {"gain": 0.0}
    assert grid.gains({**runs, "dropout": _run({}, "diverged")}) == {}


def test_slopes_rises_and_best_epochs_of_known_curves() -> None:
    falls = [(step, 10 - step / 100) for step in range(0, 601, 10)]  # 300 epochs of two steps: 2 points per 100 epochs
    told = longer.told(falls, 600, 300, noisy=True)
    assert told["slope"] == pytest.approx(-2.0)
    assert told["rise"] == 0.0
    assert told["best_epoch"] == 300.0
    assert told["best_place"] == 1.0
    bent = [(step, 5 + abs(step - 200) / 100) for step in range(0, 601, 10)]
    told = longer.told(bent, 600, 300, noisy=True)
    assert told["slope"] == pytest.approx(2.0)
    assert told["best_epoch"] == 100.0
    assert told["rise"] == pytest.approx((5 + 3.8) / (5 + 0.12) - 1)  # means of five looks at each end
    assert told["last"] == pytest.approx(5 + 3.8)
    single = longer.told(bent, 600, 300, noisy=False)
    assert single["least"] == 5.0
    assert single["rise"] == pytest.approx(3.8 / 5)
    first = [(0, 0.0), *((step, 3.0) for step in range(10, 601, 10))]
    told = longer.told(first, 600, 300, noisy=True)
    assert told["best_epoch"] == 5.0  # the first of equal ones, the untrained net left out


@pytest.mark.parametrize("looks", [0, 1, 5, 20, 40, 60, 61])
def test_a_curve_on_record_has_at_most_21_points_and_both_ends(looks: int) -> None:
    points = [(step, float(step)) for step in range(looks + 1)]
    kept = longer.thinned(points)
    assert len(kept) <= 21
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert list(kept) == sorted(set(kept))


def test_the_best_probability_is_chosen_on_validation_and_told_on_test() -> None:
    validation = {0.0: 5.0, 0.3: 3.0, 0.5: 4.0, 0.8: 6.0}
    test = {0.0: 1.0, 0.3: 3.6, 0.5: 4.0, 0.8: 0.5}
    told = probability.tuned(validation, test)
    assert told["best"] == 0.3
    assert told["saved"] == told["tuned_gain"] == pytest.approx(0.1)
    assert told["tuned_better"] == 1
    near = probability.tuned({0.4: 1.0, 0.5: 2.0}, {0.4: 1.0, 0.5: 2.0})
    assert near["saved"] == 0.5
    assert near["tuned_gain"] == 0.0
    assert near["tuned_better"] == 1
    tie = probability.tuned({0.1: 4.0, 0.5: 4.0}, {0.1: 2.0, 0.5: 4.0})
    assert (tie["best"], tie["tuned_better"]) == (0.5, 0)  # the default itself saves nothing
    for misled in (5.0, 4.0, 4.0 - 1e-9):  # chosen on validation images, and no better on test images
        assert probability.tuned({0.1: 3.0, 0.5: 4.0}, {0.1: misled, 0.5: 4.0})["tuned_better"] == 0


def test_a_probability_that_diverged_is_not_chosen_and_without_the_default_nothing_is_told() -> None:
    assert probability.tuned({0.1: None, 0.3: 4.0, 0.5: 5.0}, {0.1: None, 0.3: 4.0, 0.5: 5.0})["best"] == 0.3
    assert probability.tuned({0.1: 3.0, 0.5: None}, {0.1: 3.0, 0.5: None}) == {}


@pytest.mark.parametrize(
    ("study", "settings", "absent"),
    [
        (grid, {**SMALL, "rate_plain": HUGE, "rate_dropout": 0.03}, "gain"),
        (longer, {**SMALL, "epochs": 6, "rates": {"plain": 0.1, "dropout": HUGE}, "looks": 24}, "later_by"),
        (probability, {**SMALL, "rates": {"0.3": 0.1, "0.5": HUGE}}, "tuned_gain"),
    ],
)
def test_a_net_that_diverges_leaves_its_trial_without_a_comparison(
    study: Any, settings: Mapping[str, Any], absent: str
) -> None:
    (run,) = study.run(settings, [10_000], 1)
    assert run.status == "ok"
    assert absent not in run.metrics
    assert any(value is not None for value in run.metrics.values())


def test_a_trial_of_which_nothing_is_left_has_diverged() -> None:
    (run,) = grid.run({**SMALL, "rate_plain": HUGE, "rate_dropout": HUGE}, [10_000], 1)
    assert run.status == "diverged"
    assert "gain" not in run.metrics
    (run,) = scaling.run({**SMALL, "rate": HUGE, "few": 1, "many": 2}, [10_000], 1)
    assert run.status == "diverged"
    assert not run.metrics
