"""The pictures of adversarial examples: errors over the budget, at a quarter of the range, and what defences cost."""

from collections.abc import Mapping, Sequence

import numpy as np

from common import figures
from common.records import Trial

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
ATTACKS = {"fgsm": "FGSM", "fgsm_clipped": "FGSM, clipped to [0, 1]", "pgd": "PGD-40"}
ORDINARY = {
    "softmax": "softmax",
    "logistic_3_vs_7": "3 vs 7",
    "mlp": "ReLU",
    "mlp_dropout": "dropout",
    "maxout": "maxout",
    "cnn": "conv",
}
TRAINED = {
    "mlp_noise": "noise",
    "mlp_fgsm": "FGSM",
    "mlp_kl_fgsm": "KL, FGSM",
    "mlp_kl_virtual": "KL, virtual",
    "mlp_dropout_fgsm": "dropout,\nFGSM",
    "cnn_fgsm": "conv,\nFGSM",
}
DEFENDED = {"ensemble": "ensemble", "saccades": "nine views", "pretrained": "pre-trained"}
GROUPS = (
    ("fooled", ORDINARY, "Ordinary training"),
    ("perturbed_training", TRAINED, "Training on perturbed images"),
    ("defences", DEFENDED, "Other defences"),
)
METRICS = {
    "test_error": "clean",
    "test_sign_noise_error": "random signs",
    "attacked_fgsm_250": "FGSM",
    "attacked_pgd_250": "PGD-40",
}
PATHS = {"l2": "L2 penalty", "l1": "L1 penalty", "dropout": "dropout", "noise": "input noise"}
CLEAN = {"dropout_clean": "dropout only", "dropout_noise": "and random signs", "dropout_fgsm": "and FGSM examples"}


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies = {trial.study for trial in trials}
    drawn = {}
    if {"fooled", "perturbed_training"} <= studies:
        drawn["budgets.svg"] = _budgets(curves)
        if ("fooled", "mlp", "strip_0_answers") in curves:
            drawn["strip.svg"] = _strip(curves)
    if studies & {study for study, _, _ in GROUPS}:
        drawn["attacks.svg"] = _attacks(trials)
    if "penalties" in studies:
        drawn["penalties.svg"] = _penalties(curves)
    if "clean_error" in studies:
        drawn["clean_error.svg"] = _clean_error(trials)
    return drawn


def _budgets(curves: CURVES) -> str:
    panels = (("fooled", "mlp", "Trained on clean images"), ("perturbed_training", "mlp_fgsm", "Trained on FGSM, 0.25"))
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, (study, arm, title) in zip(canvas.axes, panels, strict=True):
            for style, (metric, name) in enumerate(ATTACKS.items()):
                lines = curves.get((study, arm, metric), {})
                figures.curves(axes, {s: [(x / 1000, y) for x, y in line] for s, line in lines.items()}, name, style)
            figures.rule(axes, 0.9, "guessing one of ten")
            axes.set_ylim(-0.03, 1.03)
            figures.label(axes, title, "budget (1 = pixel range)", "share of 500 test images fooled")
            figures.legend(axes)
        return canvas.svg("ReLU nets 2×512; a line is one of five seeds. Under PGD a robust net's line stays low too.")


def _strip(curves: CURVES) -> str:
    """Digits, the pattern that FGSM adds, and their sum, with the net's answers."""
    side = 28
    images = sorted({int(m.split("_")[1]) for _, arm, m in curves if arm == "mlp" and m.startswith("strip_")})
    tiles = np.full((3 * side + 8, len(images) * (side + 4)), np.nan)
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        for place, image in enumerate(images):
            left = place * (side + 4)
            digit, moves = np.zeros((side, side)), -np.ones((side, side))
            for row in range(side):
                for kind, array in (("image", digit), ("moves", moves)):
                    for column, value in curves.get(("fooled", "mlp", f"strip_{image}_{kind}_{row}"), {}).get(0, ()):
                        array[row, int(column)] = value
            for number, tile in enumerate((digit, 0.5 + 0.25 * moves, digit + 0.25 * moves)):
                top = number * (side + 4)
                tiles[top : top + side, left : left + side] = tile
            (before, sure), (after, surely) = curves["fooled", "mlp", f"strip_{image}_answers"][0]
            axes.text(left, -2, f"a {before:.0f} ({100 * sure:.0f} %)", fontsize=8)
            axes.text(left, 3 * side + 12, f"a {after:.0f} ({100 * surely:.0f} %)", fontsize=8)
        axes.imshow(tiles, cmap="gray", vmin=-0.25, vmax=1.25, interpolation="none")
        axes.set_axis_off()
        return canvas.svg("Test digits, what FGSM adds (0.25 up or down), and the sum; what a ReLU net says to each.")


def _attacks(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=3, width=14.0) as canvas:
        for axes, (study, names, title) in zip(canvas.axes, GROUPS, strict=True):
            for style, (metric, name) in enumerate(METRICS.items()):
                found = {
                    float(place): _values(trials, study, arm, metric)
                    for place, arm in enumerate(names)
                    if _values(trials, study, arm, metric)
                }
                if found:
                    figures.seeds(axes, found, name, style, shift=0.15 * (style - 1.5))
            axes.set_xticks(range(len(names)), list(names.values()))
            axes.set_ylim(-0.03, 1.03)
            figures.label(axes, title, "", "error, budget 0.25")
            figures.legend(axes)
        return canvas.svg("A point is a seed. FGSM and PGD-40 on the same 2000 test images, clean and noise on 10 000.")


def _values(trials: Sequence[Trial], study: str, arm: str, metric: str) -> list[float]:
    found = [t.metrics.get(metric) for t in trials if (t.study, t.arm) == (study, arm)]
    return [value for value in found if value is not None]


def _penalties(curves: CURVES) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, metric, budget in zip(canvas.axes, ("fgsm_error", "fgsm_100"), ("0.25", "0.1"), strict=True):
            for style, (path, name) in enumerate(PATHS.items()):
                clean = curves.get(("penalties", "paths", f"{path}_error"), {})
                fooled = curves.get(("penalties", "paths", f"{path}_{metric}"), {})
                lines = {
                    seed: [(x, y) for (_, x), (_, y) in zip(clean[seed], fooled[seed], strict=True)]
                    for seed in clean
                    if seed in fooled
                }
                figures.curves(axes, lines, name, style)
            axes.axvline(0.03, color="#555555", linewidth=0.8, linestyle=(0, (2, 2)))
            axes.set_xscale("log")
            figures.label(axes, f"FGSM at {budget}", "clean test error (log scale)", "error on FGSM examples")
            figures.legend(axes)
        return canvas.svg("Each line is one of five seeds along a path of growing strength; dashed: clean error 3 %.")


def _clean_error(trials: Sequence[Trial]) -> str:
    with figures.canvas() as canvas:
        axes = canvas.axes[0]
        for style, (arm, name) in enumerate(CLEAN.items()):
            found = [100 * value for value in _values(trials, "clean_error", arm, "test_error")]
            if found:
                figures.seeds(axes, {float(style): found}, name, style)
        axes.set_xticks(range(len(CLEAN)), list(CLEAN.values()))
        figures.label(axes, "ReLU nets 2×1024 with dropout", "trained on", "error on 10 000 clean test images (%)")
        return canvas.svg("A point is a seed; the same seeds start from the same weights and see the same batches.")
