"""Pictures as tables: what each shows of a record is data, so that a test can hold it against the claims. No Keras."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal, Protocol

from common import figures
from common.trials import Trial

Key = tuple[str, str, str]
"""Study, arm, and the name of a metric or of a curve."""
MOST_TOLD = 12  # columns that are named one by one to who cannot see them
Curves = Mapping[Key, Mapping[int, Sequence[tuple[float, float]]]]
"""Of the first seeds: a seed to its points."""


@dataclass(frozen=True)
class Gap:
    """The first number less the second, of the same seed."""

    first: Key
    second: Key


Cell = Key | Gap


@dataclass(frozen=True)
class Record:
    """What there is to draw; a seed that failed is known and has no numbers."""

    metrics: Mapping[tuple[str, str], Mapping[int, Mapping[str, float | None]]]
    curves: Curves

    @classmethod
    def of(cls, trials: Iterable[Trial], curves: Curves) -> "Record":
        found: dict[tuple[str, str], dict[int, Mapping[str, float | None]]] = defaultdict(dict)
        for t in trials:
            found[t.study, t.arm][t.seed] = t.metrics if t.status == "ok" else {}
        return cls(found, curves)

    def numbers(self, cell: Cell) -> dict[int, float]:
        """Seed to number, of the seeds that have it."""
        if isinstance(cell, Gap):
            first, second = self.numbers(cell.first), self.numbers(cell.second)
            return {seed: value - second[seed] for seed, value in first.items() if seed in second}
        study, arm, metric = cell
        seeds = self.metrics.get((study, arm), {}).items()
        return {seed: value for seed, metrics in sorted(seeds) if (value := metrics.get(metric)) is not None}


class Panel(Protocol):
    """One plot. `cells` are the metrics that it draws, `traces` the curves."""

    def cells(self) -> Iterator[Cell]: ...

    def traces(self) -> Iterator[Key]: ...

    def known(self, record: Record) -> bool:
        """Whether the record has anything for it."""
        ...

    def draw(self, axes: Any, record: Record, gid: str) -> None: ...

    def words(self, record: Record) -> str:
        """What the marks show, in words."""
        ...


@dataclass(frozen=True)
class Points:
    """Every seed as a point, in named columns, of one or several series beside each other.

    Attributes:
        title, y, x: what the panel shows, and its axes with their units.
        series: name of a series to name of a column to what stands there. A single series needs no name.
        bars: name to height of the bars of checks, of chance, or of a budget.
        joined: whether a line joins the points that a seed has over the columns, or over the series of a column.
        answers: the numbers are 1 for yes and 0 for no, and are counted.
    """

    title: str
    y: str
    series: Mapping[str, Mapping[str, Cell]]
    x: str = ""
    bars: Mapping[str, float] = field(default_factory=dict)
    joined: Literal["", "columns", "series"] = ""
    scale: figures.Scale = "linear"
    answers: bool = False

    def cells(self) -> Iterator[Cell]:
        for columns in self.series.values():
            yield from columns.values()

    def traces(self) -> Iterator[Key]:
        yield from ()

    def known(self, record: Record) -> bool:
        return any(record.numbers(cell) for cell in self.cells())

    def _found(self, record: Record) -> dict[str, dict[str, dict[int, float]]]:
        """Series to column to seed to number, without what is empty."""
        found = {
            name: {column: seeds for column, cell in columns.items() if (seeds := record.numbers(cell))}
            for name, columns in self.series.items()
        }
        return {name: columns for name, columns in found.items() if columns}

    def draw(self, axes: Any, record: Record, gid: str) -> None:
        found = self._found(record)
        declared = dict.fromkeys(column for columns in self.series.values() for column in columns)
        names = [column for column in declared if any(column in columns for columns in found.values())]
        room = 0.8 / len(found)
        spread = min(0.3, 0.7 * room)
        styles = {name: style for style, name in enumerate(self.series)}
        points: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
        yes: dict[float, tuple[int, int]] = {}
        for number, (name, columns) in enumerate(found.items()):
            for column, seeds in columns.items():
                place = names.index(column) + room * (number - (len(found) - 1) / 2)
                first = name if column == next(iter(columns)) else ""
                yes[place] = sum(value == 1 for value in seeds.values()), len(seeds)
                figures.seeds(axes, place, seeds, styles[name], spread, first, f"{gid}-{number}-{names.index(column)}")
                for seed, value in seeds.items():
                    points[name if self.joined == "columns" else column, seed].append(
                        (place + figures.beside(seed, spread), value)
                    )
        if self.joined:
            figures.pairs(axes, list(points.values()))
        for style, (name, height) in enumerate(self.bars.items()):
            figures.rule(axes, height, name, style)
        if self.answers:
            figures.yes_or_no(axes, yes)
        values = [value for columns in found.values() for seeds in columns.values() for value in seeds.values()]
        figures.scaled(axes.yaxis, self.scale, [*values, *self.bars.values()])
        figures.ticks(axes, names)
        figures.label(axes, self.title, self.x, self.y)

    def words(self, record: Record) -> str:
        cells = {
            " ".join((name, *column.split())).strip(): (median(seeds.values()), len(seeds))
            for name, columns in self._found(record).items()
            for column, seeds in columns.items()
        }
        told = ", ".join(f"{name} {middle:.4g} ({n})" for name, (middle, n) in cells.items())
        if len(cells) > MOST_TOLD:
            least, most = min(cells, key=lambda name: cells[name][0]), max(cells, key=lambda name: cells[name][0])
            told = f"from {cells[least][0]:.4g} ({least}) to {cells[most][0]:.4g} ({most}), of {len(cells)} columns"
        bars = "".join(f"; {name}: {height:g}" for name, height in self.bars.items())
        return f"{self.title}, {self.y}, medians and numbers of seeds: {told}{bars}."


@dataclass(frozen=True)
class Lines:
    """A line a seed, of the curves on record, which are those of the first seeds.

    Attributes:
        curves: name of a line to the curve that it follows.
        against: name of a line to the curve whose values at the same steps are its x; the steps are, where it is not
            named.
        times: what steps are multiplied by.
        ticks: place on the x axis to its name.
        skipped: points at the start that are left out.
    """

    title: str
    x: str
    y: str
    curves: Mapping[str, Key]
    against: Mapping[str, Key] = field(default_factory=dict)
    bars: Mapping[str, float] = field(default_factory=dict)
    times: float = 1.0
    ticks: Mapping[float, str] = field(default_factory=dict)
    scales: tuple[figures.Scale, figures.Scale] = ("linear", "linear")
    skipped: int = 0

    def cells(self) -> Iterator[Cell]:
        yield from ()

    def traces(self) -> Iterator[Key]:
        yield from (*self.curves.values(), *self.against.values())

    def known(self, record: Record) -> bool:
        return any(self._found(record).values())

    def _found(self, record: Record) -> dict[str, dict[int, list[tuple[float, float]]]]:
        found = {}
        for name, key in self.curves.items():
            seeds = {seed: list(line)[self.skipped :] for seed, line in record.curves.get(key, {}).items()}
            if name in self.against:
                others = {s: dict(line) for s, line in record.curves.get(self.against[name], {}).items()}
                seeds = {
                    s: [(others[s][x], y) for x, y in line if x in others[s]]
                    for s, line in seeds.items()
                    if s in others
                }
            else:
                seeds = {seed: [(self.times * x, y) for x, y in line] for seed, line in seeds.items()}
            found[name] = {seed: line for seed, line in seeds.items() if line}
        return found

    def draw(self, axes: Any, record: Record, gid: str) -> None:
        found = self._found(record)
        for style, (name, seeds) in enumerate(found.items()):
            figures.curves(axes, seeds, name, style, f"{gid}-{style}")
        for style, (name, height) in enumerate(self.bars.items()):
            figures.rule(axes, height, name, style)
        points = [point for seeds in found.values() for line in seeds.values() for point in line]
        for axis, scale, column in zip((axes.xaxis, axes.yaxis), self.scales, zip(*points, strict=True), strict=True):
            figures.scaled(axis, scale, column)
        if self.ticks:
            axes.set_xticks(list(self.ticks), list(self.ticks.values()))
            axes.minorticks_off()
        figures.label(axes, self.title, self.x, self.y)

    def words(self, record: Record) -> str:
        ends = [
            f"{name} {median(line[0][1] for line in seeds.values()):.4g} to "
            f"{median(line[-1][1] for line in seeds.values()):.4g}"
            for name, seeds in self._found(record).items()
            if seeds
        ]
        bars = "".join(f"; {name}: {height:g}" for name, height in self.bars.items())
        return f"{self.title}, {self.y} over {self.x}, from first to last, medians of lines: {', '.join(ends)}{bars}."


@dataclass(frozen=True)
class Picture:
    """One file: the claims that it belongs to, a caption that says what was trained, and its panels."""

    title: str
    claims: tuple[str, ...]
    caption: str
    panels: tuple[Panel, ...]

    def draw(self, record: Record) -> str | None:
        """SVG text of the panels that the record has something for; None where it has nothing."""
        known = [panel for panel in self.panels if panel.known(record)]
        if not known:
            return None
        with figures.canvas(len(known)) as canvas:
            for number, (axes, panel) in enumerate(zip(canvas.axes, known, strict=True), start=1):
                panel.draw(axes, record, f"panel{number}")
            caption = " ".join((self.caption, *unrecorded(self.panels, record), *counted(known, record)))
            words = " ".join(panel.words(record) for panel in known)
            return canvas.svg(f"{self.title} ({', '.join(self.claims)})", caption, words)


def unrecorded(panels: Iterable[Panel], record: Record) -> Iterator[str]:
    """How many arms of a picture are on record, where not all are: a claim may have trained a few for another's."""
    wanted = _arms(cell for panel in panels for cell in panel.cells())
    there = len(wanted & record.metrics.keys())
    if there < len(wanted):
        yield f"Of its {len(wanted)} arms {there} {'is' if there == 1 else 'are'} on record."


