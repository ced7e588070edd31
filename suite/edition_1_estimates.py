"""What a check compares: a statistic over seeds and arms, its interval, and how many seeds would decide. No Keras."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from common import statistics
from suite.edition_1_claims import Check, Finding


def estimate(check: Check, columns: Sequence[Sequence[float | None]]) -> tuple[float, float, float]:
    """The statistic of a check and the ends of its interval; each arm is a column of one metric a seed.

    A failed seed, None, stays in the denominator and counts against the check.
    """
    level, n, falling = check.level, len(columns[0]), check.relation == "<="
    if check.statistic in ("proportion", "difference_of_proportions"):
        # A failed seed counts as what the check does not claim: of the control, that is a success.
        counts = [
            sum(_succeeds(check, value, if_failed=falling != bool(arm)) for value in column)
            for arm, column in enumerate(columns)
        ]
        if check.statistic == "proportion":
            (successes,) = counts
            interval = statistics.proportion(successes, n, level=level)
        else:
            treated, control = counts
            interval = statistics.difference_of_proportions(treated, n, control, n, level=level)
        return interval.estimate, interval.low, interval.high
    if check.statistic == "cells":
        return _share_of_cells(check, columns)
    rows = [[value for value in row if value is not None] for row in zip(*columns, strict=True)]
    whole = [len(row) == len(columns) for row in rows]
    if check.statistic == "trend":  # a failed seed counts as one whose metric goes the other way
        opposite = sorted(map(float, range(len(columns))), reverse=not falling)
        return _trend_interval(check, [row if ok else opposite for row, ok in zip(rows, whole, strict=True)])
    against = math.inf if falling else -math.inf
    numbers = [_seed_value(check, row) for row, ok in zip(rows, whole, strict=True) if ok]
    values = [*numbers, *[against] * (n - len(numbers))]
    if check.statistic == "exact":
        return max(values) if falling else min(values), min(values), max(values)
    if check.statistic in ("median", "rank_correlation"):
        interval = statistics.median(values, level=level)
        if check.censored_at is None:
            return interval.estimate, interval.low, interval.high
        late = _cut_off(check, [row for row, ok in zip(rows, whole, strict=True) if ok])
        # Of a seed whose control was cut off only the most is known, of one whose treatment was, only the least.
        least = [-math.inf if control else value for value, (_, control) in zip(numbers, late, strict=True)]
        most = [math.inf if treatment else value for value, (treatment, _) in zip(numbers, late, strict=True)]
        failed = values[len(numbers) :]
        low = statistics.median([*least, *failed], level=level).low
        return interval.estimate, low, statistics.median([*most, *failed], level=level).high
    interval = (statistics.ratio if check.statistic == "ratio" else statistics.mean)(numbers, level=level)
    low, high = _known(check, columns, interval.low, interval.high) if numbers else (against, against)
    if len(numbers) == n:
        return interval.estimate, low, high
    # A failed seed takes the mean beyond all bounds, so the check cannot hold; the others may still show that it fails.
    return (against, low, against) if falling else (against, against, high)


def _known(check: Check, columns: Sequence[Sequence[float | None]], low: float, high: float) -> tuple[float, float]:
    """The ends of an interval that are known although times were cut off by the budget.

    The true times are longer: of the treatment they leave a ratio without an upper end, of the control without a lower.
    """
    if check.censored_at is None:
        return low, high
    pairs = _cut_off(
        check, [[-math.inf if value is None else value for value in row] for row in zip(*columns, strict=True)]
    )
    late = [any(column) for column in zip(*pairs, strict=True)]
    return 0.0 if late[1] else low, math.inf if late[0] else high


def _cut_off(check: Check, rows: Sequence[Sequence[float]]) -> list[tuple[bool, bool]]:
    """Whether the budget cut off the treatment, and the control, of each seed.

    Raises:
        ValueError: what is censored does not compare two arms by a ratio or a median.
    """
    if check.censored_at is None or check.statistic not in ("ratio", "median") or any(len(row) != 2 for row in rows):
        raise ValueError(f"check {check.id}: `censored_at` is for a ratio or a median of two arms")
    return [(treatment >= check.censored_at, control >= check.censored_at) for treatment, control in rows]


def _succeeds(check: Check, value: float | None, *, if_failed: bool) -> bool:
    """Whether a seed counts as a success."""
    if check.success is None:
        raise ValueError(f"check {check.id}: a proportion needs `success`")
    relation, bound = check.success
    if value is None:
        return if_failed
    return value >= bound if relation == ">=" else value <= bound


def _seed_value(check: Check, numbers: Sequence[float]) -> float:
    """One seed's number: its metric, a difference or quotient of two arms, or a fit over the levels."""
    if check.statistic == "slope":
        return statistics.slope(check.levels, numbers)
    if check.statistic == "rank_correlation":
        return statistics.rank_correlation(check.levels, numbers)
    if len(numbers) == 1:
        return numbers[0]
    treatment, control = numbers
    if check.statistic == "ratio":
        return treatment / control if control else math.inf  # has no logarithm: leaves the check undecided
    return treatment - control


