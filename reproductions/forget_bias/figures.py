"""The pictures of the forget bias: the map of bias and delay, steps to solve, gradients over distance, other tasks."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from common import figures
from common.records import Trial
from reproductions.forget_bias import analysis

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
TASKS = {
    "adding_10": "adding, 10",
    "resets_20": "resets, 20",
    "parity_10": "parity, 10",
    "order_50": "order, 50",
    "copy_20": "copy, 20",
    "adding_100": "adding, 100",
}


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    pictures = {"recall": (("map", _map), ("steps_to_solve", _steps)), "gates": (("gradients", _gradients),)}
    pictures["tasks"] = (("tasks", _tasks),)
    studies = {trial.study for trial in trials}
    return {
        f"{name}.svg": picture(trials)
        for study, found in pictures.items()
        for name, picture in found
        if study in studies
    }


def _cells(trials: Sequence[Trial]) -> dict[tuple[int, float], list[Trial]]:
    """The runs of the map by delay and bias."""
    cells: dict[tuple[int, float], list[Trial]] = {}
    for trial in trials:
        place = analysis.cell(trial)
        if place is not None:
            cells.setdefault(place, []).append(trial)
    return cells


def _solved(runs: Sequence[Trial]) -> int:
    return sum(run.metrics.get("steps_to_solve") is not None for run in runs)


def _map(trials: Sequence[Trial]) -> str:
    cells = _cells(trials)
    delays, biases = sorted({delay for delay, _ in cells}), sorted({bias for _, bias in cells})
    shares = [[_share(cells.get((delay, bias), ())) for bias in biases] for delay in delays]
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        axes.pcolormesh(shares, cmap="cividis", vmin=0, vmax=1, edgecolors="white", linewidth=0.5)
        for row, delay in enumerate(delays):
            for column, bias in enumerate(biases):
                runs = cells.get((delay, bias), ())
                colour = "black" if _share(runs) > 0.5 else "white"
                told = f"{_solved(runs)}/{len(runs)}"
                axes.text(column + 0.5, row + 0.5, told, ha="center", va="center", fontsize=7, color=colour)
        figures.label(axes, "Seeds that solve delayed recall", "initial bias of the forget gate", "delay (steps)")
        axes.grid(False)
        axes.set_xticks([place + 0.5 for place in range(len(biases))], [f"{bias:g}" for bias in biases])
        axes.set_yticks([place + 0.5 for place in range(len(delays))], list(map(str, delays)))
        return canvas.svg("LSTM of 32 units, Adam, the same budget in every cell; light: solved, dark: not.")


def _share(runs: Sequence[Trial]) -> float:
    return _solved(runs) / len(runs) if runs else 0.0


def _steps(trials: Sequence[Trial]) -> str:
    cells = _cells(trials)
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        for style, delay in enumerate(sorted({delay for delay, _ in cells})):
            places: dict[float, list[float]] = {}
            for bias in sorted(bias for found, bias in cells if found == delay):
                x = bias + 0.08 * (style - 1.5)
                times = [run.metrics.get("steps_to_solve") for run in cells[delay, bias]]
                if solved := [time for time in times if time is not None]:
                    places[x] = solved
                cut = [run.metrics.get("steps_or_budget") or run.steps for run in cells[delay, bias]]
                unsolved = [step for step, time in zip(cut, times, strict=True) if time is None]
                figures.censored(axes, x, unsolved[:1], style)
            if places:
                figures.seeds(axes, places, f"delay {delay}", style)
        axes.set_yscale("log")
        figures.label(axes, "Optimiser steps to solve", "initial bias of the forget gate", "steps (log scale)")
        figures.legend(axes)
        return canvas.svg("A point is a seed; a caret: some seeds were cut off by the budget.")


def _gradients(trials: Sequence[Trial]) -> str:
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        arms = [f"whole_b{bias}" for bias in ("-1", "0", "1", "2", "3", "5", "8")]
        for style, arm in enumerate(arms):
            runs = [trial.metrics for trial in trials if (trial.study, trial.arm) == ("gates", arm)]
            figures.curves(axes, {0: profile(runs, "initial_log10_gradient_")}, f"b = {arm[7:]}", style)
        axes.set_xscale("log")
        figures.label(axes, "Before training", "steps back in time", "log10 gradient of the last state by the input")
        figures.legend(axes)
        return canvas.svg("Whole net, 32 units, medians of 16 seeds; drawn, not judged.")


def profile(runs: Sequence[Mapping[str, Any]], prefix: str) -> list[tuple[float, float]]:
    """(distance, median over the runs) of the metrics that are called `prefix` and the distance."""
    distances = sorted({int(name.removeprefix(prefix)) for run in runs for name in run if name.startswith(prefix)})
    points = []
    for distance in distances:
        values = [value for run in runs if (value := run.get(f"{prefix}{distance}")) is not None]
        if values:
            points.append((float(distance), float(median(values))))
    return points


def _tasks(trials: Sequence[Trial]) -> str:
    biases = ("0", "1", "2", "5")
    with figures.canvas(columns=2, width=11.0) as canvas:
        left, right = canvas.axes
        for style, bias in enumerate(biases):
            steps: dict[float, list[float]] = {}
            losses: dict[float, list[float]] = {}
            for place, task in enumerate(TASKS):
                runs = [t.metrics for t in trials if (t.study, t.arm) == ("tasks", f"{task}_b{bias}")]
                x = place + 0.15 * (style - 1.5)
                found = [value for run in runs if (value := run.get("steps_or_budget")) is not None]
                ends = [value for run in runs if (value := run.get("test_relative")) is not None]
                if found:
                    steps[x], losses[x] = found, ends
            if steps:
                figures.seeds(left, steps, f"b = {bias}", style)
                figures.seeds(right, losses, f"b = {bias}", style)
        for axes in (left, right):
            axes.set_xticks(range(len(TASKS)), list(TASKS.values()), rotation=20)
            axes.set_yscale("log")
        figures.label(left, "Steps to solve, or the budget", "", "optimiser steps (log scale)")
        figures.label(right, "Test loss at the end", "", "share of the baseline (log scale)")
        figures.rule(right, 1.0, "baseline")
        figures.legend(left)
        figures.legend(right)
        return canvas.svg("A point is a seed; a run ends when it has solved its task.")