def _arms(cells: Iterable[Cell]) -> set[tuple[str, str]]:
    """Study and arm of all that the cells read."""
    return {key[:2] for cell in cells for key in ((cell.first, cell.second) if isinstance(cell, Gap) else (cell,))}


def counted(panels: Sequence[Panel], record: Record) -> Iterator[str]:
    """How many seeds the panels show, and how many trials have no number: of the trials themselves."""
    cells = dict.fromkeys(cell for panel in panels for cell in panel.cells())
    shown = [len(seeds) for cell in cells if (seeds := record.numbers(cell))]
    arms = _arms(cells)
    if shown and max(shown) > 1:
        few, many = min(shown), max(shown)
        yield f"A point is a seed, {few if few == many else f'{few} to {many}'} in each column, with their median."
    failed = sum(
        not any(v is not None for v in m.values()) for arm in arms for m in record.metrics.get(arm, {}).values()
    )
    if failed:
        yield f"{failed} trial{'s' * (failed > 1)} came to no number."
    lines = max((len(record.curves.get(key, ())) for panel in panels for key in panel.traces()), default=0)
    if lines > 1:
        yield f"A coloured line is one of the first {lines} seeds."


def draw(pictures: Mapping[str, Picture], trials: Iterable[Trial], curves: Curves) -> dict[str, str]:
    """File name to SVG text, of the pictures that there is something for."""
    record = Record.of(trials, curves)
    drawn = {file: picture.draw(record) for file, picture in pictures.items()}
    return {file: svg for file, svg in drawn.items() if svg is not None}
