"""Does a net err less when the images that it trains on are shifted and turned a little each time?

Digits at 14 by 14 pixels. `both`: each image of a batch is shifted by up to a fourteenth of its side either way, and
turned by up to 10 degrees, anew each time, by Keras' own layers; `plain`: not at all. The same updates for both: a
hidden layer of 128 ReLU units, plain SGD in batches of 50, `plain` and `both` each at the rate that pilots chose, which
the other arms of images that stay, or that move, share. Test images stay as they are. `harmful` turns images by any
angle and mirrors half of them; `_500` and `_50000` are so many images, `_conv` another net.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.generalisation import moved, pixels

DATASET = "images"
METRICS = {
    "error": "wrong labels among held-out images as they are, per cent",
    "nll": "-log p(label) on held-out images as they are, nats",
    "moved_error": "wrong labels among 2 000 held-out images that are shifted and turned, per cent",
    "validation_nll": "-log p(label) on 5 000 validation images, nats",
    "validation_error": "wrong labels among 5 000 validation images, per cent",
    "train_loss": "mean cross-entropy of the batches since the look before, moved as they were, nats",
}
KINDS = {"plain": "", "both": "shift+turn", "shift": "shift", "turn": "turn", "harmful": "turn_anyhow+mirror"}
WIDTH, BATCH, IMAGES = 128, 50, 3_000
STEPS = {500: 2_000, 3_000: 2_000, 50_000: 4_000}
MOVED, FEW = 2_000, 100  # images to look at moved, and how many at a time
ARMS = (*KINDS, "plain_500", "both_500", "plain_50000", "both_50000", "plain_conv", "both_conv")
GRID = (0.1, 0.2, 0.4, 0.8, 1.6)
RATES = {"plain": 0.8, "both": 0.4}
SECONDS = {"plain": 2.0, "both": 6.0}
PILOTS = 1


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[like(name)], "test") for name in ARMS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in RATES for rate in GRID)
        return (*_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{r:g}") for n, r in tried))
    return ()


def like(name: str) -> str:
    """Which of the tuned arms has the rate of this one."""
    return "plain" if name.startswith("plain") else "both"


def _arm(name: str, rate: float, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    kind, _, rest = name.partition("_")
    images = int(rest) if rest.isdigit() else IMAGES
    body = "conv" if rest == "conv" else "dense"
    settings = {"kinds": KINDS[kind], "body": body, "width": WIDTH, "images": images, "steps": STEPS[images]}
    settings |= {"watched": 5_000, "looked_at": 10_000, "moved": MOVED}
    return Arm(label or name, settings | {"rate": rate, "judged": judged}, tuple(seeds), seconds=SECONDS[like(name)])


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    changes = {"width": 32, "images": 300, "steps": 150, "watched": 100, "looked_at": 1_000, "moved": 0}
    arm = _arm("shift", 0.2, "validation", seeds, "quick_shift")
    return (replace(arm, settings={**arm.settings, **changes}, seconds=0.5),)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    training = pixels.images("train", settings["images"], halved=True)
    watched = pixels.images("validation", settings["watched"], halved=True)
    judged = pixels.images(settings["judged"], settings["looked_at"], halved=True)
    looks = {
        "validation": Evaluation(watched, moved.mistakes, *pixels.whole_batches(watched)),
        "judged": Evaluation(judged, moved.mistakes, *pixels.whole_batches(judged)),
    }
    if settings["moved"]:
        moving = pixels.images(settings["judged"], settings["moved"], halved=True)
        looks["moved"] = Evaluation(moving, moved.mistakes_moved, *pixels.whole_batches(moving, FEW))
    return Experiment(
        build_model=lambda hyper: moved.net(
            training.x.shape[1], settings["kinds"], settings["body"], settings["width"]
        ),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=moved.loss,
        data=training,
        batch_size=min(BATCH, len(training.y)),
        steps=settings["steps"],
        evaluate=looks,
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={n.removeprefix("judged_"): v for n, v in trial.metrics.items()}, curves={})
