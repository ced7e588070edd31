"""Figures from records: SVG text that is the same for the same data, safe for colour-blind readers. No Keras."""

import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from math import nan
from typing import Any, Literal

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

SVG_DPI = 72  # what Matplotlib writes SVG at
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe & Ito 2008
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
GREY = "#555555"
WIDEST = 9.0  # inches: shown 900 pixels wide, text of SMALL has 11
SMALL, MEDIUM, LARGE = 8, 9, 10  # points; nothing is smaller, so that numbers on axes have no superscripts
MARKS = re.compile(
    r'(<g clip-path="[^"]*")>((?:\s*<use [^>]* style="([^"]*)"/>)(?:\s*<use [^>]* style="\3"/>)*)(?=\s*</g>)'
)
"""A group of marks of one style, which stands with each of them."""
Scale = Literal["linear", "log", "symlog"]


class Canvas:
    """One figure with its axes, to be drawn on and then turned into SVG text."""

    def __init__(self, panels: int, columns: int) -> None:
        columns = min(panels, columns)
        rows = -(-panels // columns)
        self.width = WIDEST if columns > 1 else 7.0
        self.figure = Figure(figsize=(self.width, 0.7 + 3.4 * rows))
        grid = self.figure.add_gridspec(rows, columns)
        places = [divmod(number, columns) for number in range(panels)]
        last = panels - 1  # has what is left of its row
        self.axes = [
            self.figure.add_subplot(grid[row, column:] if number == last else grid[row, column])
            for number, (row, column) in enumerate(places)
        ]

    def svg(self, title: str, caption: str, description: str = "") -> str:
        """The figure under its title and over its caption; both and the description are also told to who cannot see.

        The description says in words what the marks show.
        """
        self.figure.suptitle(textwrap.fill(title, int(12 * self.width)), fontsize=LARGE)
        self.figure.supxlabel(textwrap.fill(caption, int(14.5 * self.width)), fontsize=SMALL)
        text = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": "dl-reproductions", "svg.fonttype": "none"}):
            self._lay_out()
            self.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        # Coordinates to tenths of a point; what is to be read stands before a closing tag, and stays.
        short = re.sub(r"\d+\.\d{2,}(?![^<>]*</)", lambda found: f"{float(found[0]):.1f}", text.getvalue())
        short = MARKS.sub(_styled_once, short)
        told = f"<title>{escape(title)}</title>\n<desc>{escape(f'{caption} {description}'.strip())}</desc>"
        named = re.sub(r"<svg\b([^>]*)>", lambda found: f'<svg role="img"{found[1]}>\n{told}', short, count=1)
        return "\n".join(line.rstrip() for line in named.splitlines()) + "\n"

    def _lay_out(self) -> None:
        """Puts everything in its place; what comes with a layout of its own is drawn for that and then once more."""
        self.figure.set_canvas(FigureCanvasSVG(self.figure))
        self.figure.dpi = SVG_DPI
        ConstrainedLayoutEngine().execute(self.figure)


def _styled_once(group: re.Match[str]) -> str:
    start, marks, style = group.groups()
    repeated = f' style="{style}"'
    return f"{start}{repeated}>{marks.replace(repeated, '')}"


@contextmanager
def canvas(panels: int = 1, columns: int = 2) -> Iterator[Canvas]:
    """A canvas with so many axes, in rows of `columns`."""
    yield Canvas(panels, columns)


def label(axes: Any, title: str, x: str, y: str) -> None:
    """Names a plot and its axes, units included, over the legend where there is one."""
    rows = legend(axes)
    axes.set_title(title, fontsize=LARGE, pad=6 + 12.5 * rows)
    axes.set_xlabel(x, fontsize=MEDIUM)
    axes.set_ylabel(y, fontsize=MEDIUM)
    axes.tick_params(labelsize=SMALL)
    axes.grid(True, alpha=0.3)


def legend(axes: Any) -> int:
    """Names what has a name, above the axes and so off the data; the number of rows that this takes."""
    handles, names = axes.get_legend_handles_labels()
    if not names:
        return 0
    columns = max(1, min(len(names), int(15.5 * width(axes) / (max(map(len, names)) + 5))))
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.2}
    spaced = {"handlelength": 1.6, "columnspacing": 1.0, "labelspacing": 0.3, "borderpad": 0.2}
    axes.legend(handles, names, ncols=columns, fontsize=SMALL, frameon=False, **above, **spaced)
    return -(-len(names) // columns)


def width(axes: Any) -> float:
    """That of its part of the figure, in inches."""
    place = axes.get_subplotspec()
    return float(axes.figure.get_figwidth() * len(place.colspan) / place.get_gridspec().ncols)


def seeds(axes: Any, place: float, values: Mapping[int, float], style: int, spread: float, name: str, gid: str) -> None:
    """Every seed as a point, side by side so that equal ones are seen, with the median as a stroke."""
    places = [place + beside(seed, spread) for seed in values]
    axes.plot(
        places,
        list(values.values()),
        linestyle="",
        marker=MARKERS[style % len(MARKERS)],
        color=COLOURS[style % len(COLOURS)],
        markersize=4,
        alpha=0.6,
        label=name or None,
        gid=gid,
    )
    ordered = sorted(values.values())
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    axes.plot([place - spread / 2, place + spread / 2], [middle, middle], color="black", linewidth=1.2)


def beside(seed: int, spread: float) -> float:
    """How far from its column a seed is drawn: the same for all its points."""
    return spread * ((0.618034 * seed) % 1 - 0.5)


def pairs(axes: Any, lines: Sequence[Sequence[tuple[float, float]]]) -> None:
    """A thin line through the points of each seed; all of them are one path."""
    gap = [(nan, nan)]
    points = [point for line in lines if len(line) > 1 for point in [*line, *gap]]
    axes.plot([x for x, _ in points], [y for _, y in points], color=GREY, linewidth=0.5, alpha=0.5, zorder=1)


def curves(axes: Any, points: Mapping[int, Sequence[tuple[float, float]]], name: str, style: int, gid: str) -> None:
    """One thin line a seed."""
    for number, (seed, line) in enumerate(points.items()):
        axes.plot(
            [x for x, _ in line],
            [y for _, y in line],
            color=COLOURS[style % len(COLOURS)],
            linestyle=DASHES[style % len(DASHES)],
            linewidth=1.0,
            alpha=0.8,
            label=name if name and number == 0 else None,
            gid=f"{gid}-{seed}",
        )


def rule(axes: Any, y: float, name: str, style: int = 0) -> None:
    """A horizontal reference line: the bar, chance, or a budget."""
    axes.axhline(
        y, color=GREY, linewidth=1.0, linestyle=((0, (4, 2)), (0, (1, 1.5)), (0, (6, 1, 1, 1)))[style % 3], label=name
    )


def scaled(axis: Any, scale: Scale, values: Sequence[float]) -> None:
    """Sets the scale of an axis that shows these values, with plain numbers on it.

    A scale that is symmetric is linear between -1 and 1, and so is a logarithmic one up to the least of its values that
    is not 0, where there are others.
    """
    if scale == "linear":
        return
    sizes = [abs(value) for value in values if value] or [1.0]
    set_scale, set_limits = (
        (axis.axes.set_xscale, axis.axes.set_xlim)
        if axis.axis_name == "x"
        else (axis.axes.set_yscale, axis.axes.set_ylim)
    )
    if scale == "symlog" or min(values) <= 0:
        straight = 1.0 if scale == "symlog" else min(sizes)
        set_scale("symlog", linthresh=straight)
        set_limits(
            *(end + sign * (0.4 * abs(end) + 0.3 * straight) for end, sign in ((min(values), -1), (max(values), 1)))
        )
    else:
        set_scale("log")
        decades = max(sizes) / min(sizes)
        axis.set_major_locator(
            LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if decades < 8 else (1, 3) if decades < 1e3 else (1,))
        )
        axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:_.0f}".replace("_", " ") if abs(value) >= 1e4 else f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def ticks(axes: Any, names: Sequence[str]) -> None:
    """Names columns at 0, 1, 2, …, aslant where they would meet."""
    widest = sum(max(map(len, name.splitlines() or [""])) + 2 for name in names)
    slant = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if widest > 14.0 * width(axes) else {}
    axes.set_xticks(range(len(names)), list(names), **slant)
    axes.set_xlim(-0.5, len(names) - 0.5)


def yes_or_no(axes: Any, counts: Mapping[float, tuple[int, int]]) -> None:
    """For answers of 1 and 0: how many of how many said yes, at the place of each column."""
    axes.set_ylim(-0.25, 1.25)
    axes.set_yticks([0, 1], ["no", "yes"])
    for place, (yes, of) in counts.items():
        axes.text(place, 0.5, f"{yes} of {of}", ha="center", va="center", fontsize=SMALL)
