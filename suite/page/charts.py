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
DOT = 3.2  # radius of a seed
SHORTEST, TALLEST = 34.0, 80.0  # height of a row of seeds
SEEN = 0.5  # how far a line may be off
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
    """The seeds by their answer, the interval for the share of yes, and the bar; the check holds on the tinted side.

    What lies behind the seeds depends on `word`, the bar's name, alone.
    """

    word: str
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
    """A row of seeds, with the interval of its effect where there is one; `value` is where its estimate lies.

    `y` is its top and `height` what its seeds take; the interval lies below.
    """

    label: str
    y: float
    height: float
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
    return Count(bar, tuple(segments), _share(at), (_share(side[0]), _share(side[1])), ends, share, ticks)


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
    """A row of (number, answer, title), each where its number is; seeds that would cover each other lie in a pile.

    The row grows with the highest pile; beyond `TALLEST` the piles are pressed together.
    """
    xs = [on.at(value) for value, _, _ in numbers]
    last: list[float] = []  # where the last seed of each level lies
    levels = dict.fromkeys(range(len(xs)), 0)
    for place in sorted(levels, key=xs.__getitem__):
        levels[place] = next((level for level, end in enumerate(last) if xs[place] - end >= 2 * DOT), len(last))
        last[levels[place] : levels[place] + 1] = [xs[place]]
    height = min(max(2 * DOT * len(last), SHORTEST), TALLEST)
    step = min(2 * DOT, (height - 2 * DOT) / max(len(last) - 1, 1))
    foot = top + height - DOT
    dots = [
        Dot(xs[place], round(foot - step * levels[place], 1), answer, title)
        for place, (_, answer, title) in enumerate(numbers)
    ]
    if not ends or (estimate := ends[0]) is None:
        return Line(label, top, height, tuple(dots))
    _, low, high = ends  # an end that the data do not bound is null, and drawn at the axis' own
    left, right = (on.start if low is None else on.at(low)), (on.end if high is None else on.at(high))
    return Line(label, top, height, tuple(dots), on.at(estimate), left, right)


def path(points: Sequence[tuple[float, float]], xs: Scale, ys: Scale, style: str, title: str) -> Path:
    """A line through the points, less those that nobody would miss."""
    return Path(" ".join(f"{x:g},{y:g}" for x, y in _thinned([(xs.at(x), ys.at(y)) for x, y in points])), style, title)


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those points without which the line would run elsewhere by `SEEN` or more (Ramer, Douglas and Peucker)."""
    (left, low), (right, high) = points[0], points[-1]
    length = math.hypot(right - left, high - low) or 1.0
    off = [abs((right - left) * (low - y) - (left - x) * (high - low)) / length for x, y in points]
    farthest = max(range(len(points)), key=off.__getitem__)
    if off[farthest] < SEEN:
        return [points[0], points[-1]]
    return _thinned(points[: farthest + 1])[:-1] + _thinned(points[farthest:])
