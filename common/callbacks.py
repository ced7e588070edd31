"""Stopping and learning rates that follow a seed's own history, as Keras' callbacks of the same names do.

Keras' own act on a whole `fit`, so on all lanes at once; these are functions of one seed's history, to be given to
`Experiment.stop` and `Experiment.adjust`. An evaluation takes the place of an epoch.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from common.training import History

Mode = Literal["min", "max"]


def early_stopping(monitor: str, *, mode: Mode, patience: int, min_delta: float = 0.0) -> Callable[[History], bool]:
    """For `Experiment.stop`: ends a run when `monitor` has not improved in the last `patience` evaluations."""

    def stop(history: History) -> bool:
        best, wait = float("nan"), 0
        for value in history.get(monitor, ()):
            better = _improves(value, best, mode, min_delta)
            best, wait = (value, 0) if better else (best, wait + 1)
            if wait >= max(patience, 1):
                return True
        return False

    return stop


def reduce_lr_on_plateau(
    monitor: str,
    *,
    mode: Mode,
    factor: float,
    patience: int,
    min_delta: float = 1e-4,
    min_lr: float = 0.0,
    hyper: str = "learning_rate",
) -> Callable[[History, Mapping[str, float]], Mapping[str, float]]:
    """For `Experiment.adjust`: multiplies a rate by `factor` when `monitor` has stood still for `patience` evaluations.

    Args:
        hyper: the name of the rate in `Experiment.hyper`, which holds its first value.

    Raises:
        ValueError: `factor` is not between 0 and 1.
    """
    if not 0 < factor < 1:
        raise ValueError(f"factor {factor} is not between 0 and 1")

    def adjust(history: History, initial: Mapping[str, float]) -> Mapping[str, float]:
        rate, best, wait = initial[hyper], float("nan"), 0
        for value in history.get(monitor, ()):
            better = _improves(value, best, mode, min_delta)
            best, wait = (value, 0) if better else (best, wait + 1)
            if wait >= patience and rate > min_lr:
                rate, wait = max(rate * factor, min_lr), 0
        return {hyper: rate}

    return adjust


def _improves(value: float, best: float, mode: Mode, min_delta: float) -> bool:
    """Whether `value` beats `best` by more than `min_delta`; the first value beats nothing, written as nan."""
    if best != best:
        return value == value
    return value < best - min_delta if mode == "min" else value > best + min_delta
