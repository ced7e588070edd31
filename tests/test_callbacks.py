"""A callback that could never act is refused; what they decide is compared with Keras in `test_equality.py`."""

from typing import Any

import pytest

from common.callbacks import early_stopping, reduce_lr_on_plateau

STARTED = {"test_error": [1.0], "test_loss": [2.0]}
STOP: dict[str, Any] = {"mode": "min", "patience": 1}
FALL: dict[str, Any] = {**STOP, "factor": 0.5}


@pytest.mark.parametrize("history", [STARTED, {**STARTED, "train_loss": [1.0]}])
def test_a_monitor_that_is_no_metric_is_an_error_at_the_first_evaluation(history: dict[str, Any]) -> None:
    for call in (
        lambda: early_stopping("test_eror", **STOP)(history),
        lambda: reduce_lr_on_plateau("test_eror", **FALL)(history, {"learning_rate": 1.0}),
    ):
        with pytest.raises(ValueError, match=r"'test_eror'.*; there are test_error, test_loss, train_loss"):
            call()


def test_the_loss_of_training_is_waited_for() -> None:
    stop, fall = early_stopping("train_loss", **STOP), reduce_lr_on_plateau("train_loss", **FALL)
    assert not stop(STARTED)
    assert fall(STARTED, {"learning_rate": 1.0}) == {"learning_rate": 1.0}
    assert stop({**STARTED, "train_loss": [1.0, 1.0]})
    assert fall({**STARTED, "train_loss": [1.0, 1.0]}, {"learning_rate": 1.0}) == {"learning_rate": 0.5}


def test_a_rate_that_is_no_hyper_parameter_is_an_error() -> None:
    fall = reduce_lr_on_plateau("test_error", **FALL, hyper="lr")
    with pytest.raises(ValueError, match="no hyper-parameter is called 'lr'; there are learning_rate"):
        fall(STARTED, {"learning_rate": 1.0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "auto"}, "mode must be 'min' or 'max'; got 'auto'"),
        ({"patience": -1}, "patience must be at least 0; got -1"),
        ({"patience": 1.5}, "patience must be an int; got 1.5"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        early_stopping("test_error", **{**STOP, **changes})
    with pytest.raises(ValueError, match=message):
        reduce_lr_on_plateau("test_error", **{**FALL, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"factor": 1.0}, "factor 1.0 is not between"), ({"cooldown": -1}, "cooldown must be at least 0; got -1")],
)
def test_falls_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reduce_lr_on_plateau("test_error", **{**FALL, **changes})
