"""Maps of which nets learn from which scale of their initial weights, beside the line that theory draws."""

from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import Any

from common import figures
from common.trials import Trial

GAINS = {"relu": sqrt(0.5), "tanh": 1.0}  # of a layer whose weights are N(0, 1/n), for small signals
VANISHED = 1e-3  # the line: the depth at which a signal has fallen to a thousandth
MANY_SEEDS, FEW_SEEDS = 16, 4  # of a cell of `init_scale`
JUDGED = ("0.1", "1", "1.41")
DEPTHS = (1, 2, 3, 5, 10, 20)  # of the nets of `lazy`


def found(trials: Sequence[Trial], study: str, arm: str, metric: str) -> list[float]:
    """The values of a metric over the seeds of an arm that have one."""
    values = [t.metrics.get(metric) for t in trials if (t.study, t.arm) == (study, arm)]
    return [value for value in values if value is not None]


def _theory(axes: Any, gains: Mapping[float, float]) -> None:
    """Over the scale, the depth at which layers of these gains have brought a signal down to a thousandth."""
    points = [(x, log(VANISHED) / log(gain)) for x, gain in gains.items() if gain < 1]
    axes.plot([x for x, _ in points], [y for _, y in points], color="#555555", linewidth=1.2, label="signal at 1/1000")


def _cells(axes: Any, groups: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    for style, (name, points) in enumerate(groups.items()):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        marker, colour = figures.MARKERS[style], figures.COLOURS[style]
        axes.plot(xs, ys, linestyle="", marker=marker, color=colour, markersize=6, label=name if points else None)


def lazy(trials: Sequence[Trial], curves: Mapping[Any, Mapping[int, Sequence[tuple[float, float]]]]) -> str:
    with figures.canvas(columns=3, width=12.0) as canvas:
        for axes, unit in zip(canvas.axes, ("relu", "tanh"), strict=False):
            groups: dict[str, list[tuple[float, float]]] = {"within 10 %": [], "seeds differ": [], "worse": []}
            for arm in sorted({t.arm for t in trials if t.study == "lazy" and t.arm.startswith(f"{unit}_depth")}):
                depth, width = (int(word.strip("dephtwi")) for word in arm.split("_")[1:])
                near = [ratio <= 1.1 for ratio in found(trials, "lazy", arm, "lazy_over_scaled")]
                groups["within 10 %" if all(near) else "seeds differ" if any(near) else "worse"].append((width, depth))
            _cells(axes, groups)
            _theory(axes, {width: 0.02 * GAINS[unit] * sqrt(width) for width in range(60, 1200, 20)})
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_ylim(0.8, 150)
            axes.set_yticks(DEPTHS, [str(depth) for depth in DEPTHS])
            axes.minorticks_off()
            figures.label(axes, f"{unit}, 0.02·randn against scaled", "width (log scale)", "hidden layers (log scale)")
            figures.legend(axes)
        axes = canvas.axes[2]
        for style, unit in enumerate(("relu", "tanh")):
            figures.curves(axes, curves.get(("critical_width", unit, "gain"), {}), f"{unit}, measured", style)
            widths = (100, 5_000)
            theory = [0.02 * GAINS[unit] * sqrt(width) for width in widths]
            axes.plot(widths, theory, color="#555555", linewidth=0.8, linestyle=figures.DASHES[style + 2])
        figures.rule(axes, 1.0, "scale kept")
        axes.set_xscale("log")
        axes.set_yscale("log")
        figures.label(axes, "A layer of 0.02·randn", "width (log scale)", "gain of a layer (log scale)")
        figures.legend(axes)
        return canvas.svg(
            "A cell is a net, 8 seeds; grey lines are theory: gain 0.02·√n for tanh, 0.02·√(n/2) for ReLU."
        )


def init_scale(trials: Sequence[Trial]) -> str:
    scales, depths = ("0.03", "0.1", "0.3", "1", "1.41", "2", "3"), (2, 5, 10, 20, 50)
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, unit in zip(canvas.axes, ("tanh", "relu"), strict=True):
            groups: dict[str, list[tuple[float, float]]] = {"every seed trains": [], "some": [], "none": []}
            for scale in scales:
                arm, seeds = ("", MANY_SEEDS) if scale in JUDGED else ("_more", FEW_SEEDS)
                for depth in depths:
                    losses = found(trials, "init_scale", f"{unit}_depth{depth}{arm}", f"train_loss_scale_{scale}")
                    trained = sum(loss <= 0.5 * log(10) for loss in losses)
                    name = "every seed trains" if trained == seeds else "some" if trained else "none"
                    groups[name].append((float(scale), depth))
            _cells(axes, groups)
            _theory(axes, {k / 100: k / 100 * GAINS[unit] for k in range(3, 141)})
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_ylim(1.5, 300)  # the legend stands over the deepest
            axes.set_xticks([float(scale) for scale in scales], scales)
            axes.set_yticks(depths, map(str, depths))
            axes.minorticks_off()
            figures.label(axes, unit, "scale k of weights k/√n (log scale)", "hidden layers (log scale)")
            figures.legend(axes)
        return canvas.svg(
            "Width 128, 10 000 images; trains: under 0.5 ln 10 within 1000 steps of plain SGD; 16 or 4 seeds."
        )
