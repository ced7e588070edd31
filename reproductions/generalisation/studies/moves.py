"""Does a net err less when the images that it trains on are shifted and turned a little each time?

`both`: each image of a batch is shifted by up to 2 pixels of 28 either way, and turned by up to 10 degrees, anew each
time, by Keras' own layers; `plain`: not at all. The same updates for both: a hidden layer of 128 ReLU units, plain SGD,
batches of 50, each at the rate that pilots chose for it. Test images stay as they are. `harmful` turns images by any
angle and mirrors half of them; `elastic` bends them; `_500` and `_50000` are so many images, and `conv` is another net.
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
    "moved_error": "wrong labels among held-out images that are shifted and turned, per cent",
    "validation_nll": "-log p(label) on 5 000 validation images as they are, nats",
    "validation_error": "wrong labels among 5 000 validation images as they are, per cent",
    "train_loss": "mean cross-entropy of the batches since the look before, moved as they were, nats",
}
KINDS = {"plain": "", "both": "shift+turn", "shift": "shift", "turn": "turn", "harmful": "turn_anyhow+mirror",
         "elastic": "bend"}  # fmt: skip
WIDTH, BATCH, IMAGES = 128, 50, 3_000
STEPS = {500: 3_000, 3_000: 3_000, 50_000: 6_000}
ARMS = (*KINDS, "plain_500", "both_500", "plain_50000", "both_50000", "plain_conv", "both_conv")
GRID = (0.05, 0.1, 0.2, 0.4, 0.8)
RATES = dict.fromkeys(ARMS, 0.2)
SECONDS = 8.0
PILOTS = 2


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[name], "test") for name in ARMS)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in ARMS for rate in GRID)
        return (*_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{r:g}") for n, r in tried))
    return ()


def _arm(name: str, rate: float, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    kind, _, rest = name.partition("_")
    images = int(rest) if rest.isdigit() else IMAGES
    body = "conv" if rest == "conv" else "dense"
    settings = {"kinds": KINDS[kind], "body": body, "width": WIDTH, "images": images, "steps": STEPS[images]}
    return Arm(label or name, settings | {"rate": rate, "judged": judged}, tuple(seeds), seconds=SECONDS)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    changes = {"width": 32, "images": 300, "steps": 200}
    arm = _arm("both", RATES["both"], "validation", seeds, "quick_both")
    return (replace(arm, settings={**arm.settings, **changes}, seconds=0.5),)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    training = pixels.images("train", settings["images"])
    watched, judged = pixels.images("validation", 5_000), pixels.images(settings["judged"], 10_000)
    return Experiment(
        build_model=lambda hyper: moved.net(
            training.x.shape[1], settings["kinds"], settings["body"], settings["width"]
        ),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=moved.loss,
        data=training,
        batch_size=min(BATCH, len(training.y)),
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(watched, moved.mistakes, *pixels.whole_batches(watched)),
            "judged": Evaluation(judged, moved.mistakes_moved, *pixels.whole_batches(judged)),
        },
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={n.removeprefix("judged_"): v for n, v in trial.metrics.items()}, curves={})
