"""The pictures of dropout: its gain over width, depth and kind of task, curves over epochs, probabilities, tests."""

from collections.abc import Mapping, Sequence

from common import figures
from common.records import Trial
from common.statistics import mean

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
WIDTHS, DEPTHS = (50, 100, 200, 500, 1024), (1, 2, 3)
OTHERS = {
    "narrow": (10, 20, 30),
    "one_epoch": (100, 500, 1024),
    "tiny": (100, 500, 1024),
    "completion": (100, 500, 1024),
}
TITLES = {
    "narrow": "narrow nets",
    "one_epoch": "one epoch",
    "tiny": "500 images",
    "completion": "regression",
}
PROBABILITIES = ("0", "0.1", "0.3", "0.5", "0.7")
WAYS = {
    "scaled": "weights scaled",
    "mc100": "mean of 100",
    "mc10": "mean of 10",
    "one_sample": "dropout on",
    "unscaled": "unscaled",
    "halved": "scaled by half",
}


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    pictures = {"grid": _gain, "probability": _probability, "scaling": _scaling}
    studies = {trial.study for trial in trials}
    drawn = {f"{study}.svg": picture(trials) for study, picture in pictures.items() if study in studies}
    return drawn | ({"longer.svg": _longer(curves)} if "longer" in studies else {})


def _values(trials: Sequence[Trial], study: str, arm: str, metric: str) -> list[float]:
    found = [t.metrics.get(metric) for t in trials if (t.study, t.arm) == (study, arm)]
    return [value for value in found if value is not None]


def _gain(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=11.0) as canvas:
        left, right = canvas.axes
        for style, depth in enumerate(DEPTHS):
            points = {}
            for place, width in enumerate(WIDTHS):
                if values := _values(trials, "grid", f"w{width}_d{depth}", "gain"):
                    points[place + 0.08 * (style - 1)] = mean(values)
            figures.intervals(left, points, f"{depth} hidden layer{'s' if depth > 1 else ''}", style)
        left.set_xticks(range(len(WIDTHS)), list(map(str, WIDTHS)))
        left.set_yscale("symlog", linthresh=0.5)
        figures.label(left, "10 000 images, 60 epochs", "units a layer", "error saved by dropout (points)")
        place, names = 0, []
        for style, (family, widths) in enumerate(OTHERS.items()):
            points = {}
            for width in widths:
                gains = _values(trials, "grid", f"{family}_w{width}", "gain")
                plain = _values(trials, "grid", f"{family}_w{width}", "plain_test_error")
                if gains:
                    points[float(place)] = mean([100 * g / p for g, p in zip(gains, plain, strict=True)])
                names.append(str(width))
                place += 1
            figures.intervals(right, points, TITLES[family], style)
        right.set_xticks(range(len(names)), names)
        figures.label(right, "Other regimes, two layers", "units a layer", "error saved (per cent of that without)")
        for axes in canvas.axes:
            figures.rule(axes, 0.0, "no difference")
            figures.legend(axes)
        return canvas.svg("Dropout 0.5 on hidden units against none; 8 seeds a point, 99 % intervals of the mean.")


def _longer(curves: CURVES) -> str:
    panels = [(n, metric) for n in ("10000", "1000") for metric in ("error", "nll")]
    with figures.canvas(columns=4, width=15.0) as canvas:
        for axes, (images, metric) in zip(canvas.axes, panels, strict=True):
            for style, treatment in enumerate(("dropout", "plain")):
                lines = curves.get(("longer", images, f"{treatment}_validation_{metric}"), {})
                epoch = int(images) // 250
                shown = {seed: [(x / epoch, y) for x, y in line[1:]] for seed, line in lines.items()}
                figures.curves(axes, shown, treatment, style)
            name = {"error": "validation error (per cent)", "nll": "validation likelihood loss (nats)"}[metric]
            figures.label(axes, f"{int(images):,} images".replace(",", " "), "epochs", name)
            axes.set_yscale("log")
            figures.legend(axes)
        return canvas.svg("Two layers of 512, constant rate, dropout 0.5 on units and 0.2 on pixels; up to five seeds.")


def _probability(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=10.0) as canvas:
        for axes, images in zip(canvas.axes, ("1000", "10000"), strict=True):
            for style, width in enumerate(("200", "1000")):
                points = {}
                for place, p in enumerate(PROBABILITIES):
                    if values := _values(trials, "probability", f"w{width}_{images}", f"p{p}_test_error"):
                        points[place + 0.06 * style] = mean(values)
                figures.intervals(axes, points, f"2×{width}", style)
            axes.set_xticks(range(len(PROBABILITIES)), list(PROBABILITIES))
            figures.label(axes, f"{images} images", "probability to drop a hidden unit", "test error (per cent)")
            figures.legend(axes)
        return canvas.svg("10 seeds a point, 99 % intervals of the mean.")


def _scaling(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=11.0) as canvas:
        for axes, metric in zip(canvas.axes, ("error", "nll"), strict=True):
            for style, (arm, name) in enumerate((("biases", "with biases"), ("no_biases", "without biases"))):
                places = {
                    float(place): _values(trials, "scaling", arm, f"{way}_{metric}") for place, way in enumerate(WAYS)
                }
                figures.seeds(axes, places, name, style, shift=0.15 * (2 * style - 1))
            axes.set_xticks(range(len(WAYS)), list(WAYS.values()), rotation=20)
            title = {"error": "test error (per cent)", "nll": "test likelihood loss (nats)"}[metric]
            figures.label(axes, title, "how the net is tested", title)
            figures.legend(axes)
        canvas.axes[1].set_yscale("log")
        return canvas.svg(
            "Two layers of 512, dropout 0.5 and 0.2 that does not rescale in training; a point is a seed."
        )
