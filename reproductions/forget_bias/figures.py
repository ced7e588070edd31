"""The pictures of forget biases: which delays they carry, how fast, what gates pass back, and which tasks they suit."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from common import figures
from common.trials import Trial, metric_values
from reproductions.forget_bias import analysis

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
BIASES = (-1, 0, 1, 2, 3, 4, 5, 6, 8)
DELAYS = (25, 50, 100, 200, 400)
TASKS = ("adding10", "order30", "parity30", "characters", "adding100", "order100", "recall100")


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies = {trial.study for trial in trials}
    drawn = {}
    if "recall" in studies:
        drawn["recall.svg"] = _recall(trials)
    if "gates" in studies:
        drawn["gates.svg"] = _gates(trials, curves)
    if studies & {"adding", "copy_memory", "resets"}:
        drawn["updates.svg"] = _updates(trials)
    if "tasks" in studies:
        drawn["tasks.svg"] = _tasks(trials)
    if "success" in studies:
        drawn["success.svg"] = _success(trials)
    return drawn


def _delays(trials: Sequence[Trial]) -> dict[int, str]:
    """Delay to the study that has it on record."""
    known = {(t.study, t.arm) for t in trials}
    studies = {delay: "longest" if delay == 400 else "recall" for delay in DELAYS}
    return {delay: study for delay, study in studies.items() if (study, f"delay{delay}") in known}


def _recall(trials: Sequence[Trial]) -> str:
    delays = _delays(trials)
    with figures.canvas(columns=2, width=11.0) as canvas:
        board, times = canvas.axes
        for delay, study in delays.items():
            for bias in BIASES:
                solved = metric_values(trials, study, f"delay{delay}", f"solved_b{bias}")
                if solved:
                    share = sum(solved) / len(solved)
                    board.plot([math.log2(delay)], [bias], "s", color=str(1 - 0.85 * share), markersize=15)
                    colour = "white" if share > 0.5 else "black"
                    count = f"{sum(solved):.0f}"
                    board.text(math.log2(delay), bias, count, color=colour, ha="center", va="center", fontsize=7)
        places = [math.log2(delay) for delay in delays]
        theory = [remembering(delay) for delay in delays]
        board.plot(places, theory, color=figures.COLOURS[1], linewidth=1.2, label="−1/ln σ(b) = T")
        law = _law(trials)
        if law is not None:
            halves = [law.half(delay) for delay in delays]
            style = {"color": figures.COLOURS[0], "linestyle": "--", "linewidth": 1.2}
            board.plot(places, halves, label="half of the nets solved, fitted", **style)
        board.set_xticks(places, [str(delay) for delay in delays])
        board.set_ylim(-2, 10.5)  # room for the legend
        figures.label(board, "Seeds solved", "delay T (steps)", "forget bias b")
        _legend(board)
        for style_number, (delay, study) in enumerate(delays.items()):
            values = {
                float(bias): metric_values(trials, study, f"delay{delay}", f"log2_steps_b{bias}") for bias in BIASES
            }
            values[9.5] = metric_values(trials, study, f"delay{delay}", "log2_steps_bchrono")
            shown = {place: seeds for place, seeds in values.items() if seeds}
            if shown:
                figures.seeds(times, shown, f"T = {delay}", style_number, shift=0.12 * (style_number - 1.5))
        figures.rule(times, math.log2(analysis.BUDGET), "budget")
        times.set_xticks([*BIASES, 9.5], [*map(str, BIASES), "chrono"])
        figures.label(times, "Updates to solve", "forget bias b", "log2 updates")
        _legend(times)
        return canvas.svg("Delayed recall, 32 units; seeds solved a cell (left), a point is a seed (right).")


def remembering(steps: float) -> float:
    """The forget bias whose gate remembers for so many steps: -1/ln sigmoid(b) = steps."""
    gate = math.exp(-1 / steps)
    return math.log(gate / (1 - gate))


def _law(trials: Sequence[Trial]) -> analysis.Law | None:
    try:
        return analysis.fit(*analysis.observations(trials))
    except ValueError:
        return None


def _gates(trials: Sequence[Trial], curves: CURVES) -> str:
    with figures.canvas(columns=2, width=10.0) as canvas:
        gates, gradients = canvas.axes
        values = {float(bias): metric_values(trials, "gates", f"b{bias}", "gate") for bias in BIASES}
        shown = {bias: seeds for bias, seeds in values.items() if seeds}
        if shown:
            figures.seeds(gates, shown, "mean gate before training", 0)
        line = [bias / 10 for bias in range(-10, 81)]
        opened = [1 / (1 + math.exp(-bias)) for bias in line]
        gates.plot(line, opened, color=figures.COLOURS[1], linewidth=1.0, label="σ(b)")
        figures.label(gates, "Forget gates", "forget bias b", "mean gate")
        _legend(gates)
        for style, bias in enumerate((-1, 0, 1, 2, 3, 5, 8)):
            lines = curves.get(("gates", f"b{bias}", "log10_gradient"), {})
            figures.curves(gradients, lines, f"b = {bias}", style)
        figures.label(gradients, "Gradient of the loss at the cell", "steps back in time", "log10 mean |gradient|")
        _legend(gradients)
        return canvas.svg("Untrained nets of 32 units on delayed recall over 60 steps; 10 seeds, of which 3 as lines.")


def _updates(trials: Sequence[Trial]) -> str:
    panels: tuple[tuple[str, str, Mapping[str, str], int], ...] = (
        ("adding", "Adding, 100 steps", {"Adam": _adam(trials), "RMSProp": "rmsprop_b{}"}, 4_000),
        ("copy_memory", "Copy memory, 15 steps", {"Adam": "b{}"}, 4_000),
        ("resets", "Count since the last reset", {"Adam": "b{}"}, 2_000),
    )
    biases = ("0", "1", "2", "5", "chrono")
    with figures.canvas(columns=3, width=11.0) as canvas:
        for axes, (study, title, arms, budget) in zip(canvas.axes, panels, strict=True):
            for style, (name, arm) in enumerate(arms.items()):
                values = {
                    float(place): metric_values(trials, study, arm.format(bias), "log2_steps")
                    for place, bias in enumerate(biases)
                }
                shown = {place: seeds for place, seeds in values.items() if seeds}
                if shown:
                    figures.seeds(axes, shown, name, style, shift=0.12 * style)
            figures.rule(axes, math.log2(budget), "budget")
            axes.set_xticks(range(len(biases)), biases)
            figures.label(axes, title, "forget bias b", "log2 updates to solve")
            _legend(axes)
        return canvas.svg("A point is a seed, at the budget where it was not solved.")


def _adam(trials: Sequence[Trial]) -> str:
    """How the arms of the adding problem under Adam are called: edition 1 named the optimiser."""
    return "adam_b{}" if any(t.study == "adding" and t.arm.startswith("adam_b") for t in trials) else "b{}"


def _tasks(trials: Sequence[Trial]) -> str:
    quantities = {
        "b0_over_best": ("Score at b = 0 over the best", "ratio", 0.95, "5 % below"),
        "log2_slowdown": ("Updates at b = 0 over the fewest", "log2 ratio", 1.0, "twice as many"),
    }
    with figures.canvas(columns=3, width=13.0) as canvas:
        for axes, (metric, (title, unit, bound, name)) in zip(canvas.axes, quantities.items(), strict=False):
            values = {float(place): metric_values(trials, "tasks", task, metric) for place, task in enumerate(TASKS)}
            shown = {place: seeds for place, seeds in values.items() if seeds}
            if shown:
                figures.seeds(axes, shown, "", 0)
            figures.rule(axes, bound, name)
            figures.label(axes, title, "task", unit)
        for style, bias in enumerate((0, 1, 2, 5)):
            values = {
                float(place): metric_values(trials, "tasks", task, f"log2_steps_b{bias}")
                for place, task in enumerate(TASKS)
            }
            shown = {place: seeds for place, seeds in values.items() if seeds and TASKS[int(place)] != "characters"}
            if shown:
                figures.seeds(canvas.axes[2], shown, f"b = {bias}", style, shift=0.15 * (style - 1.5))
        figures.label(canvas.axes[2], "Updates to solve", "task", "log2 updates")
        for axes in canvas.axes:
            axes.set_xticks(range(len(TASKS)), TASKS, rotation=40, ha="right")
            _legend(axes)
        return canvas.svg("A point is a seed, each at the best of its rates; at the budget if not solved.")


def _legend(axes: Any) -> None:
    """None where nothing that has a name was drawn, as when every seed diverged."""
    if axes.get_legend_handles_labels()[0]:
        figures.legend(axes)


def _success(trials: Sequence[Trial]) -> str:
    from common.statistics import proportion

    arms = ("recall_b0", "recall_b5", "adding_b0", "adding_b5")  # adding: edition 1 alone
    with figures.canvas(width=6.0) as canvas:
        axes = canvas.axes[0]
        points = {}
        for place, arm in enumerate(arms):
            solved = metric_values(trials, "success", arm, "solved")
            if solved:
                points[float(place)] = proportion(int(sum(solved)), len(solved))
        if points:
            figures.intervals(axes, points, "", 0)
            axes.lines[0].set_linestyle("")
        axes.set_xticks(range(len(arms)), ["recall, b = 0", "recall, b = 5", "adding, b = 0", "adding, b = 5"])
        axes.set_ylim(-0.05, 1.05)
        figures.label(axes, "100 steps", "task and forget bias", "share of seeds solved")
        return canvas.svg("Budgets of 4000 (recall) and 8000 updates (adding); 99 % intervals.")
