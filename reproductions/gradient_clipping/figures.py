"""The pictures of clipping: losses over rate and norm, norms of gradients, gradients long past, largest safe rates."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from common import figures
from common.trials import Trial, metric_values

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
TASKS = {"adding": "adding, 100 steps", "temporal_order": "temporal order, 50", "resets": "resets, 50, summed"}
CLIPS = ("none", "15", "5", "1")
THRESHOLDS = ("0.01", "0.1", "1", "5", "15", "100", "none")
CONVENTIONS = {"rnn_sum": "tanh, summed", "rnn_mean": "tanh, averaged", "lstm_sum": "LSTM, summed"}
LENGTHS, RADII = (50, 100, 200), ("1", "1.25", "1.5")
QUANTILES = {"low": "tenth", "median": "median", "high": "nine tenths", "most": "largest of 16"}
CEILING = 100.0  # losses in baselines are drawn up to here


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies, drawn = {trial.study for trial in trials}, {}
    if "scan" in studies:
        drawn["scan_tanh.svg"] = _scan(trials, "rnn", "sgd", "tanh net, SGD")
        drawn["scan_lstm.svg"] = _scan(trials, "lstm", "sgd", "LSTM, SGD")
        drawn["scan_adam.svg"] = _scan(trials, "rnn", "adam", "tanh net, Adam")
    if "thresholds" in studies:
        drawn["thresholds.svg"] = _thresholds(trials)
        drawn["best_threshold.svg"] = _best_threshold(trials)
    if "unclipped" in studies:
        drawn["unclipped.svg"] = _unclipped(trials)
    if "norms" in studies:
        drawn["norms.svg"] = _norms(trials, curves)
    if "distance" in studies:
        drawn["distance.svg"] = _distance(curves)
    return drawn


def over_rates(trials: Sequence[Trial], study: str, arm: str, clip: str) -> list[tuple[float, float]]:
    """(log10 rate, median over the seeds of the final loss); a run that is not finite counts as the largest."""
    own = [trial.metrics for trial in trials if (trial.study, trial.arm) == (study, arm)]
    prefix = f"loss_{clip}_"
    names = {name for metrics in own for name in metrics if name.startswith(prefix)}
    places = sorted((float(name.removeprefix(prefix)), name) for name in names)
    return [(rate, min(median(_loss(metrics.get(name)) for metrics in own), CEILING)) for rate, name in places]


def _loss(value: float | None) -> float:
    return math.inf if value is None else value


def _lines(axes: Any, trials: Sequence[Trial], study: str, arm: str, clips: Sequence[str], title: str) -> None:
    for style, clip in enumerate(clips):
        line = over_rates(trials, study, arm, clip)
        if line:
            figures.curves(axes, {0: line}, clip, style)
    figures.rule(axes, 1.0, "baseline")
    axes.set_yscale("log")
    figures.label(axes, title, "log10 learning rate", "final loss (baselines, log scale)")
    _legend(axes, "clip norm")


def _scan(trials: Sequence[Trial], net: str, optimizer: str, name: str) -> str:
    arms = {f"{net}_{task}_{optimizer}": title for task, title in TASKS.items()}
    arms = {arm: title for arm, title in arms.items() if any(t.arm == arm for t in trials)} or arms
    with figures.canvas(columns=len(arms), width=4.0 * len(arms)) as canvas:
        for axes, (arm, title) in zip(canvas.axes, arms.items(), strict=True):
            _lines(axes, trials, "scan", arm, CLIPS, f"{name}: {title}")
        return canvas.svg(f"Medians over the seeds, cut at {CEILING:g}; what is not finite counts as more.")


def _thresholds(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=3, width=12.0) as canvas:
        for axes, (arm, title) in zip(canvas.axes, CONVENTIONS.items(), strict=True):
            _lines(axes, trials, "thresholds", arm, THRESHOLDS, title)
        return canvas.svg(f"Resets, 50 steps. Medians over the seeds, cut at {CEILING:g}.")


def _best_threshold(trials: Sequence[Trial]) -> str:
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        for style, (arm, name) in enumerate(CONVENTIONS.items()):
            places = {float(place): clip for place, clip in enumerate(THRESHOLDS)}
            found = {p: metric_values(trials, "thresholds", arm, f"best_loss_{clip}") for p, clip in places.items()}
            found = {place: losses for place, losses in found.items() if losses}
            if found:
                figures.seeds(axes, found, name, style, shift=0.2 * (style - 1))
        axes.set_xticks(range(len(THRESHOLDS)), THRESHOLDS)
        axes.set_yscale("log")
        figures.label(axes, "Resets, 50 steps", "clip norm", "test loss (baselines, log scale)")
        _legend(axes)
        return canvas.svg("Each at the rate that validation prefers; a point is a seed.")


def _unclipped(trials: Sequence[Trial]) -> str:
    panels = (
        ("log10_safe_rate", "log10 of the largest safe rate"),
        ("safe_loss", "loss at safe rates (baselines)"),
        ("best_loss_clipped", "loss when clipped at 1 (baselines)"),
    )
    with figures.canvas(columns=3, width=12.0) as canvas:
        for axes, (metric, name) in zip(canvas.axes, panels, strict=True):
            for number, net in enumerate(("rnn", "lstm")):
                for style, radius in enumerate(RADII):
                    places = {4.0 * number + place: length for place, length in enumerate(LENGTHS)}
                    found = {
                        place: metric_values(trials, "unclipped", f"{net}_steps{length}_radius{radius}", metric)
                        for place, length in places.items()
                    }
                    found = {place: seeds for place, seeds in found.items() if seeds}
                    if found:
                        figures.seeds(axes, found, f"radius {radius}" if net == "rnn" else "", style, 0.2 * (style - 1))
            ticks = [4 * number + place for number in range(2) for place in range(3)]
            axes.set_xticks(ticks, [f"{net}\n{length}" for net in ("tanh", "LSTM") for length in LENGTHS])
            figures.label(axes, "Resets, summed loss", "net and steps", name)
            _legend(axes)
        figures.rule(canvas.axes[0], -5.0, "1e-5")
        figures.rule(canvas.axes[1], 1.0, "baseline")
        return canvas.svg("200 steps of SGD; a point is a seed. Safe: neither the rate nor any lower one blows up.")


def _norms(trials: Sequence[Trial], curves: CURVES) -> str:
    arms = sorted({trial.arm for trial in trials if trial.study == "norms"})
    with figures.canvas(columns=len(arms), width=3.2 * len(arms)) as canvas:
        for axes, arm in zip(canvas.axes, arms, strict=True):
            for style, (quantile, name) in enumerate(QUANTILES.items()):
                figures.curves(axes, curves.get(("norms", arm, quantile), {}), name, style)
            for bound in (5.0, 15.0):
                figures.rule(axes, bound, "5 and 15" if bound == 5 else "")
            axes.set_yscale("log")
            figures.label(axes, _named(arm), "optimiser steps", "norm of the gradient (log scale)")
            _legend(axes)
        return canvas.svg("Norms over 16 fresh batches of 32 sequences, 50 steps; clipped at 5; three seeds.")


def _named(arm: str) -> str:
    """`rnn_resets_sum` as "tanh net: resets, summed"."""
    net, *rest = arm.replace("radius", "radius ").replace("temporal_order", "temporal order").split("_")
    words = {"rnn": "tanh net", "lstm": "LSTM", "sum": "summed", "mean": "averaged"}
    return f"{words[net]}: {', '.join(words.get(word, word) for word in rest)}"


def _distance(curves: CURVES) -> str:
    arms = sorted({arm for study, arm, _ in curves if study == "distance"})
    titles = {"start": "Untrained", "trained": "After 300 clipped steps"}
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, (moment, title) in zip(canvas.axes, titles.items(), strict=True):
            for style, arm in enumerate(arms):
                figures.curves(axes, curves.get(("distance", arm, moment), {}), _named(arm), style)
            figures.label(axes, title, "steps before the answer", "log10 norm of dL/dh")
            _legend(axes)
        return canvas.svg(
            "Temporal order, 100 steps, 32 units; three seeds. An LSTM's state is hidden and cell together."
        )


def _legend(axes: Any, title: str = "") -> None:
    if axes.get_legend_handles_labels()[1]:  # an empty one is a warning
        figures.legend(axes, title)
