"""How much less does a net err that was pre-trained without labels, and how does that change with the number of labels?

196-128-128-10 sigmoid units on images of digits at 14 by 14 pixels. Each trial trains two nets from the same initial
weights, 1500 updates on so many labelled images: one at once, the other after 1500 updates in which each layer learns
to undo noise on images from all 50 000. Plain SGD in batches of 100, each net at a rate that pilots chose for 100 and
for 10 000 labels: `labels_1000` and `old_100` have those of the first, the others those of the second.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, History, Run
from common.variants import side_by_side, together
from reproductions.generalisation import pixels, pretrained

DATASET = "images"
METRICS = {
    "random_error": "wrong labels by the net that begins at random weights, per cent",
    "pretrained_error": "wrong labels by the net that was pre-trained, per cent",
    "gain": "random_error less pretrained_error, points of per cent",
    "relative_gain": "gain over random_error, per cent",
    "random_validation_error": "wrong labels among validation images by the net from random weights, per cent",
    "pretrained_validation_error": "wrong labels among validation images by the pre-trained net, per cent",
    "reconstruction": "cross-entropy of pixels as the first layer tells them after pre-training, nats an image",
    "mean_image": "cross-entropy of pixels as the mean training image tells them, nats an image",
}
UNLABELLED, WIDTHS, BATCH, STEPS, EVERY = 50_000, (128, 128), 100, 1_500, 750
LABELS = (100, 1_000, 10_000, 50_000)
ARMS = (*(f"labels_{m}" for m in LABELS), "old_100", "old_10000")
TUNED = ("labels_100", "labels_10000")
GRID = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATES = {"labels_100": {"random": 0.1, "pretrained": 0.03}, "labels_10000": {"random": 3.0, "pretrained": 3.0}}
BEFORE = 0.1  # rate of pre-training
PILOTS = 1


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, rates(name), "test") for name in ARMS)
    if tier == "quick":
        return _quick(range(3))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in TUNED for rate in GRID)
        both = ((name, rate, dict.fromkeys(("random", "pretrained"), rate)) for name, rate in tried)
        return (*_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{x:g}") for n, x, r in both))
    return ()


def rates(name: str) -> Mapping[str, float]:
    """Of a net from random weights, and of a pre-trained one."""
    return RATES["labels_100" if int(name.partition("_")[2]) <= 1_000 else "labels_10000"]


def _arm(
    name: str, both: Mapping[str, float], judged: str, seeds: Sequence[int] = (), label: str = "", **rest: Any
) -> Arm:
    kind, _, labels = name.partition("_")
    settings: dict[str, Any] = {"labels": int(labels), "old": kind == "old", "rates": both, "before": BEFORE}
    settings |= {"unlabelled": UNLABELLED, "widths": list(WIDTHS), "steps": STEPS, "every": EVERY, "judged": judged}
    settings |= {"watched": 2_000, "looked_at": 10_000 if judged == "test" else 2_000}
    return Arm(label or name, settings | rest, tuple(seeds), seconds=8.0, megabytes=1_200)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    small = {"unlabelled": 1_000, "widths": [32], "steps": 100, "every": 100, "watched": 100}
    both = {"random": 0.3, "pretrained": 0.3}
    return (_arm("labels_100", both, "validation", seeds, "quick_100", **small),)


def pairs(labels: int, unlabelled: int) -> Arrays:
    """x (n, 2, pixels): every image, and beside it one of the first `labels` images, whose label y is."""
    every = pixels.images("train", unlabelled, halved=True)
    turn = np.arange(len(every.y)) % labels
    return Arrays(np.stack([every.x, every.x[turn]], axis=1), every.y[turn])


def experiment(settings: Mapping[str, Any], data: Arrays, start: str) -> Experiment:
    """Of a net that begins at `random` weights, or is `pretrained` first."""
    watched = pixels.images("validation", settings["watched"], halved=True)
    judged = pixels.images(settings["judged"], settings["looked_at"], halved=True)
    before = settings["steps"] if start == "pretrained" else 0
    later = {"pretrains": 0.0, "rate": settings["rates"][start]}

    def adjust(history: History, hyper: Mapping[str, float]) -> Mapping[str, float]:
        looks = len(history["validation_error"])
        return later if (looks - 1) * settings["every"] >= before else {}

    return Experiment(
        build_model=lambda hyper: pretrained.Stack(
            data.x.shape[-1], settings["widths"], lambda: hyper["pretrains"], old=settings["old"]
        ),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=pretrained.loss,
        data=data,
        batch_size=BATCH,
        steps=before + settings["steps"],
        evaluate={
            "validation": Evaluation(watched, mistakes, *pixels.whole_batches(watched)),
            "judged": Evaluation(judged, seen, *pixels.whole_batches(judged)),
        },
        evaluate_every=settings["every"],
        hyper={"pretrains": 1.0, "rate": settings["before"]},
        adjust=adjust,
    )


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": pixels.percent_wrong(net(x, training=False), y)}


def seen(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {**mistakes(net, x, y), **pretrained.reconstruction(net, x, y)}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    data = pairs(settings["labels"], settings["unlabelled"])
    both = {start: experiment(settings, data, start) for start in ("random", "pretrained")}
    known = mean_image(settings)
    for seed, runs in side_by_side(both, seeds, lanes):
        yield together(seed, runs, {**measured(runs, settings["steps"]), "mean_image": known})


def measured(runs: Mapping[str, Run], before: int) -> dict[str, float | None]:
    """What the two nets of a seed came to; nothing of one that diverged."""
    found: dict[str, float | None] = {}
    for start, one in runs.items():
        if one.status == "ok":
            found |= {f"{start}_error": one.metrics["judged_error"]}
            found |= {f"{start}_validation_error": one.metrics["validation_error"]}
    curve = dict(runs["pretrained"].curves.get("judged_reconstruction", ()))
    found["reconstruction"] = curve.get(before)
    random, pretrained_error = found.get("random_error"), found.get("pretrained_error")
    if random is not None and pretrained_error is not None:
        found["gain"] = random - pretrained_error
        found["relative_gain"] = 100 * (random - pretrained_error) / random if random else 0.0
    return found


def mean_image(settings: Mapping[str, Any]) -> float:
    """What the mean training image says of the judged images' pixels."""
    mean = pixels.images("train", settings["unlabelled"], halved=True).x.mean(axis=0, dtype=np.float64)
    mean = np.clip(mean, 1e-6, 1 - 1e-6)
    x = pixels.images(settings["judged"], settings["looked_at"], halved=True).x
    return float(-(x * np.log(mean) + (1 - x) * np.log(1 - mean)).sum(axis=1).mean())
