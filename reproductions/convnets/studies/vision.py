"""Does a convolutional net err less than a net without convolutions, where both are tuned alike?

`nets` trains a convolutional net, two layers of 3x3 with pooling and twice as many filters in the second, and one
hidden layer of ReLU units, each of the width and at the rate of the least error of pilots on validation images. Both
have three widths by three rates to choose from; the widest of both train for about as long. Pictures have 14x14 pixels.
Both are also shown held-out images that were moved by up to two pixels, of which they saw none in training. Beside
them stand, on the same images and as scikit-learn has them, a support vector machine, nearest neighbours and a net.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import side_by_side, together
from reproductions.convnets import model, others
from reproductions.convnets.images import images

DATASET = "images"
METRICS = {
    "cnn_error": "wrong labels of the convolutional net on held-out images (test, or validation), per cent",
    "mlp_error": "the same of the net without convolutions, per cent",
    "cnn_moved_error": "wrong labels of the convolutional net on the same images, moved, per cent",
    "mlp_moved_error": "the same of the net without convolutions, per cent",
    "gap": "mlp_error less cnn_error, points of per cent",
    "moved_gap": "the same on moved images, points of per cent",
    "error": "wrong labels of one that is no net of ours on the held-out images, per cent",
}
IMAGES, STEPS = 5_000, 2_000
NETS = {"cnn": ("cnn4", "cnn", "cnn16"), "mlp": ("mlp128", "mlp512", "mlp2048")}
TRIED = (0.001, 0.003, 0.01)
GRIDS = {net: TRIED for nets in NETS.values() for net in nets}
RATES = {"cnn16": 0.003, "mlp512": 0.003}
OTHERS = ("svm", "knn", "sklearn_mlp")
SECONDS = {"cnn4": 1.2, "cnn": 2.0, "cnn16": 4.5, "mlp128": 0.3, "mlp512": 1.0, "mlp2048": 4.0}
TOLD, TUNED = ("test", 10_000), ("validation", 5_000)
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
QUICK = {"rate": 0.01, "images": 500, "steps": 80}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_nets("nets", RATES), *map(_other, OTHERS))
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        return (_quick(PILOTS), *_tuned())
    return ()


def _tuned() -> Iterator[Arm]:
    for net, grid in GRIDS.items():
        for rate in grid:
            yield _nets(f"{net}_rate_{rate:g}", {net: rate}, PILOTS[:2], held_out=TUNED)


def _nets(
    name: str,
    rates: Mapping[str, float],
    seeds: Sequence[int] = (),
    size: int = IMAGES,
    steps: int = STEPS,
    held_out: tuple[str, int] = TOLD,
) -> Arm:
    settings = {"rates": rates, "images": size, "steps": steps, "held_out": list(held_out)}
    return Arm(name, settings, tuple(seeds), seconds=sum(SECONDS[net] for net in rates) * steps / STEPS)


def _other(which: str) -> Arm:
    settings = {"which": which, "images": IMAGES, "held_out": list(TOLD)}
    return Arm(which, settings, seconds={"svm": 6.0, "knn": 1.0, "sklearn_mlp": 6.0}[which])


def _quick(seeds: Sequence[int]) -> Arm:
    own = {"cnn": QUICK["rate"]}
    return _nets("quick_cnn", own, seeds, int(QUICK["images"]), int(QUICK["steps"]), ("validation", 1_000))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return next(iter(experiments(settings).values()))


def experiments(settings: Mapping[str, Any]) -> dict[str, Experiment]:
    held_out = {"still": images(*settings["held_out"]), "moved": images(*settings["held_out"], "moved")}
    size, steps = settings["images"], settings["steps"]
    return {net: model.experiment(net, rate, size, steps, held_out) for net, rate in settings["rates"].items()}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    if "which" in settings:
        data = images("train", settings["images"]), images(*settings["held_out"])
        for seed in seeds:
            metrics = {"error": others.error(settings["which"], seed, *data)}
            yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
    else:
        for seed, runs in side_by_side(experiments(settings), seeds, lanes):
            yield together(seed, runs, errors(runs))


def errors(runs: Mapping[str, Run]) -> dict[str, float | None]:
    """Of each net, and how far apart they are; no number for a net that diverged."""
    found: dict[str, float | None] = {}
    for net, run in runs.items():
        kind = net.rstrip("0123456789")
        found[f"{kind}_error"] = run.metrics.get("still_error")
        found[f"{kind}_moved_error"] = run.metrics.get("moved_error")
    for form in ("", "moved_"):
        cnn, mlp = found.get(f"cnn_{form}error"), found.get(f"mlp_{form}error")
        if cnn is not None and mlp is not None:
            found[f"{form}gap"] = mlp - cnn
    return found
