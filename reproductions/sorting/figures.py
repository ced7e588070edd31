"""The pictures of sorting: what trained nets get right and where, units against terms, the way back to exact."""

from collections.abc import Mapping, Sequence
from statistics import median

from common import figures
from common.trials import Trial

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
NETS = {
    "likelier_bits": "always the likelier bit (exact)",
    "linear": "linear",
    "one_hidden": "one hidden layer, as many weights",
    "two_hidden_100": "two hidden layers of 100",
    "two_hidden": "two hidden layers of 512",
    "best_effort": "two of 1024, falling rate (best effort)",
}
BITS, RANKS = 6, 10
BACK = "from_exact_noise_"


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    drawn = {}
    trained = [trial for trial in trials if trial.study == "trained"]
    if trained:
        drawn["trained.svg"] = _trained(trained)
        drawn["from_exact.svg"] = _from_exact(trained, curves)
    if any(trial.study == "boolean" for trial in trials):
        drawn["circuits.svg"] = _circuits(curves)
    return drawn


def _trained(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=4, width=15.0) as canvas:
        groups = (
            (canvas.axes[1], [f"test_bit_{k}" for k in range(BITS)], range(1, BITS + 1)),
            (canvas.axes[2], [f"test_rank_{m}" for m in range(RANKS)], range(1, RANKS + 1)),
            (canvas.axes[3], [f"test_value_error_{m}" for m in range(RANKS)], range(1, RANKS + 1)),
        )
        for style, (arm, name) in enumerate(NETS.items()):
            found = [trial.metrics for trial in trials if trial.arm == arm and trial.metrics]
            shares = ("test_bit_accuracy", "test_number_accuracy", "test_list_accuracy")
            values = {float(x): [m.get(share) or 0.0 for m in found] for x, share in enumerate(shares)}
            figures.seeds(canvas.axes[0], values, name, style, shift=0.1 * (style - 2.5))
            for axes, metrics, places in groups:
                line = [(x, median(m[metric] or 0.0 for m in found)) for x, metric in zip(places, metrics, strict=True)]
                figures.curves(axes, {0: line}, name, style)
        canvas.axes[0].set_xticks(range(3), ["bits", "numbers", "whole lists"])
        figures.label(canvas.axes[0], "What is right", "share of", "accuracy on fresh lists")
        figures.label(canvas.axes[1], "Bits, by place", "bit plane (1 = most significant)", "share of bits right")
        figures.label(canvas.axes[2], "Numbers, by rank", "rank (1 = smallest)", "share of numbers right")
        figures.label(canvas.axes[3], "Error, by rank", "rank (1 = smallest)", "mean absolute error (last bit = 1)")
        figures.shared_legend(canvas, canvas.axes[:2])
        count = {arm: sum(trial.arm == arm for trial in trials) for arm in NETS}
        caption = (
            f"Ten numbers of six bits. Left: a point is a seed ({count['two_hidden']} of 512 wide, 3 of the others)."
        )
        return canvas.svg(f"{caption} Others: medians over the seeds. The exact net has no error.")


def _from_exact(trials: Sequence[Trial], curves: CURVES) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        arms = sorted({t.arm for t in trials if t.arm.startswith(BACK)}, key=lambda arm: float(arm.removeprefix(BACK)))
        for axes, metric, name in zip(
            canvas.axes, ("test_bit_accuracy", "test_list_accuracy"), ("bits right", "whole lists right"), strict=True
        ):
            for style, arm in enumerate(arms):
                figures.curves(axes, curves.get(("trained", arm, metric), {}), arm.removeprefix(BACK), style)
            figures.label(axes, f"Share of {name}", "optimiser steps of 256 lists", "accuracy on fresh lists")
            figures.legend(axes, "noise")
        return canvas.svg(
            "Adam at 0.0001 from the exact net, its weights moved by noise relative to each layer's; 3 seeds a noise."
        )


def _circuits(curves: CURVES) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        panels: tuple[tuple[str, dict[str, str], str], ...] = (
            ("sorted_bits", {"terms": "terms of an OR of ANDs", "threshold_units": "threshold units"}, "numbers n"),
            (
                "one_gate",
                {
                    "majority_terms": "majority of n bits",
                    "parity_terms": "parity of n bits",
                    "comparison_terms": "x > y, n bits each",
                },
                "bits n",
            ),
        )
        titles = ("Sorting n numbers of one bit", "Terms of an OR of ANDs")
        for axes, title, (arm, names, x) in zip(canvas.axes, titles, panels, strict=True):
            for style, (metric, name) in enumerate(names.items()):
                figures.curves(axes, curves.get(("boolean", arm, metric), {}), name, style)
            axes.set_yscale("log", base=2)
            figures.label(axes, title, x, "count (log scale)")
            figures.legend(axes)
        return canvas.svg(
            "Exact counts, no sampling. One threshold gate computes majority or comparison; parity takes n + 1."
        )
