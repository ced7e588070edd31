"""The pictures of clipping: loss over the rate for each threshold, usable rates, norms, gradients over distance."""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from common import figures
from common.records import Trial
from reproductions.gradient_clipping import analysis

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
PANELS = {
    "rates": ("rnn_adding_100_sgd", "rnn_order_50_sgd", "lstm_adding_100_sgd", "rnn_adding_100_adam"),
    "thresholds": ("rnn_sgd_sum", "rnn_sgd_mean", "lstm_sgd_mean", "rnn_adam_mean"),
}
NETS = {"rnn_radius1": "tanh net, radius 1", "rnn_radius1.5": "tanh net, radius 1.5", "lstm_radius1": "LSTM"}


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies = {trial.study for trial in trials}
    drawn = {}
    for study in PANELS:
        if study in studies:
            drawn[f"{study}.svg"] = _map(curves, study)
    if "unclipped" in studies:
        drawn["unclipped.svg"] = _unclipped(trials)
    if "norms" in studies:
        drawn["norms.svg"] = _norms(curves)
    if "distance" in studies:
        drawn["distance.svg"] = _distance(trials)
    return drawn


def _map(curves: CURVES, study: str) -> str:
    """Threshold by rate: the median test loss over seeds, blank where half of them or more blew up."""
    arms = [arm for arm in PANELS[study] if any(key[:2] == (study, arm) for key in curves)]
    with figures.canvas(columns=len(arms), width=3.6 * len(arms)) as canvas:
        for axes, arm in zip(canvas.axes, arms, strict=True):
            found = {key[2].removeprefix("loss_"): lines for key, lines in curves.items() if key[:2] == (study, arm)}
            words = sorted(found, key=lambda word: math.inf if word == "none" else float(word))
            places = sorted({x for lines in found.values() for line in lines.values() for x, _ in line})
            cells = [[_median(found[word], x) for x in places] for word in words]
            mesh = axes.pcolormesh(cells, cmap="cividis_r", edgecolors="white", linewidth=0.5)
            canvas.figure.colorbar(mesh, ax=axes, shrink=0.8).ax.tick_params(labelsize=7)
            figures.label(axes, arm.replace("_", " "), "log10 learning rate", "clip threshold")
            axes.grid(False)
            ticks = [place for place, x in enumerate(places) if x % 100 == 0]
            axes.set_xticks([place + 0.5 for place in ticks], [f"{places[place] / 100:g}" for place in ticks])
            axes.set_yticks([place + 0.5 for place in range(len(words))], words)
        return canvas.svg("Test loss in units of the baseline, median of up to 5 seeds; blank: half of them blew up.")


def _median(lines: Mapping[int, Sequence[tuple[float, float]]], place: float) -> float:
    """The median over seeds at one rate, not a number where half of them or more have no point there."""
    values = [y for line in lines.values() for x, y in line if x == place]
    return median(values) if 2 * len(values) > len(lines) else math.nan


def _unclipped(trials: Sequence[Trial]) -> str:
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        for style, (prefix, name) in enumerate(NETS.items()):
            places: dict[float, list[float]] = {}
            for place, steps in enumerate((50, 100, 200)):
                runs = [t for t in trials if (t.study, t.arm) == ("unclipped", f"{prefix}_{steps}")]
                rates = [rate for run in runs if (rate := run.metrics.get("usable_none")) is not None]
                if rates:
                    places[place + 0.15 * (style - 1)] = rates
            if places:
                figures.seeds(axes, places, name, style)
        axes.set_yscale("log")
        axes.set_xticks(range(3), ["50", "100", "200"])
        figures.rule(axes, 1e-6, "1e-6")
        figures.label(axes, "Largest safe rate without clipping", "sequence length", "learning rate (log scale)")
        figures.legend(axes)
        return canvas.svg("Adding problem, plain SGD; a point is a seed: the largest rate up to which no run blew up.")


def _norms(curves: CURVES) -> str:
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        for style, arm in enumerate(("rnn_sum", "rnn_mean", "lstm_sum", "lstm_mean")):
            lines = curves.get(("norms", arm, "gradient_log10_norm"), {})
            figures.curves(axes, lines, arm.replace("_", ", "), style)
        for bound in (5, 15):
            figures.rule(axes, math.log10(bound), f"threshold {bound}")
        figures.label(axes, "Gradient norms on characters", "SGD steps, clipped at 5", "log10 norm before clipping")
        figures.legend(axes)
        return canvas.svg("Loss summed or averaged over 50 steps; mean of log10 over 8 batches; a line is a seed.")


def _distance(trials: Sequence[Trial]) -> str:
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        arms = sorted({trial.arm for trial in trials if trial.study == "distance"})
        for style, arm in enumerate(arms):
            points = analysis.profile([t for t in trials if (t.study, t.arm) == ("distance", arm)])
            figures.curves(axes, {0: points}, arm.replace("_radius", ", radius "), style)
        axes.set_xscale("log")
        figures.label(axes, "Before training", "steps back in time", "log10 gradient of the last state by the input")
        figures.legend(axes)
        return canvas.svg("Vanishing and exploding gradients; 32 units, 200 steps, medians of 10 seeds.")
