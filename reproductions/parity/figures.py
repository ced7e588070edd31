"""The pictures of parity: the frontier over n, accuracy over first layers and their scale, the staircase, linearity."""

from collections.abc import Mapping, Sequence
from statistics import median

from common import figures
from common.statistics import proportion
from common.trials import Trial
from reproductions.parity import analysis

SOLVED = 0.99
CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    from_trials = {
        "frontier": _frontier,
        "initialisation": _initialisation,
        "larger_init": _larger_init,
        "linearity": _linearity,
    }
    studies = {trial.study for trial in trials}
    drawn = {f"{study}.svg": picture(trials) for study, picture in from_trials.items() if study in studies}
    if "ladder" in studies:
        drawn["ladder.svg"] = _ladder(curves)
    if {"frontier", "law"} <= studies:
        drawn["law.svg"] = _law(trials)
    if {"step_zero", "initialisation"} <= studies:
        drawn["step_zero.svg"] = _step_zero(trials)
    if "reach" in studies:
        drawn["reach.svg"] = _reach(trials)
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
        caption = (
            "Parity of n bits, one hidden layer of 512, Glorot weights; 10 seeds a point (Adam at 25 and 31: 20), "
        )
        caption += "99 % intervals."
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
            "One hidden layer of 2048, Adam, 1.5 million strings; a point is a seed (64 of ±1/√n and Glorot, else 10)."
        )


def _larger_init(trials: Sequence[Trial]) -> str:
    scales = ("0.03", "0.1", "0.3", "1", "3", "10")
    with figures.canvas(columns=2, width=10.0) as canvas:
        panels = ((canvas.axes[0], "gaussian", (16, 20, 24, 28, 31)), (canvas.axes[1], "signs", (24, 31)))
        for axes, weights, bits in panels:
            for style, n in enumerate(bits):
                places: dict[float, list[float]] = {}
                for place, scale in enumerate(scales):
                    arm = f"{weights}_n{n}_scale{scale}"
                    found = [
                        t.metrics.get("test_accuracy") for t in trials if t.study == "larger_init" and t.arm == arm
                    ]
                    places[float(place)] = [value for value in found if value is not None]
                figures.seeds(axes, places, f"{n} bits", style, shift=0.12 * (style - 2))
            axes.set_xticks(range(len(scales)), scales)
            figures.rule(axes, 0.5, "chance")
            title = {"gaussian": "Gaussian first layer", "signs": "First layer of equal sizes, random signs"}[weights]
            figures.label(axes, title, "scale k of weights k/√n", "accuracy on fresh strings")
            figures.legend(axes)
        return canvas.svg(
            "One hidden layer of 512, Adam, 1.5 million strings, a rate for each k; a point is one of 10 or 20 seeds."
        )


def _linearity(trials: Sequence[Trial]) -> str:
    depths, lines = (1, 2, 4, 8), (("relu", "1"), ("tanh", "0.1"), ("tanh", "1"), ("tanh", "4"), ("sigmoid", "4"))
    drawn = {t.arm.partition("_")[0] for t in trials if t.study == "linearity"}
    panels = {inputs: title for inputs, title in (("bits", "±1 bits"), ("pixels", "MNIST pixels")) if inputs in drawn}
    with figures.canvas(columns=len(panels), width=5.0 * len(panels)) as canvas:
        for axes, (inputs, title) in zip(canvas.axes, panels.items(), strict=True):
            for style, (activation, scale) in enumerate(lines):
                arm = f"{inputs}_{activation}_width512_scale{scale}"
                found = [t.metrics for t in trials if t.study == "linearity" and t.arm == arm]
                points = [(d, median(m.get(f"r_squared_depth{d}") or 0.0 for m in found)) for d in depths if found]
                figures.curves(axes, {0: points}, f"{activation}, scale {scale}", style)
            figures.rule(axes, 0.9, "mostly linear")
            axes.set_xscale("log", base=2)
            axes.set_xticks(depths, list(map(str, depths)))
            figures.label(axes, title, "hidden layers", "R² of the best affine fit")
            figures.legend(axes)
        return canvas.svg(
            "Untrained nets of width 512, Glorot weights times a scale, biases zero; medians of 20 seeds."
        )


def _ladder(curves: CURVES) -> str:
    titles = {"staircase": "The staircase", "top": "x1x2x3x4 alone", "gap": "x1 + x1x2x3x4"}
    with figures.canvas(columns=3, width=12.0) as canvas:
        for axes, (target, title) in zip(canvas.axes, titles.items(), strict=True):
            for style, monomial in enumerate(("x1", "x1x2", "x1x2x3", "x1x2x3x4")):
                lines = curves.get(("ladder", target, f"test_coefficient{style + 1}"), {})
                figures.curves(axes, lines, monomial, style)
            figures.rule(axes, 0.5, "half learned")
            figures.label(axes, title, "SGD steps of 64 strings", "correlation of the net with the monomial")
            figures.legend(axes)
        return canvas.svg(
            "30 bits, one hidden layer of 128, online SGD on squared loss; a line is one of the first seeds."
        )


