"""Figures from records: SVG text that is the same for the same data, safe for colour-blind readers. No Keras."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from common.statistics import Interval

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe & Ito 2008
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


class Canvas:
    """One figure with its axes, to be drawn on and then turned into SVG text."""

    def __init__(self, columns: int, width: float) -> None:
        self.figure = Figure(figsize=(width, 3.6), layout="constrained")
        self.axes = list(self.figure.subplots(1, columns, squeeze=False)[0])

    def svg(self, caption: str) -> str:
        """The figure with its caption under it."""
        self.figure.supxlabel(caption, fontsize=8)
        text = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": "dl-reproductions", "svg.fonttype": "none"}):
            self.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        # Coordinates to tenths of a point; what is to be read stands before a closing tag, and stays.
        short = re.sub(r"\d+\.\d{2,}(?![^<>]*</)", lambda found: f"{float(found[0]):.1f}", text.getvalue())
        return "\n".join(line.rstrip() for line in short.splitlines()) + "\n"


@contextmanager
def canvas(columns: int = 1, width: float = 7.0) -> Iterator[Canvas]:
    """A canvas `width` inches wide with so many axes side by side."""
    yield Canvas(columns, width)


def label(axes: Any, title: str, x: str, y: str) -> None:
    """Names a plot and its axes, units included."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(True, alpha=0.3)


def intervals(axes: Any, points: Mapping[float, Interval], name: str, style: int) -> None:
    """Estimates joined by a line, with their intervals as bars."""
    xs = sorted(points)
    estimates = [points[x].estimate for x in xs]
    below = [max(points[x].estimate - points[x].low, 0) for x in xs]
    above = [max(points[x].high - points[x].estimate, 0) for x in xs]
    axes.errorbar(
        xs,
        estimates,
        yerr=[below, above],
        label=name,
        color=COLOURS[style],
        marker=MARKERS[style],
        linestyle=DASHES[style],
        capsize=2,
        markersize=4,
        linewidth=1.2,
    )


def seeds(axes: Any, values: Mapping[float, Sequence[float]], name: str, style: int, shift: float = 0.0) -> None:
    """Every seed as a point, and the median as a line: bimodal results stay visible."""
    for x, ys in values.items():
        axes.plot(
            [x + shift] * len(ys),
            ys,
            linestyle="",
            marker=MARKERS[style],
            color=COLOURS[style],
            markersize=4,
            alpha=0.6,
            label=name if x == min(values) else None,
        )


def censored(axes: Any, x: float, values: Sequence[float], style: int) -> None:
    """Runs that were cut off at these values: a caret upwards each, side by side where they coincide."""
    for number, y in enumerate(values):
        place = x + 0.05 * (number - (len(values) - 1) / 2)
        axes.plot([place], [y], linestyle="", marker=6, color=COLOURS[style], markersize=5, alpha=0.8)


def curves(axes: Any, points: Mapping[int, Sequence[tuple[float, float]]], name: str, style: int) -> None:
    """One thin line a seed."""
    for number, line in enumerate(points.values()):
        axes.plot(
            [x for x, _ in line],
            [y for _, y in line],
            color=COLOURS[style],
            linestyle=DASHES[style],
            linewidth=0.8,
            alpha=0.7,
            label=name if number == 0 else None,
        )


def rule(axes: Any, y: float, name: str) -> None:
    """A horizontal reference line: chance, or a threshold."""
    axes.axhline(y, color="#555555", linewidth=0.8, linestyle=(0, (2, 2)), label=name)


def legend(axes: Any, title: str = "") -> None:
    axes.legend(fontsize=7, frameon=False, title=title or None, title_fontsize=7)


def shared_legend(canvas: Canvas, axes: Sequence[Any]) -> None:
    """One legend over all axes: each name with the marks and lines that it has in `axes`."""
    drawn: dict[str, Any] = {}
    for handles, names in (each.get_legend_handles_labels() for each in axes):
        for handle, name in zip(handles, names, strict=True):
            drawn[name] = (*drawn.get(name, ()), handle)  # drawn over each other
    canvas.figure.legend(
        list(drawn.values()), list(drawn), loc="outside upper center", ncols=6, fontsize=8, frameon=False
    )
