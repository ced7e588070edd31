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
from reproductions.adversarial import measures, model

DATASET = "images"
KNOWS = 3.0  # per cent wrong at most: a net that still knows clean digits
START = ("none", 0.0)
PATHS: Mapping[str, Sequence[float]] = {
    "l2": (1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    "l1": (1e-6, 1e-5, 1e-4, 1e-3),
    "dropout": (0.2, 0.5, 0.8),
    "noise": (0.3, 0.5),
}
CURVES = {"error": "test_error", "fgsm": "test_fgsm_250", "fgsm_at_0.1": "test_fgsm_100", "pgd": "attacked_pgd_250"}
SETTINGS: dict[str, Any] = {"epsilons": [0.1, model.EPSILON], "knows": KNOWS}
FULL: dict[str, Any] = SETTINGS | {"width": 512, "steps": 5 * model.EPOCH}
MEASURED: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": 500}
QUICK: dict[str, Any] = {"width": 64, "steps": 300, "test": "validation", "tested": 1_000, "attacked": 100}
QUICK_KNOWS = 20.0  # of a small net on few digits
RATE = 3e-3  # of all points, the best without regularisation
GRID = (3e-4, 1e-3, 3e-3)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        paths = {name: list(strengths) for name, strengths in PATHS.items()}
        settings = {"paths": paths, "rate": RATE, **FULL, **MEASURED}
        return (Arm("paths", settings, tuple(range(8)), seconds=385),)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (_quick(seeds), *(_pilot(rate, seeds[:2]) for rate in GRID))
    return ()


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"paths": {"l2": [1e-5, 1e-2]}, "rate": 3e-3, **SETTINGS, **QUICK, "knows": QUICK_KNOWS}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=3)


def _pilot(rate: float, seeds: Sequence[int]) -> Arm:
    settings = {"paths": {}, "rate": rate, **FULL, "select": True}
    return Arm(f"none_rate_{rate:g}", settings, tuple(seeds), seconds=25)


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
    points = [START, *((path, strength) for path, strengths in settings["paths"].items() for strength in strengths)]
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
        yield along(points, [runs[number] for runs in trained], settings["knows"])


def along(points: Sequence[tuple[str, float]], runs: Sequence[Run], knows: float = KNOWS) -> Run:
    """The runs of one seed at all points as one; the first point is the start of every path.

    Metrics of each path: how many of its points know digits, the least FGSM error at 0.25 among those, which is missing
    where there is none, and the greatest fall of that error from the start. Over all paths `greatest_fall` is the
    greatest of these. Curves: clean error, FGSM and PGD errors over the place in the path, the start at 0. A point that
    diverged knows nothing, and is in no curve; the trial counts as diverged when all of them did.
    """
    metrics: dict[str, float | None] = {}
    curves: dict[str, list[tuple[int, float]]] = {}
    status: Any = "diverged" if all(run.status == "diverged" for run in runs) else "ok"
    start = runs[0].metrics.get("test_fgsm_250")
    falls = []
    for path in dict.fromkeys(path for path, _ in points[1:]):
        found = [run.metrics for (one, _), run in zip(points, runs, strict=True) if one == path]
        wrong = {
            place: (clean, fooled)
            for place, one in enumerate([runs[0].metrics, *found])
            if (clean := one.get("test_error")) is not None and (fooled := one.get("test_fgsm_250")) is not None
        }
        known = [fooled for place, (clean, fooled) in wrong.items() if place and clean <= knows]
        metrics[f"{path}_knowing"] = float(len(known))
        metrics[f"{path}_least_fgsm"] = min(known, default=None)
        if start is not None and len(wrong) > 1:
            falls.append(start - min(fooled for place, (_, fooled) in wrong.items() if place))
            metrics[f"{path}_fall"] = falls[-1]
        for name, metric in CURVES.items():
            values = enumerate(one.get(metric) for one in [runs[0].metrics, *found])
            curves[f"{path}_{name}"] = [(place, value) for place, value in values if value is not None]
    measured = [run.metrics for run in runs if run.metrics.get("budget_kept") is not None]
    metrics["greatest_fall"] = max(falls, default=None)
    for name in ("budget_kept", "planted_found"):
        metrics[name] = min((one[name] or 0.0 for one in measured), default=None)
    if len(runs) == 1:
        metrics["validation_error"] = runs[0].metrics.get("validation_error")
    return Run(runs[0].seed, status, sum(run.steps for run in runs), False, metrics, curves)
