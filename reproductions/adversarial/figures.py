"""The pictures of adversarial examples: errors over the budget, attacked digits, and what it takes to resist."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from common import figures
from common.trials import Trial, metric_values

CURVES = Mapping[tuple[str, str, str], Mapping[int, Sequence[tuple[float, float]]]]
SIDE, GROUP = 28, 4  # of a digit; pixels that share a point of a curve (`strip`)
GREYS = 16
ORDINARY = {
    "softmax": "softmax", "logistic_3_vs_7": "3 vs 7", "mlp": "ReLU", "mlp_dropout": "dropout", "maxout": "maxout",
    "cnn": "conv",
}  # fmt: skip
TRAINED = {
    "mlp_clean": "ReLU", "mlp_noise": "signs", "mlp_fgsm": "FGSM", "mlp_dropout_clean": "dropout",
    "mlp_dropout_noise": "signs", "mlp_dropout_fgsm": "FGSM", "cnn_clean": "conv", "cnn_fgsm": "FGSM",
}  # fmt: skip
DEFENDED = {
    "single": "single", "ensemble": "ensemble", "saccades": "nine views", "pretrained": "pre-\ntrained",
    "trained_on_fgsm": "FGSM",
}  # fmt: skip
GROUPS = (
    ("fooled", ORDINARY, "Ordinary training"),
    ("perturbed_training", TRAINED, "Trained on perturbed images"),
    ("defences", DEFENDED, "Defences"),
)
METRICS = {
    "test_error": "clean",
    "noise_signs_error": "random signs",
    "attacked_fgsm_250": "FGSM",
    "attacked_pgd_250": "PGD-40",
}
BUDGETS = (  # net, its arms by what they were trained on
    ("ReLU 2×512", {"mlp_clean": "clean", "mlp_noise": "random signs", "mlp_fgsm": "FGSM"}),
    ("with dropout", {"mlp_dropout_clean": "clean", "mlp_dropout_noise": "random signs", "mlp_dropout_fgsm": "FGSM"}),
    ("convolutional", {"cnn_clean": "clean", "cnn_fgsm": "FGSM"}),
)
PATHS = {"l2": "L2 penalty", "l1": "L1 penalty", "dropout": "dropout", "noise": "input noise"}


def draw(trials: Sequence[Trial], curves: CURVES) -> Mapping[str, str]:
    """File name to SVG text, for the studies on record."""
    studies = {trial.study for trial in trials}
    drawn = {}
    if any(study == "perturbed_training" for study, _, _ in curves):
        drawn["budgets.svg"] = _budgets(curves)
    if ("fooled", "mlp", "strip_0_answers") in curves:  # missing where that net diverged
        drawn["strip.svg"] = _strip(curves)
    if studies & {study for study, _, _ in GROUPS}:
        drawn["attacks.svg"] = _attacks(trials)
    if "penalties" in studies:
        drawn["penalties.svg"] = _penalties(curves)
    if "clean_error" in studies:
        drawn["clean_error.svg"] = _clean_error(trials)
    return drawn


def _budgets(curves: CURVES) -> str:
    with figures.canvas(columns=3, width=12.0) as canvas:
        for axes, (title, arms) in zip(canvas.axes, BUDGETS, strict=True):
            style = 0
            for arm, name in arms.items():
                for attack, what in (("fgsm", "FGSM"), ("pgd", "PGD-40")):
                    lines = curves.get(("perturbed_training", arm, attack), {})
                    over = {seed: [(x / 1000, y) for x, y in line] for seed, line in lines.items()}
                    figures.curves(axes, over, f"{name}: {what}", style)
                    style += 1
            figures.rule(axes, 90.0, "guessing")
            axes.set_ylim(-3, 103)
            figures.label(axes, title, "budget (1 = pixel range)", "error (%)")
            figures.legend(axes, "trained on: attacked by")
        return canvas.svg("500 test images (at 0 all of them); a line is one of three seeds.")


def _tile(curves: CURVES, image: int, kind: str, base: int) -> np.ndarray[Any, Any]:
    """(28, 28) the values that `strip` has packed, four to a point, to the base."""
    rows = np.zeros((SIDE, SIDE))
    for row in range(SIDE):
        for place, packed in _shown(curves, f"{image}_{kind}_{row}"):
            for pixel in range(GROUP):
                rows[row, GROUP * int(place) + pixel] = round(packed) // base**pixel % base
    return rows


def _shown(curves: CURVES, name: str) -> Sequence[tuple[float, float]]:
    """What `strip` gave of the one seed whose digits are drawn."""
    return next(iter(curves.get(("fooled", "mlp", f"strip_{name}"), {}).values()), ())


def _strip(curves: CURVES) -> str:
    """Digits, the pattern that FGSM adds, and their sum, with the net's answers."""
    images = sorted({int(m.split("_")[1]) for _, arm, m in curves if arm == "mlp" and m.startswith("strip_")})
    step = SIDE + 4
    tiles = np.full((3 * SIDE + 8, len(images) * step), np.nan)
    with figures.canvas(width=9.0) as canvas:
        axes = canvas.axes[0]
        for place, image in enumerate(images):
            digit = _tile(curves, image, "image", GREYS) / (GREYS - 1)
            moves = _tile(curves, image, "moves", 3) - 1
            for number, tile in enumerate((digit, 0.5 + 0.25 * moves, digit + 0.25 * moves)):
                top = number * step
                tiles[top : top + SIDE, place * step : place * step + SIDE] = tile
            (before, sure), (after, surely) = _shown(curves, f"{image}_answers")
            axes.text(place * step, -2, f"a {before:.0f} ({100 * sure:.0f} %)", fontsize=8)
            axes.text(place * step, 3 * SIDE + 12, f"a {after:.0f} ({100 * surely:.0f} %)", fontsize=8)
        axes.imshow(tiles, cmap="gray", vmin=-0.25, vmax=1.25, interpolation="none")
        axes.set_axis_off()
        return canvas.svg("Test digits, what FGSM adds (0.25 up or down), and the sum; what a ReLU net says to each.")


