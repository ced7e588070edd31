"""Where the marks of a chart lie, in a picture 340 units wide; the templates draw them. No ML library.

A phone shows a unit as a pixel, so that what is written in a chart is never smaller than around it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suite.claims import SHARES
from suite.judging import RARE
from suite.page.words import plain

WIDTH, LEFT, RIGHT = 340, 12.0, 328.0
DOT, ROW = 3.2, 34.0  # radius of a seed, height of a row of seeds
MOST_TICKS = 6
WIDEST_LINEAR = 50.0  # positive numbers further apart than so many times lie on a logarithmic axis


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class Segment:
    """So many seeds that gave one answer."""

    answer: str
    n: int
    x: float
    width: float


@dataclass(frozen=True)
class Count:
    """The seeds by their answer, the interval for the share of yes, and the bar; the check holds on the tinted side."""

    segments: tuple[Segment, ...]
    bar: float
    holds: tuple[float, float]
    interval: tuple[float, float] | None
    share: float | None
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    answer: str
    title: str


@dataclass(frozen=True)
class Line:
    """A row of seeds, with the interval of its effect where there is one; `value` is where its estimate lies."""

    label: str
    y: float
    dots: tuple[Dot, ...]
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Strip:
    """Rows of seeds over one axis, `references` being what a seed is held against."""

    lines: tuple[Line, ...]
    references: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    label: str
    height: float


@dataclass(frozen=True)
class Path:
    points: str
    style: str
    title: str


@dataclass(frozen=True)
class Curves:
    """Learning curves over the steps of training; `names` tells each seed by its rank, `arms` each line's kind."""

    paths: tuple[Path, ...]
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]
    label: str
    names: tuple[tuple[str, str], ...]
    arms: tuple[str, ...]


def count(answers: Mapping[str, int], bar: str, low: float | None, high: float | None) -> Count:
    """The chart of a check that `answers` seeds gave so, with the ends of its interval in [0, 1]."""
    n, x, segments = sum(answers.values()), LEFT, []
    for answer in ("yes", "tie", "failed", "no"):
        if answers.get(answer):
            width = (RIGHT - LEFT) * answers[answer] / n
            segments.append(Segment(answer, answers[answer], round(x, 1), round(width, 1)))
            x += width
    at = SHARES.get(bar, RARE)  # type: ignore[call-overload]
    sides = {"rarely": (0.0, at), "never": (0.0, at), "some": (0.0, 1.0)}
    side = sides.get(bar, (at, 1.0))
    ends = (_share(low), _share(high)) if low is not None and high is not None else None
    share = _share(answers.get("yes", 0) / n) if n else None
    ticks = tuple(Tick(_share(place), f"{place:g}") for place in (0, 0.25, 0.5, 0.75, 1))
    return Count(tuple(segments), _share(at), (_share(side[0]), _share(side[1])), ends, share, ticks)


def _share(value: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * value, 1)


@dataclass(frozen=True)
class Scale:
    """A number's place on an axis from `low` to `high`."""

    low: float
    high: float
    log: bool = False
    start: float = LEFT
    end: float = RIGHT

    def at(self, value: float) -> float:
        low, high, value = map(math.log, (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        place = min(max((value - low) / (high - low), 0.0), 1.0)
        return round(self.start + (self.end - self.start) * place, 1)

    def ticks(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.at(value), plain(value)) for value in self._round_numbers())

    def _round_numbers(self) -> list[float]:
        if self.log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            powers = [10.0**power for power in range(first, last + 1, max(1, (last - first) // (MOST_TICKS - 1)))]
            if len(powers) >= 2:
                return powers
        rough = (self.high - self.low) / (MOST_TICKS - 1)
        unit = 10 ** math.floor(math.log10(rough))
        step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
        first = math.ceil(self.low / step - 1e-9)
        return [round(place * step, 12) for place in range(first, math.floor(self.high / step + 1e-9) + 1)]


def scale(values: Sequence[float], start: float = LEFT, end: float = RIGHT, *, level: bool) -> Scale:
    """An axis that holds the values with room beside them; levels that lie far apart are logarithmic."""
    low, high = min(values), max(values)
    if level and low > 0 and high / low > WIDEST_LINEAR:
        return Scale(low / 1.3, high * 1.3, True, start, end)
    room = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return Scale(low - room, high + room, False, start, end)


def swarm(
    numbers: Sequence[tuple[float, str, str]], on: Scale, label: str, top: float, ends: Sequence[float | None] = ()
) -> Line:
    """A row of (number, answer, title): seeds that would cover each other lie above each other."""
    columns: dict[int, list[tuple[float, str, str]]] = {}
    for value, answer, title in numbers:
        x = on.at(value)
        columns.setdefault(round(x / (2 * DOT)), []).append((x, answer, title))
    tallest = max(map(len, columns.values()), default=1)
    step = min(2 * DOT, (ROW - 2 * DOT) / max(tallest - 1, 1))
    foot = top + ROW - DOT
    dots = [
        Dot(x, round(foot - step * place, 1), answer, title)
        for column in columns.values()
        for place, (x, answer, title) in enumerate(column)
    ]
    if not ends or (estimate := ends[0]) is None:
        return Line(label, top, tuple(dots))
    _, low, high = ends  # an end that the data do not bound is null, and drawn at the axis' own
    left, right = (on.start if low is None else on.at(low)), (on.end if high is None else on.at(high))
    return Line(label, top, tuple(dots), on.at(estimate), left, right)


def path(points: Sequence[tuple[float, float]], xs: Scale, ys: Scale, style: str, title: str) -> Path:
    return Path(" ".join(f"{xs.at(x):g},{ys.at(y):g}" for x, y in points), style, title)
