"""The pictures of forget biases: what they let a net hold, how soon, what gates pass back, which tasks they suit."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial

LARGE, HALF = "lstm-forget-bias-large", "lstm-half-adequate-some"
BIASES = (0, 1, 2, 5)
YES = {"bar": 1.0}
TASKS = {
    "adding10": "adding 10", "order30": "order 30", "parity30": "parity 30", "adding100": "adding 100",
    "order100": "order 100", "recall100": "recall 100",
}  # fmt: skip
BUDGETS = {"adding": 4_000, "resets": 2_000}


def _updates(study: str, title: str) -> Points:
    columns: dict[str, Cell] = {f"b = {bias}": (study, f"b{bias}", "updates") for bias in (0, 5)}
    bars = {"budget": float(BUDGETS[study])}
    return Points(title, "updates to solve (log scale)", {"": columns}, bars=bars, joined="columns", scale="log")


FIGURES = {
    "recall.svg": Picture(
        "What a forget bias lets an LSTM hold", (LARGE,),
        "Delayed recall, 32 units, 4000 updates; over 100 steps each bias has its own rate, over 400 all have one.",
        (
            Points("Over 100 steps", "solved", {"": {f"b = {b}": ("success", f"b{b}", "solved") for b in (0, 5)}},
                   joined="columns", answers=True),
            Points("Over 400 steps", "solved",
                   {"": {f"b = {b}": ("longest", "delay400", f"solved_b{b}") for b in (0, 5, 8)}}, joined="columns",
                   answers=True),
        ),
    ),
    "updates.svg": Picture(
        "How soon a task is solved", (LARGE, HALF),
        "32 units, Adam, each bias at its own rate; on the budget a net was not solved. A thin line joins a seed's.",
        (_updates("adding", "Adding, 100 steps"), _updates("resets", "Count since the last reset, 30 steps")),
    ),
    "gates.svg": Picture(
        "Forget gates before training", (HALF, LARGE),
        "32 units, delayed recall over 60 steps; the path along the cell over 30 steps.",
        (
            Points("How far the mean gate is from σ(b)", "difference",
                   {"": {f"b = {bias}": ("gates", f"b{bias}", "gate_error") for bias in BIASES}},
                   bars={"bar: 0.02": 0.02}),
            Points("Mean gate", "gate", {"": {f"b = {bias}": ("gates", f"b{bias}", "gate") for bias in BIASES}}),
            Points("Gradient along the cell, from σ(b)^30", "relative difference of the logarithms",
                   {"": {f"b = {bias}": ("gates", f"b{bias}", "path_error") for bias in BIASES}},
                   bars={"bar: 0.05": 0.05}),
            Lines("Gradient of the loss at the cell", "steps back in time", "log10 mean |gradient|",
                  {f"b = {bias}": ("gates", f"b{bias}", "log10_gradient") for bias in BIASES}),
        ),
    ),
    "tasks.svg": Picture(
        "Tasks by forget bias", (HALF,),
        "32 units (characters 64), each bias at the best of its rates; the number after a task is its length in steps.",
        (
            Points("Solved from 0", "solved",
                   {"": {name: ("tasks", task, "solved_b0") for task, name in TASKS.items()}}, bars=YES,
                   answers=True),
            Points("Solved from a larger bias alone", "only larger",
                   {"": {name: ("tasks", task, "only_larger") for task, name in TASKS.items()}}, bars=YES,
                   answers=True),
            Points("Updates to solve, or the budget", "log2 updates", {
                f"b = {bias}": {name: ("tasks", task, f"log2_steps_b{bias}") for task, name in TASKS.items()}
                for bias in BIASES
            }),
            Points("Texts: score of 0 over the best", "ratio",
                   {"": {"characters": ("tasks", "characters", "b0_over_best"),
                         "sentences": ("polarity", "sentences", "b0_over_best")}}, bars={"bar: 0.95": 0.95}),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
