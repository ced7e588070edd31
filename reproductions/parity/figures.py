"""The pictures of parity: the frontier over n at both budgets, and accuracy over first layers."""

from collections.abc import Mapping, Sequence

from common import figures
from common.records import Trial
from common.statistics import proportion

SOLVED = 0.99


def draw(trials: Sequence[Trial], curves: object) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    drawn = {}
    if any(trial.study == "frontier" for trial in trials):
        drawn["frontier.svg"] = _frontier(trials)
    if any(trial.study == "initialisation" for trial in trials):
        drawn["initialisation.svg"] = _initialisation(trials)
    return drawn


def _frontier(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        budgets = (("test_accuracy_short", "1.5 million strings"), ("test_accuracy", "15 million strings"))
        for axes, (metric, budget) in zip(canvas.axes, budgets, strict=True):
            for style, optimizer in enumerate(("adam", "sgd")):
                points = {}
                for n in sorted({_bits(t) for t in trials if t.study == "frontier"}):
                    arm = [t for t in trials if t.study == "frontier" and t.arm == f"{optimizer}_n{n}"]
                    solved = sum((t.metrics.get(metric) or 0.0) >= SOLVED for t in arm)
                    if arm:
                        points[n + 0.15 * style] = proportion(solved, len(arm))
                figures.intervals(axes, points, {"adam": "Adam", "sgd": "SGD, momentum 0.9"}[optimizer], style)
            figures.label(axes, budget, "bits n", "share of seeds with accuracy ≥ 0.99")
            axes.set_ylim(-0.05, 1.05)
            axes.set_xticks(range(16, 34, 2))
            figures.legend(axes)
        caption = "Parity of n bits, one hidden layer of 512, Glorot weights; 10 seeds a point, 99 % intervals."
        return canvas.svg(caption)


def _bits(trial: Trial) -> int:
    return int(trial.arm.split("_")[1].removeprefix("n"))


def _initialisation(trials: Sequence[Trial]) -> str:
    names = {
        "rademacher": "±1/√n",
        "rademacher_noise_0.1": "+ 0.1",
        "rademacher_noise_0.2": "+ 0.2",
        "rademacher_noise_0.3": "+ 0.3",
        "rademacher_noise_0.5": "+ 0.5",
        "equal": "equal",
        "glorot": "Glorot",
        "normal_002": "0.02·N",
        "normal_unit": "N(0, 1/n)",
    }
    with figures.canvas(width=8.0) as canvas:
        axes = canvas.axes[0]
        for place, arm in enumerate(names):
            found = [t.metrics.get("test_accuracy") for t in trials if t.study == "initialisation" and t.arm == arm]
            values = [value for value in found if value is not None]
            figures.seeds(axes, {float(place): values}, "", 0 if arm.startswith("rademacher") else 1)
        figures.rule(axes, 0.5, "chance")
        figures.rule(axes, 0.99, "solved")
        axes.set_xticks(range(len(names)), list(names.values()))
        figures.label(
            axes, "Parity of 31 bits", "first-layer weights (+ relative Gaussian noise)", "accuracy on fresh strings"
        )
        return canvas.svg(
            "One hidden layer of 2048, Adam, 1.5 million strings; a point is a seed: 64 of ±1/√n and of Glorot, else 10."
        )