def _trend_interval(check: Check, rows: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Page's test as an interval on a signed scale: +1 when the metric rises over the arms, -1 when it falls.

    A trend is a one-sided decision at 0.5 %, not an estimate; undecided is the whole of [-1, 1].
    """
    table = np.array(rows, float)
    rising, falling = statistics.page_trend_p(table), statistics.page_trend_p(table[:, ::-1])
    tail = (1 - check.level) / 2
    sign = 1.0 if rising < tail else -1.0 if falling < tail else 0.0
    return (sign, sign, sign) if sign else (0.0, -1.0, 1.0)


def _share_of_cells(check: Check, columns: Sequence[Sequence[float | None]]) -> tuple[float, float, float]:
    """The share of cells whose mean lies on the side of `success`, by estimate; its ends count those that are decided.

    A cell with a failed seed cannot be decided in the direction that the check claims.
    """
    if check.success is None or (check.levels and len(check.levels) != len(columns)):
        raise ValueError(f"check {check.id}: cells need `success`, and a level each where there are any")
    relation, bound = check.success
    side = 1.0 if relation == ">=" else -1.0
    against = math.inf if check.relation == "<=" else -math.inf
    share, least, most = 0, 0, len(columns)
    for factor, column in zip(check.levels or (1.0,) * len(columns), columns, strict=True):
        margins = [side * (factor * value - bound) for value in column if value is not None]
        interval = statistics.mean(margins, level=check.level)
        value, low, high = interval.estimate, interval.low, interval.high
        if len(margins) < len(column):
            value, low, high = against, min(low, against), max(high, against)
        if not margins:
            low = high = against
        share += value > 0
        least += low > 0
        most -= high < 0
    return share / len(columns), least / len(columns), most / len(columns)


def more_seeds(findings: Sequence[Finding]) -> str:
    """About how many seeds would decide the checks that are still open."""
    needs, most = [], statistics.MOST_SEEDS
    for finding in (f for f in findings if f.outcome == "undecided"):
        n, cells = _seeds_to_decide(finding), len(finding.check.arms)
        said = f"about {n} seeds would decide it" if n < most else f"open even at {most} seeds"
        if finding.check.statistic == "cells":  # each of which waits for seeds of its own
            said = f"{round((finding.high - finding.low) * cells)} of {cells} cells are open"
        if finding.check.censored_at is not None and (finding.low in (0, -math.inf) or finding.high == math.inf):
            said = "runs that the budget cut off leave it open"
        needs.append(f"{finding.check.id}: {said}")
    return "; ".join(needs)


def _seeds_to_decide(finding: Finding) -> int:
    check, value = finding.check, finding.value
    if check.statistic == "proportion":
        sign = -1.0 if check.relation == "<=" else 1.0
        met = sign * value >= sign * check.threshold
        bound = check.threshold - sign * check.slack if met else check.threshold
        level = replace(check, looks=2).level  # that of an extension
        return statistics.seeds_to_decide_proportion(round(value * check.seeds), check.seeds, bound, level=level)
    ends, threshold = (value, finding.low, finding.high), check.threshold
    if check.statistic == "ratio" and min(*ends, threshold) > 0:
        ends, threshold = (math.log(value), math.log(finding.low), math.log(finding.high)), math.log(threshold)
    return statistics.seeds_to_decide_interval(statistics.Interval(*ends, check.seeds), threshold)