def _attacks(trials: Sequence[Trial]) -> str:
    with figures.canvas(columns=3, width=15.0) as canvas:
        for axes, (study, names, title) in zip(canvas.axes, GROUPS, strict=True):
            for style, (metric, name) in enumerate(METRICS.items()):
                places = {float(place): metric_values(trials, study, arm, metric) for place, arm in enumerate(names)}
                if found := {place: values for place, values in places.items() if values}:
                    figures.seeds(axes, found, name, style, shift=0.15 * (style - 1.5))
            axes.set_xticks(range(len(names)), list(names.values()))
            axes.set_ylim(-3, 103)
            figures.label(axes, title, "", "error (%), budget 0.25")
        figures.shared_legend(canvas, canvas.axes)
        return canvas.svg("A point is a seed. FGSM and PGD-40 on the same 2000 test images, clean and noise on 10 000.")


def _penalties(curves: CURVES) -> str:
    with figures.canvas(columns=2, width=9.0) as canvas:
        for axes, metric, budget in zip(canvas.axes, ("fgsm", "fgsm_at_0.1"), ("0.25", "0.1"), strict=True):
            for style, (path, name) in enumerate(PATHS.items()):
                clean = curves.get(("penalties", "paths", f"{path}_error"), {})
                fooled = curves.get(("penalties", "paths", f"{path}_{metric}"), {})
                lines = {
                    seed: [(x, dict(fooled[seed])[place]) for place, x in clean[seed] if place in dict(fooled[seed])]
                    for seed in clean
                    if seed in fooled
                }
                figures.curves(axes, lines, name, style)
            axes.axvline(3.0, color="#555555", linewidth=0.8, linestyle=(0, (2, 2)))
            figures.rule(axes, 50.0, "robust and knowing: lower left")
            axes.set_xscale("log")
            axes.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
            axes.set_xticks([], minor=True)
            figures.label(axes, f"FGSM at {budget}", "clean test error (%, log scale)", "error on FGSM examples (%)")
            figures.legend(axes)
        return canvas.svg("A line is one of three seeds along a path from no regularisation to much of it.")


def _clean_error(trials: Sequence[Trial]) -> str:
    """A line joins the two nets of a seed."""
    with figures.canvas() as canvas:
        axes = canvas.axes[0]
        nets = {0.0: ("clean_error", "dropout only"), 1.0: ("fgsm_error", "and FGSM examples")}
        nets[2.0] = ("noise_error", "and random signs")
        for trial in trials:
            if (trial.study, trial.arm) == ("clean_error", "pair"):
                ends = [(place, trial.metrics.get(metric)) for place, (metric, _) in nets.items()]
                known = {trial.seed: [(place, value) for place, value in ends if value is not None]}
                figures.curves(axes, known, "", 6)
        for style, (place, (metric, name)) in enumerate(nets.items()):
            arms = ("pair", "noise")  # which edition 1 trained apart
            if found := [value for arm in arms for value in metric_values(trials, "clean_error", arm, metric)]:
                figures.seeds(axes, {place: found}, name, style)
        axes.set_xticks(list(nets), [name for _, name in nets.values()])
        figures.label(axes, "ReLU nets 2×1024 with dropout", "trained on", "error on 10 000 clean test images (%)")
        return canvas.svg(
            "A point is a net; a line joins those that start from the same weights and see the same batches."
        )
