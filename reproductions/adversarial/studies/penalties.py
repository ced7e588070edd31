"""Can a net be regularised until FGSM fools it less often than not, while it still knows clean digits?

Four paths from little to much lead away from a net without any: L2 and L1 penalties on the weights, dropout of hidden
units, and Gaussian noise on the inputs. One trial trains all points of a seed, from the same first weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.adversarial import measures, model, paths, rates

DATASET = "images"
METRICS = {
    "none_fgsm": "error under FGSM of 0.25 of the net without regularisation, per cent",
    "none_fgsm_at_0.1": "the same at 0.1, per cent",
    "l2_heavy_error": "clean error at the strength named beforehand, per cent",
    "l2_heavy_fgsm": "error under FGSM of 0.25 there, per cent",
    "l2_heavy_fgsm_at_0.1": "the same at 0.1, per cent",
    "l2_knowing": "points of the path that know clean digits, points",
    "l2_least_fgsm": "least error under FGSM of 0.25 among these, per cent",
    "l2_fall": "greatest fall of that error from the net without regularisation, points",
    "l2_robust_error": "clean error at the first point that FGSM fools on half of the images or fewer, per cent",
    "l1_heavy_error": "the same of L1, per cent",
    "l1_heavy_fgsm": "the same of L1, per cent",
    "l1_heavy_fgsm_at_0.1": "the same of L1, per cent",
    "l1_knowing": "the same of L1, points",
    "l1_least_fgsm": "the same of L1, per cent",
    "l1_fall": "the same of L1, points",
    "l1_robust_error": "the same of L1, per cent",
    "dropout_heavy_error": "the same of dropout, per cent",
    "dropout_heavy_fgsm": "the same of dropout, per cent",
    "dropout_heavy_fgsm_at_0.1": "the same of dropout, per cent",
    "dropout_knowing": "the same of dropout, points",
    "dropout_least_fgsm": "the same of dropout, per cent",
    "dropout_fall": "the same of dropout, points",
    "dropout_robust_error": "the same of dropout, per cent",
    "noise_heavy_error": "the same of noise on the inputs, per cent",
    "noise_heavy_fgsm": "the same of noise on the inputs, per cent",
    "noise_heavy_fgsm_at_0.1": "the same of noise on the inputs, per cent",
    "noise_knowing": "the same of noise on the inputs, points",
    "noise_least_fgsm": "the same of noise on the inputs, per cent",
    "noise_fall": "the same of noise on the inputs, points",
    "noise_robust_error": "the same of noise on the inputs, per cent",
    "greatest_fall": "the greatest fall of all paths, points",
    "budget_kept": "the least of the shares of images within the budget, a share",
    "planted_found": "planted examples that FGSM or PGD finds, whichever finds less, a share",
    "validation_error": "of a pilot: error on 10 000 clean validation images, per cent",
}
KNOWS = 3.0  # per cent wrong at most: a net that still knows clean digits
START = ("none", 0.0)
PATHS: Mapping[str, Sequence[float]] = {
    "l2": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 3e-1),
    "l1": (1e-6, 1e-5, 1e-4, 1e-3),
    "dropout": (0.2, 0.5, 0.8),
    "noise": (0.3, 0.5),
}
HEAVY = {"l2": 1e-1, "l1": 1e-3, "dropout": 0.8, "noise": 0.5}  # the heaviest that still beats chance, by pilots
SETTINGS: dict[str, Any] = {"epsilons": [0.1, model.EPSILON], "knows": KNOWS}
FULL: dict[str, Any] = SETTINGS | {"width": 512, "steps": 5 * model.EPOCH}
MEASURED: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": 500}
QUICK: dict[str, Any] = {"width": 64, "steps": 300, "test": "validation", "tested": 1_000, "attacked": 100}
QUICK_KNOWS = 20.0  # of a small net on few digits
RATE = rates.RATES["ensemble"]  # of all points: that of the net without any, which each member of the ensemble is


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        paths = {name: list(strengths) for name, strengths in PATHS.items()}
        return (Arm("paths", {"paths": paths, "heavy": HEAVY, "rate": RATE, **FULL, **MEASURED}, seconds=150),)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        points = [(path, strength) for path, strengths in PATHS.items() for strength in strengths]
        return (_quick(seeds), *(_pilot(*point, seeds[:2]) for point in points))
    return ()


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"paths": {"l2": [1e-5, 1e-2]}, "heavy": {}, "rate": 3e-3, **SETTINGS, **QUICK, "knows": QUICK_KNOWS}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=3)


def _pilot(path: str, strength: float, seeds: Sequence[int]) -> Arm:
    settings = {"paths": {}, "start": [path, strength], "heavy": {}, "rate": RATE, **FULL, "select": True}
    return Arm(f"{path}_{strength:g}", settings, tuple(seeds), seconds=10)


def experiment(settings: Mapping[str, Any], path: str = START[0], strength: float = START[1]) -> Experiment:
    """One point. Those of a path of penalties on weights, and no others, share a program."""
    widths, evaluate = (settings["width"],) * 2, measures.attacked(settings)
    kinds: dict[str, Any] = {"dropout": {"dropout": (0.0, strength)}, "noise": {"noise": strength}}
    layers = kinds.get(path, {})
    if path not in ("l1", "l2"):
        return model.experiment(
            settings, lambda pixels: model.mlp(pixels, widths, **layers), model.clean_loss, evaluate
        )
    size: Any = ops.square if path == "l2" else magnitude
    scalars: dict[str, Any] = {}  # those of the program, which exist once it is built

    def penalty(weights: Any) -> Any:
        return scalars["strength"] * ops.sum(size(weights))

    base = model.experiment(
        settings, lambda pixels: model.mlp(pixels, widths, regularizer=penalty), model.clean_loss, evaluate
    )

    def build(hyper: Mapping[str, Any]) -> Any:
        scalars.update(hyper)
        return base.build_model(hyper)

    return replace(base, build_model=build, hyper={**base.hyper, "strength": strength})


def magnitude(weights: Any) -> Any:
    """Absolute values, whose gradient at 0 is 0 on every backend; that of `ops.abs` is 1 on JAX."""
    return ops.relu(weights) + ops.relu(-weights)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    path, strength = settings.get("start", START)
    points = [(path, strength), *((p, value) for p, strengths in settings["paths"].items() for value in strengths)]
    trained: list[list[Run]] = []
    experiments: dict[str, Experiment] = {}
    for path, strength in points:
        point = experiments.setdefault(path, experiment(settings, path, strength))
        if path in ("l1", "l2"):
            point = replace(point, hyper={**point.hyper, "strength": strength})
        elif path in ("dropout", "noise"):
            point = experiment(settings, path, strength)
        trained.append(list(measures.finished(train(point, seeds, lanes=lanes))))
    for number in range(len(seeds)):
        yield paths.along(points, [runs[number] for runs in trained], settings["knows"], settings["heavy"])
