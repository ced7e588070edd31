"""Can a net be regularised until FGSM fools it less often than not, while it still knows clean digits?

Four paths from little to much: L2 and L1 penalties on the weights, dropout of hidden units, and Gaussian noise on the
inputs. One trial trains the whole of every path, so that the points of a seed are compared with each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import model

DATASET = "images"
KNOWS = 0.03  # clean error of a net that still knows digits
PATHS = {
    "l2": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    "l1": (1e-5, 1e-4, 1e-3),
    "dropout": (0.0, 0.5, 0.8),
    "noise": (0.1, 0.3),
}
STEPS = 1_953  # five epochs of 50 000 images
RATE = 1e-3
SETTINGS: dict[str, Any] = {"epsilons": [0.1, model.EPSILON], "rate": RATE}
FULL: dict[str, Any] = SETTINGS | {"steps": STEPS, "test": "test", "tested": 10_000, "attacked": 1_000}
QUICK: dict[str, Any] = SETTINGS | {"steps": 400, "test": "validation", "tested": 2_000, "attacked": 500, "rate": 3e-3}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        paths = {name: list(strengths) for name, strengths in PATHS.items()}
        return (Arm("paths", {"width": 512, "paths": paths, **FULL}, tuple(range(8)), seconds=260),)
    if tier in ("quick", "pilot"):
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50)) if tier == "pilot" else tuple(range(4))
        return (Arm("paths_quick", {"width": 64, "paths": {"l2": [1e-5, 1e-3, 1e-1]}, **QUICK}, seeds, seconds=4),)
    return ()


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """One point, by the settings `path` and `strength`; else the first of the first path."""
    first, (weakest, *_) = next(iter(settings["paths"].items()))
    path, strength = settings.get("path", first), settings.get("strength", weakest)
    widths = (settings["width"],) * 2
    layers: dict[str, Any] = {"dropout": {"dropout": (0.0, strength)}, "noise": {"noise": strength}}.get(path, {})
    base = model.experiment(settings, lambda pixels: model.mlp(pixels, widths, **layers), model.clean_loss)
    if path not in ("l1", "l2"):
        return base
    size = ops.square if path == "l2" else ops.abs
    pixels = model.images("train", 1).x.shape[1]

    def build(hyper: Mapping[str, Any]) -> Any:
        return model.mlp(pixels, widths, regularizer=lambda weights: hyper["strength"] * ops.sum(size(weights)))

    return replace(base, build_model=build, hyper={**base.hyper, "strength": strength})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    points = [(path, strength) for path, strengths in settings["paths"].items() for strength in strengths]
    trained = [
        list(model.finished(train(experiment({**settings, "path": path, "strength": strength}), seeds, lanes=lanes)))
        for path, strength in points
    ]
    for number in range(len(seeds)):
        yield along(points, [runs[number] for runs in trained])


def along(points: Sequence[tuple[str, float]], runs: Sequence[Run]) -> Run:
    """The runs of one seed at all points as one.

    Metrics: of each path the least FGSM error (budget 0.25) among points whose clean error is at most 3 %, 1 where
    there is none; how many such points there are; and over all paths the greatest fall of the FGSM error from a path's
    weakest point. Curves: clean error, FGSM and PGD errors at 0.1 and 0.25 over the place in the path.
    """
    names = {
        "error": "test_error",
        "fgsm_error": "test_fgsm_error",
        "pgd_error": "attacked_pgd_250",
        "fgsm_100": "attacked_fgsm_100",
        "pgd_100": "attacked_pgd_100",
    }
    if any(run.status != "ok" for run in runs):
        return Run(runs[0].seed, "diverged", sum(run.steps for run in runs), False, {}, {})
    metrics: dict[str, float] = {"greatest_fall": 0.0, "known_points": 0.0}
    curves: dict[str, list[tuple[int, float]]] = {}
    for path in dict.fromkeys(path for path, _ in points):
        found = [run.metrics for (one, _), run in zip(points, runs, strict=True) if one == path]
        table = {name: [one[metric] or 0.0 for one in found] for name, metric in names.items()}
        curves |= {f"{path}_{name}": list(enumerate(values)) for name, values in table.items()}
        known = [fooled for clean, fooled in zip(table["error"], table["fgsm_error"], strict=True) if clean <= KNOWS]
        fall = table["fgsm_error"][0] - min(table["fgsm_error"])
        metrics |= {
            f"{path}_least_fgsm_error": min(known, default=1.0),
            "known_points": metrics["known_points"] + len(known),
            "greatest_fall": max(metrics["greatest_fall"], fall),
        }
    kept = [run.metrics["test_budget_broken"] or 0.0 for run in runs]
    planted = [run.metrics["attacked_planted_found"] or 0.0 for run in runs]
    metrics |= {"budget_broken": max(kept), "planted_found": min(planted)}
    return Run(runs[0].seed, "ok", sum(run.steps for run in runs), False, metrics, curves)
