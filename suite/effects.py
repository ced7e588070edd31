"""How large the effect is: printed beside a check, never deciding it, and not adjusted for stopping. No Keras."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common import statistics
from suite.claims import Check
from suite.judging import Evidence, complete_rows
from suite.questions import Chance, Compares, Passes, Row, Trends


@dataclass(frozen=True)
class Effect:
    """A statistic over n seeds with its 99 % interval; ends that the data do not bound are infinite."""

    name: str
    value: float
    low: float
    high: float
    n: int


def effects(check: Check, evidence: Evidence) -> tuple[Effect, ...]:
    """What the seeds on record show of a check's effect; empty where it has none, as of a question in several parts."""
    rows, asks = list(complete_rows(check, evidence)), check.asks
    if not rows or check.bar == "exact":
        return ()
    if isinstance(asks, Compares):
        return _times(asks, rows) if asks.budget < math.inf else _differences(asks, rows)
    if isinstance(asks, Passes | Chance):
        values = [value for row in rows if (value := row[asks.arm].number(asks.metric)) is not None]
        return (_named(f"median {asks.metric}", statistics.median(values)),) if values else ()
    if isinstance(asks, Trends):
        table = [[row[arm].number(asks.metric) for arm in asks.arms] for row in rows]
        levels = list(range(len(asks.arms)))
        whole = [[value for value in line if value is not None] for line in table]
        seeds = [statistics.rank_correlation(levels, line) for line in whole if len(line) == len(levels)]
        return (_named("median rank correlation", statistics.median(seeds)),) if seeds else ()
    return ()


def trifling(check: Check, evidence: Evidence) -> bool:
    """Whether the median paired difference is smaller than the median difference between two seeds of the baseline."""
    if not isinstance(check.asks, Compares):
        return False
    pairs = _pairs(check.asks, list(complete_rows(check, evidence)))
    if len(pairs) < 2:
        return False
    baseline = np.array([other for _, other in pairs])
    first, second = np.triu_indices(len(baseline), 1)
    ordinary = float(np.median(np.abs(baseline[first] - baseline[second])))
    return abs(float(np.median([value - other for value, other in pairs]))) < ordinary


def _pairs(asks: Compares, rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(treated, baseline) of the seeds that have both."""
    metric = asks.than_metric or asks.metric
    pairs = ((row[asks.arm].number(asks.metric), row[asks.than].number(metric)) for row in rows)
    return [(value, other) for value, other in pairs if value is not None and other is not None]


def _differences(asks: Compares, rows: Sequence[Row]) -> tuple[Effect, ...]:
    pairs = _pairs(asks, rows)
    if not pairs:
        return ()
    differences = [value - other for value, other in pairs]
    found = [
        _named(f"median difference{between(asks, 'minus')}", statistics.median(differences)),
        _named(f"mean difference{between(asks, 'minus')}", statistics.mean(differences)),
    ]
    if all(value > 0 and other > 0 for value, other in pairs):
        ratios = statistics.ratio([value / other for value, other in pairs])
        found.append(_named(f"ratio{between(asks, 'over')}", ratios))
    return tuple(found)


def between(asks: Compares, sign: str) -> str:
    """What a difference or ratio is of, the side that is taken first named first: its sign means nothing otherwise."""
    other = asks.than_metric or asks.metric
    if other == asks.metric:
        return f" of {asks.metric}, {asks.arm} {sign} {asks.than}"
    if asks.arm == asks.than:
        return f", {asks.metric} {sign} {other}"
    return f", {asks.metric} of {asks.arm} {sign} {other} of {asks.than}"


def _times(asks: Compares, rows: Sequence[Row]) -> tuple[Effect, ...]:
    """Kaplan-Meier medians of both arms, as times were cut off; none where a seed took no time at all."""
    pairs, found = _pairs(asks, rows), []
    if any(time <= 0 for pair in pairs for time in pair):
        return ()
    for side, column in zip((asks.arm, asks.than), zip(*pairs, strict=True), strict=False):
        solved = [time < asks.budget for time in column]
        found.append(_named(f"median {asks.metric} of {side}", statistics.survival_median(column, solved)))
    return tuple(found)


def _named(name: str, interval: statistics.Interval) -> Effect:
    return Effect(name, interval.estimate, interval.low, interval.high, interval.n)
