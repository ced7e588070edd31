"""Stopping and learning rates that follow a seed's own history, as Keras' callbacks of the same names do.

Keras' own act on a whole `fit`, so on all lanes at once; these are functions of one seed's history, to be given to
`Experiment.stop` and `Experiment.adjust`. An evaluation takes the place of an epoch, and the first one comes before
training. All else is as in Keras 3.15, in single precision too: the first value is the best so far, even if it is not
a number, and then nothing improves on it. Only a `monitor` that is not there is an error here, and a warning there.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from common.engine import checking
from common.training import History

Mode = Literal["min", "max"]


def early_stopping(monitor: str, *, mode: Mode, patience: int, min_delta: float = 0.0) -> Callable[[History], bool]:
    """For `Experiment.stop`: ends a run when `monitor` has not improved in the last `patience` evaluations.

    Raises:
        ValueError: `mode` or `patience` cannot be meant; later, no metric is called `monitor`.
    """
    _check(mode, patience=patience)

    def stop(history: History) -> bool:
        best, wait = None, 0
        for value in _monitored(history, monitor):
            if _improves(value, best, mode, min_delta):
                best, wait = value, 0
                continue
            wait += 1
            if wait >= patience:
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
    cooldown: int = 0,
    min_lr: float = 0.0,
    hyper: str = "learning_rate",
) -> Callable[[History, Mapping[str, float]], Mapping[str, float]]:
    """For `Experiment.adjust`: multiplies a rate by `factor` when `monitor` has stood still for `patience` evaluations.

    Args:
        cooldown: evaluations after a reduction in which none is counted as standing still.
        hyper: the name of the rate in `Experiment.hyper`, which holds its first value.

    Raises:
        ValueError: `factor` is not between 0 and 1, or another argument cannot be meant; later, no metric is called
            `monitor`, or no hyper-parameter `hyper`.
    """
    if not 0 < factor < 1:
        raise ValueError(f"factor {factor} is not between 0 and 1")
    _check(mode, patience=patience, cooldown=cooldown)

    def adjust(history: History, initial: Mapping[str, float]) -> Mapping[str, float]:
        if hyper not in initial:
            raise ValueError(f"no hyper-parameter is called {hyper!r}; there are {', '.join(initial) or 'none'}")
        rate, best, wait, rest = initial[hyper], None, 0, 0
        for value in _monitored(history, monitor):
            if rest > 0:
                rest, wait = rest - 1, 0
            if _improves(value, best, mode, min_delta):
                best, wait = value, 0
            elif rest == 0:
                wait += 1
                if wait >= patience and np.float32(rate) > np.float32(min_lr):
                    rate, wait, rest = max(float(np.float32(rate)) * factor, min_lr), 0, cooldown
        return {hyper: rate}

    return adjust


def _check(mode: str, **counts: int) -> None:
    if mode not in ("min", "max"):
        raise ValueError(f"mode must be 'min' or 'max'; got {mode!r}")
    checking.whole(0, **counts)


def _monitored(history: History, monitor: str) -> list[float]:
    """The values of a metric so far; that of training has none before the first step."""
    if monitor not in history and monitor != checking.TRAIN_LOSS:
        known = ", ".join(sorted({*history, checking.TRAIN_LOSS}))
        raise ValueError(f"no metric is called {monitor!r}, which a callback is to monitor; there are {known}")
    return list(history.get(monitor, ()))


def _improves(value: float, best: float | None, mode: Mode, min_delta: float) -> bool:
    """Whether `value` beats `best` by more than `min_delta`; the first value beats nothing, and does."""
    if best is None:
        return True
    if mode == "min":
        return bool(np.float32(value + abs(min_delta)) < np.float32(best))
    return bool(np.float32(value - abs(min_delta)) > np.float32(best))
