"""What one trained seed leaves behind, as figures and analyses read it, and the number that dates it. No Keras."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

NUMERICS = 3
"""Raised when the numbers of a trial may change, by the engine or by whatever else studies import from `common`, whose
code is in no key. It is part of every key itself, so older trials become stale."""

Status = Literal["ok", "diverged", "killed", "timeout", "memory", "error"]

STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Trial(BaseModel):
    """One seed of one arm of one study.

    `metrics` are finite numbers or null; a metric that came out infinite or not a number is null. `curves` map a
    metric to (step, value) points. `steps` is the number of optimiser steps taken, `stopped` whether the study's
    stopping rule ended the run before its budget (a run that is neither stopped nor failed is censored by the
    budget). `seconds` is the time for which its worker's core worked since its last report; on an accelerator, and in
    older records, the time that passed. Of seeds trained side by side the first holds the time of all and the others
    next to none, so only sums over an arm mean something.
    """

    model_config = STRICT | ConfigDict(defer_build=True)  # commands that only read verdicts need none

    study: str
    arm: str
    seed: int = Field(ge=0)
    tier: Literal["quick", "full", "gpu", "pilot"]
    key: str
    status: Status = "ok"
    reason: str = ""
    steps: int = Field(default=0, ge=0)
    stopped: bool = False
    seconds: float = Field(default=0.0, ge=0)
    lanes: int = Field(default=1, ge=1)
    backend: str
    dataset: str
    data_sha256: str
    metrics: dict[str, float | None]
    curves: dict[str, list[tuple[int, float | None]]] = Field(default_factory=dict)

    @field_validator("metrics", mode="before")
    @classmethod
    def _finite_or_null(cls, metrics: Mapping[str, float | None]) -> dict[str, float | None]:
        return {name: finite_or_none(value) for name, value in metrics.items()}

    @field_validator("curves", mode="before")
    @classmethod
    def _finite_points(cls, curves: Mapping[str, Iterable[tuple[int, float | None]]]) -> dict[str, Any]:
        return {name: [(step, finite_or_none(value)) for step, value in points] for name, points in curves.items()}


def metric_values(trials: Iterable[Trial], study: str, arm: str, metric: str) -> list[float]:
    """A metric over the seeds of an arm that have it, as a diverged one has not."""
    values = (trial.metrics.get(metric) for trial in trials if (trial.study, trial.arm) == (study, arm))
    return [value for value in values if value is not None]


def or_worst(trial: Trial, metric: str) -> float:
    """A metric as rank tests take it: infinite where the seed came to no number."""
    value = trial.metrics.get(metric)
    return math.inf if value is None else value


def finite_or_none(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
