"""The pictures of dropout: its gain by net, curves over epochs, error by probability, and five ways to use a net."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from common import figures
from common.statistics import Interval, mean
from common.trials import Trial, metric_values
from reproductions.dropout.analysis import CELLS

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
WIDTHS, DEPTHS = (100, 500, 1200), (1, 2, 3)
REGIMES = {
    "8 units": "width8",
    "16 units": "width16",
    "1 epoch, 100 units": "one_epoch_width100",
    "1 epoch, 500": "one_epoch_width500",
    "1 epoch, 1200": "one_epoch_width1200",
    "100 images": "images100",
    "200 images": "images200",
    "500 images": "images500",
    "sine, 64 units": "sine_width64",
    "sine, 512": "sine_width512",
}
WAYS = {
    "scaled": "weights scaled",
    "unscaled": "not scaled",
    "halved": "half the factor",
    "doubled": "twice the factor",
    "sample": "one mask",
    "average_few": "mean of 10",
    "average_many": "mean of 100",
}
PROBABILITIES = ("0", "0.1", "0.3", "0.5", "0.7", "0.8")


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies = {trial.study for trial in trials}
    from_trials = {
        "helps": _helps,
        "grid": _grid,
        "scaling": _scaling,
        "probability": _probability,
        "large_nets": _large_nets,
    }
    drawn = {f"{study}.svg": picture(trials) for study, picture in from_trials.items() if study in studies}
    if "longer" in studies:
        drawn["longer.svg"] = _longer(curves)
    return drawn


def _intervals(trials: Sequence[Trial], study: str, arms: Mapping[float, str], metric: str) -> dict[float, Interval]:
    values = {place: metric_values(trials, study, arm, metric) for place, arm in arms.items()}
    return {place: mean(seeds) for place, seeds in values.items() if len(seeds) > 1}


def _errors_of(axes: Any, trials: Sequence[Trial], study: str, arms: Mapping[str, str]) -> None:
    """A column of seeds for each arm that is on record; `arms` map an arm to its name."""
    values = {float(place): metric_values(trials, study, arm, "test_error") for place, arm in enumerate(arms)}
    figures.seeds(axes, values, "a seed", 0)
    axes.set_xticks(range(len(arms)), list(arms.values()))
    axes.set_xlim(-0.5, len(arms) - 0.5)


def _helps(trials: Sequence[Trial]) -> str:
    with figures.canvas() as canvas:
        (axes,) = canvas.axes
        names = {"plain": "neither", "dropout": "dropout", "dropout_max_norm": "dropout and max-norm"}
        shown = {arm: name for arm, name in names.items() if metric_values(trials, "helps", arm, "test_error")}
        _errors_of(axes, trials, "helps", shown or names)
        figures.label(axes, "2 × 1024 ReLU units", "", "test error (%)")
        return canvas.svg("60 000 images, 60 epochs, rate falling to zero; a point is a seed.")


def _grid(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=11.0) as canvas:
        left, right = canvas.axes
        for style, depth in enumerate(DEPTHS):
            for images, more in (("", ""), ("_images5000", ", 5000 images")):
                arms = {float(width): f"width{width}_depth{depth}{images}" for width, d in CELLS if d == depth}
                points = _intervals(trials, "grid", arms, "gain")
                if points:
                    figures.intervals(left, points, f"{depth} layers{more}", style + (len(DEPTHS) if images else 0))
        left.set_xscale("log")
        left.set_xticks(WIDTHS, list(map(str, WIDTHS)))
        left.minorticks_off()
        figures.label(left, "by width and depth", "units a layer (log scale)", "error saved by dropout (points)")
        points = _intervals(trials, "grid", dict(enumerate(REGIMES.values())), "gain")
        for place, interval in points.items():
            figures.intervals(right, {place: interval}, "", 0)
        right.set_xticks(range(len(REGIMES)), list(REGIMES), rotation=60, ha="right")
        right.set_yscale("symlog", linthresh=1.0)
        figures.label(right, "where it may hurt", "", "points saved (log beyond 1)")
        for axes in canvas.axes:
            figures.rule(axes, 0.0, "no difference")
        figures.legend(left)
        return canvas.svg("Plain error minus error with dropout, test data; means over seeds with 99 % intervals.")


def _longer(curves: CURVES) -> str:
    panels = {
        ("constant", "error"): "10 000 images, constant rate",
        ("falling", "error"): "10 000 images, falling rate",
        ("constant", "nll"): "10 000 images, constant rate",
        ("all_images", "error"): "50 000 images",
        ("few_images", "error"): "1000 images",
    }
    with figures.canvas(columns=len(panels), width=17.0) as canvas:
        for axes, ((arm, metric), title) in zip(canvas.axes, panels.items(), strict=True):
            shown = False
            for style, which in enumerate(("plain", "dropout")):
                seeds = curves.get(("longer", arm, f"{which}_{metric}"), {})
                lines = {seed: points[1:] for seed, points in seeds.items() if len(points) > 1}
                if lines:
                    figures.curves(axes, lines, {"plain": "without dropout"}.get(which, "with dropout"), style)
                    shown = True
            name = "validation error (%)" if metric == "error" else "validation -log p (nats, log scale)"
            if metric == "nll":
                _log_ticks(axes)
            figures.label(axes, title, "steps of 100 images", name)
            if shown:
                figures.legend(axes)
        return canvas.svg("Two layers of 512 units; a line is one of the first three seeds.")


def _log_ticks(axes: Axes) -> None:
    """A log scale of less than a decade, on which powers of ten alone would label nothing."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 6, 8)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())


def _probability(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=10.0) as canvas:
        for axes, images in zip(canvas.axes, (1_000, 10_000), strict=True):
            for style, width in enumerate((200, 1000)):
                arm = f"width{width}_images{images}"
                values = {float(p): metric_values(trials, "probability", arm, f"test_error_{p}") for p in PROBABILITIES}
                points = {p: mean(seeds) for p, seeds in values.items() if len(seeds) > 1}
                if points:
                    figures.intervals(axes, points, f"{width} units", style)
            _log_ticks(axes)
            figures.label(axes, f"{images} images", "probability of being dropped", "test error (%, log scale)")
            if axes.get_legend_handles_labels()[0]:
                figures.legend(axes)
        return canvas.svg("Two hidden layers; means over seeds with 99 % intervals.")


def _scaling(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=11.0) as canvas:
        for axes, (metric, name) in zip(
            canvas.axes, {"error": "test error (%)", "nll": "-log p (nats, log scale)"}.items(), strict=True
        ):
            values = {
                float(place): metric_values(trials, "scaling", "trained", f"test_{way}_{metric}")
                for place, way in enumerate(WAYS)
            }
            figures.seeds(axes, values, "a seed", 0)
            axes.set_xticks(range(len(WAYS)), list(WAYS.values()), rotation=30, ha="right")
            axes.set_yscale("log" if metric == "nll" and any(values.values()) else "linear")
            figures.label(axes, name.split(" (")[0], "", name)
        return canvas.svg("One net a seed, 2 × 512 units without biases, used in six ways; a point is a seed.")


def _large_nets(trials: Sequence[Trial]) -> str:
    with figures.canvas() as canvas:
        (axes,) = canvas.axes
        names = {"small_l2": "2 × 200, L2", "plain": "4 × 2000", "dropout": "4 × 2000, dropout"}
        _errors_of(axes, trials, "large_nets", names)
        figures.label(axes, "784-…-10 ReLU nets", "", "test error (%)")
        return canvas.svg("10 000 images, 60 epochs; a point is a seed.")