def _law(trials: Sequence[Trial]) -> str:
    law = analysis.fit(*analysis.observations(trials))
    arms = [("Adam", "frontier", "adam_n{}"), ("SGD, momentum 0.9", "frontier", "sgd_n{}")]
    arms += [("Adam, longer budget", "law", "adam_n{}_512")]
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        for style, (name, study, pattern) in enumerate(arms):
            places: dict[float, list[float]] = {}
            for n in range(16, 34):
                runs = [t for t in trials if t.study == study and t.arm == pattern.format(n)]
                times = [t.metrics.get("strings_to_solve") for t in runs]
                cut = [t.steps * analysis.BATCH / 1e6 for t, time in zip(runs, times, strict=True) if time is None]
                figures.censored(axes, n + 0.2 * style, cut, style)
                if solved := [time / 1e6 for time in times if time is not None]:
                    places[n + 0.2 * style] = solved
            if places:
                figures.seeds(axes, places, name, style)
        bits = range(16, 34)
        for bound, dashes in ((0.0, "-"), (-1.0, ":"), (1.0, ":")):
            heights = [analysis.strings(law, n, bound) / 1e6 for n in bits]
            axes.plot(bits, heights, color="#555555", linewidth=1.0, linestyle=dashes)
        figures.rule(axes, 15.0, "15 million")
        axes.set_yscale("log")
        axes.set_xticks(range(16, 34, 2))
        figures.label(axes, "Strings to an accuracy of 0.99", "bits n", "million strings (log scale)")
        figures.legend(axes)
        return canvas.svg(
            "10 seeds a size, width 512; carets: cut off by the budget. Grey: law of Adam, n ≤ 28, median and 99 %."
        )


def _step_zero(trials: Sequence[Trial]) -> str:
    signs = ["rademacher", *(f"rademacher_noise_{dose:g}" for dose in (0.1, 0.2, 0.3, 0.5))]
    families = {"±1/√n, from the right with noise 0 to 0.5": signs, "equal": ["equal"], "Glorot": ["glorot"]}
    families |= {"0.02·N": ["normal_002"], "N(0, 1/n)": ["normal_unit"]}
    with figures.canvas(columns=2, width=10.0) as canvas:
        left, right = canvas.axes
        for style, (name, arms) in enumerate(families.items()):
            places: dict[float, list[float]] = {}
            for arm in arms:
                signals = [t.metrics["median_signal"] or 0.0 for t in trials if (t.study, t.arm) == ("step_zero", arm)]
                found = [t.metrics.get("test_accuracy") for t in trials if (t.study, t.arm) == ("initialisation", arm)]
                if signals:
                    places[median(signals)] = [value for value in found if value is not None]
            if places:
                figures.seeds(left, places, name, style)
        left.set_xscale("log")
        figures.label(left, "31 bits: seen at step zero, and learned", "median |c| of a unit (log scale)", "accuracy")
        figures.legend(left)
        sizes: dict[float, list[float]] = {}
        for n in (7, 11, 15, 19, 23, 27, 31):
            arm = "glorot" if n == 31 else f"glorot_n{n}"
            sizes[n] = [t.metrics["median_signal"] or 0.0 for t in trials if t.study == "step_zero" and t.arm == arm]
        figures.seeds(right, sizes, "Glorot", 1)
        right.set_yscale("log")
        for axes in canvas.axes:
            axes.minorticks_off()
        figures.label(right, "Glorot weights", "bits n", "median |c| of a unit (log scale)")
        return canvas.svg(
            "c: Fourier coefficient of an untrained unit on the parity, with bias and c in units of its r.m.s. weight."
        )


def _reach(trials: Sequence[Trial]) -> str:
    widths = (512, 1024, 2048, 4096)
    with figures.canvas(width=7.0) as canvas:
        axes = canvas.axes[0]
        for style, n in enumerate((31, 50, 64, 100)):
            places: dict[float, list[float]] = {}
            for place, width in enumerate(widths):
                arm = [t for t in trials if t.study == "reach" and t.arm == f"rademacher_n{n}_{width}"]
                found = [t.metrics.get("test_accuracy") for t in arm]
                places[float(place)] = [value for value in found if value is not None]
            figures.seeds(axes, places, f"{n} bits", style, shift=0.1 * (style - 1.5))
        axes.set_xticks(range(len(widths)), list(map(str, widths)))
        figures.rule(axes, 0.5, "chance")
        figures.label(axes, "First layer of ±1/√n", "hidden units", "accuracy on fresh strings")
        figures.legend(axes)
        return canvas.svg("One hidden layer, Adam, 1.5 million strings; a point is one of 3 seeds.")
