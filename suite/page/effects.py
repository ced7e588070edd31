"""How large the effect of a check is, seed by seed. No ML library."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from suite.claims import Check
from suite.effects import between
from suite.page import charts
from suite.page.record import Record, metric
from suite.page.words import plain
from suite.questions import Both, Chance, Compares, Either, Passes, Question, Row, Trends, Within

Numbers = list[tuple[str, list[tuple[float, str, str]], Sequence[float | None]]]
"""Rows of a strip: a label, (number, answer, title) of each seed, and estimate and ends of an interval."""

MOST_PARTS, MOST_ROWS = 3, 8
SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}


def strips(record: Record, check: Check, said: Mapping[str, Any]) -> list[charts.Strip]:
    """The seeds by which a check was judged, on the axis of what it asks; nothing for what is computed or not run."""
    rows = record.rows(check, said.get("n", 0))
    if check.bar == "exact" or not rows:
        return []
    sizes = {effect["name"]: effect for effect in said["effects"]}
    parts = check.asks.parts[:MOST_PARTS] if isinstance(check.asks, Both | Either) else (check.asks,)
    return [strip for part in parts if (strip := _strip(record, check.study, part, rows, sizes))]


def _strip(
    record: Record, study: str, asks: Question, rows: Sequence[Row], sizes: Mapping[str, Mapping[str, Any]]
) -> charts.Strip | None:
    what, unit = metric(record.name, study, asks.reads()[0][1])
    said = f"{what}, {unit}" if unit else what
    if isinstance(asks, Passes | Chance):
        numbers = _numbers(asks, rows, lambda row: row[asks.arm].number(asks.metric))
        bound = asks.bound if isinstance(asks, Passes) else (1 - asks.constant) * 100 if asks.percent else asks.constant
        interval = _ends(sizes.get(f"median {asks.metric}"))
        sign = SIGNS[asks.relation] if isinstance(asks, Passes) else "best constant answer"
        return _drawn([(asks.arm, numbers, interval)], {bound: f"{sign} {plain(bound)}"}, said, level=True)
    if isinstance(asks, Compares) and asks.budget < math.inf:
        sides: Numbers = []
        for arm, name in (asks.arm, asks.metric), (asks.than, asks.than_metric or asks.metric):
            numbers = _numbers(asks, rows, lambda row, arm=arm, name=name: row[arm].number(name))
            sides.append((arm, numbers, _ends(sizes.get(f"median {asks.metric} of {arm}"))))
        cut = any(value >= asks.budget for _, numbers, _ in sides for value, _, _ in numbers)
        return _drawn(sides, {asks.budget: f"cut off at {plain(asks.budget)}"} if cut else {}, said, level=True)
    if isinstance(asks, Compares):
        return _compared(asks, rows, sizes, said)
    if isinstance(asks, Trends):
        arms: Numbers = [
            (arm, _numbers(asks, rows, lambda row, arm=arm: row[arm].number(asks.metric)), ())
            for arm in asks.arms[:MOST_ROWS]
        ]
        return _drawn(arms, {}, said, level=True)
    if isinstance(asks, Within):
        numbers = _numbers(asks, rows, lambda row: _apart(row, asks.arm, asks.of, asks.metric))
        if isinstance(asks.yardstick, float | int):
            marks = {asks.yardstick: f"< {plain(asks.yardstick)}"}
            return _drawn([(f"{asks.arm} and {asks.of}", numbers, ())], marks, f"apart: {said}", level=False)
        one, two = asks.yardstick
        others = _numbers(asks, rows, lambda row: _apart(row, one, two, asks.metric))
        pairs: Numbers = [(f"{asks.arm} and {asks.of}", numbers, ()), (f"{one} and {two}", others, ())]
        return _drawn(pairs, {0.0: "0"}, f"apart: {said}", level=False)
    return None


def _compared(
    asks: Compares, rows: Sequence[Row], sizes: Mapping[str, Mapping[str, Any]], said: str
) -> charts.Strip | None:
    """Paired differences against none, or, where a factor is asked for, ratios against it."""

    def pair(row: Row) -> tuple[float, float] | None:
        value, other = row[asks.arm].number(asks.metric), row[asks.than].number(asks.than_metric or asks.metric)
        return None if value is None or other is None else (value, other)

    pairs = [both for row in rows if (both := pair(row))]
    if asks.times == 1 or not all(value > 0 and other > 0 for value, other in pairs):
        numbers = _numbers(asks, rows, lambda row: (both := pair(row)) and both[0] - asks.times * both[1])
        interval = _ends(sizes.get(f"median difference{between(asks, 'minus')}")) if asks.times == 1 else ()
        sign = "minus" if asks.times == 1 else f"minus {asks.times:g} times"
        told = f"difference{between(asks, sign)}: {said}"
        return _drawn([("", numbers, interval)], {0.0: "no difference"}, told, level=False)
    numbers = _numbers(asks, rows, lambda row: (both := pair(row)) and both[0] / both[1])
    marks = {asks.times: f"{asks.relation} {asks.times:g} times"}
    ratio = f"ratio{between(asks, 'over')}"
    return _drawn([("", numbers, _ends(sizes.get(ratio)))], marks, f"{ratio}: {said}", level=True)


def _apart(row: Row, one: str, two: str, name: str) -> float | None:
    first, second = row[one].number(name), row[two].number(name)
    return None if first is None or second is None else abs(first - second)


def _numbers(asks: Question, rows: Sequence[Row], number: Any) -> list[tuple[float, str, str]]:
    found: list[tuple[float, str, str]] = []
    for row in rows:
        value, answer = number(row), asks.answer(row)
        if value is not None:
            seed = next(iter(row.values())).seed
            found.append((value, answer, f"seed {seed}: {plain(value)}, {answer}"))
    return found


def _ends(effect: Mapping[str, Any] | None) -> tuple[float | None, ...]:
    return (effect["value"], effect["low"], effect["high"]) if effect else ()


def _drawn(lines: Numbers, marks: Mapping[float, str], label: str, *, level: bool) -> charts.Strip | None:
    values = [value for _, numbers, _ in lines for value, _, _ in numbers]
    values += [end for _, _, ends in lines for end in ends if end is not None and math.isfinite(end)]
    if not values:
        return None
    on = charts.scale([*values, *marks], level=level)
    height, drawn = 18.0, []
    for name, numbers, ends in lines:
        height += 14 if len(lines) > 1 else 0  # room for the name of the row
        drawn.append(charts.swarm(numbers, on, name if len(lines) > 1 else "", height, ends))
        height += drawn[-1].height + 18
    references = tuple(charts.Tick(on.at(value), text) for value, text in marks.items())
    return charts.Strip(tuple(drawn), references, on.ticks(), label, height)
