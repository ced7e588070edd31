"""Does a layer whose filters are the same at every place err less than one that learns them at each place anew?

Three nets of 800 units and ten logits on pictures of 14x14 pixels: `conv` shares eight filters of 5x5, in `local` each
unit has weights of its own for its window, in `dense` for the whole picture. A trial trains a seed of each, so that
what the shared filters gain is a number of the trial. `permuted` exchanges all pixels, the same way in every image, so
that a window holds no neighbours; `signed` gives every pixel a sign of its own, so that a stroke looks different at
every place; `pooled` takes the largest of 2x2 units before the logits. Adam, at a rate for each net, the best of pilots
on images as they are, and of others for exchanged pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import side_by_side, together
from reproductions.convnets import model
from reproductions.convnets.images import images

DATASET = "images"
METRICS = {
    "conv_error": "wrong labels of shared filters on held-out images (test, or validation), per cent",
    "local_error": "the same of weights for each place, per cent",
    "dense_error": "the same of a layer that sees the whole picture, per cent",
    "conv_seen_error": "wrong labels of shared filters among their training images, per cent",
    "local_seen_error": "the same of weights for each place, per cent",
    "dense_seen_error": "the same of a layer that sees the whole picture, per cent",
    "advantage": "local_error less conv_error, points of per cent",
}
IMAGES, STEPS = 2_000, 1_000
SIZES = (500, IMAGES, 5_000)
FORMS = ("plain", "permuted", "signed", "pooled")
GRID = (0.003, 0.01, 0.03)
RATES = {
    "plain": {"conv": 0.01, "local": 0.01, "dense": 0.003},
    "permuted": {"conv": 0.01, "local": 0.01, "dense": 0.003},
}
SECONDS = {"conv": 0.3, "local": 0.8, "dense": 0.6}
TOLD, TUNED = ("test", 10_000), ("validation", 5_000)
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
QUICK = {"rate": 0.01, "images": 500, "steps": 80}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        sizes = (_arm(f"images_{size}", "plain", RATES["plain"], size=size) for size in SIZES if size != IMAGES)
        return (*(_arm(form, form, _rates(form)) for form in FORMS), *sizes)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        return (_quick(PILOTS), *_tuned())
    return ()


def _rates(form: str) -> Mapping[str, float]:
    """Of forms that are scope alone the rates of two nets on images as they are."""
    return RATES[form] if form in RATES else {net: RATES["plain"][net] for net in ("conv", "local")}


def _tuned() -> Iterator[Arm]:
    for form, rates in RATES.items():
        for net in rates:
            for rate in GRID:
                yield _arm(f"{form}_{net}_rate_{rate:g}", form, {net: rate}, PILOTS[:2], held_out=TUNED)


def _arm(
    name: str,
    form: str,
    rates: Mapping[str, float],
    seeds: Sequence[int] = (),
    size: int = IMAGES,
    steps: int = STEPS,
    held_out: tuple[str, int] = TOLD,
) -> Arm:
    settings = {"form": form, "rates": rates, "images": size, "steps": steps, "held_out": list(held_out)}
    return Arm(name, settings, tuple(seeds), seconds=sum(SECONDS[net] for net in rates) * steps / STEPS)


def _quick(seeds: Sequence[int]) -> Arm:
    own = {"local": QUICK["rate"]}
    return _arm("quick_local", "plain", own, seeds, int(QUICK["images"]), int(QUICK["steps"]), ("validation", 1_000))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return next(iter(experiments(settings).values()))


def experiments(settings: Mapping[str, Any]) -> dict[str, Experiment]:
    form, size, steps = settings["form"], settings["images"], settings["steps"]
    pixels, kind = ("plain", "_pooled") if form == "pooled" else (form, "")
    held_out = {"held_out": images(*settings["held_out"], pixels)}
    return {
        net: model.experiment(f"{net}{kind}", rate, size, steps, held_out, pixels)
        for net, rate in settings["rates"].items()
    }


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed, runs in side_by_side(experiments(settings), seeds, lanes):
        yield together(seed, runs, errors(runs))


def errors(runs: Mapping[str, Run]) -> dict[str, float | None]:
    """Of each net, and what sharing gains; no number for a net that diverged."""
    found: dict[str, float | None] = {}
    for net, run in runs.items():
        found[f"{net}_error"] = run.metrics.get("held_out_error")
        found[f"{net}_seen_error"] = run.metrics.get("seen_error")
    own, other = found.get("conv_error"), found.get("local_error")
    if own is not None and other is not None:
        found["advantage"] = other - own
    return found
