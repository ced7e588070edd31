"""Is a net of one hidden layer harder to train, the more hidden units it has?

1 000 images of digits as 7 by 7 pixels, about what the 8 by 8 digits are; plain SGD on batches of 32 for 500 steps,
from Glorot's weights, at a rate of its own for each width: that of the least loss on its training images, on pilot
seeds. `mean_field` nets divide their output by the width, from weights of variance 1 there; `random` ones are given
labels that were dealt out anew among the images; `same_rate` has the rate of 100 units.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import sqrt
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Hyper, Run, train
from reproductions.expressivity import classifiers, pixels

DATASET = "images"
METRICS = {
    "seen_loss": "cross-entropy on the 1 000 training images after the last step, nats",
    "seen_error": "wrong labels among the training images after the last step, per cent",
    "test_loss": "cross-entropy on 2 000 test images after the last step, nats",
    "test_error": "wrong labels among 2 000 test images after the last step, per cent",
    "steps_to_95": "steps until at most 5 % of the training images are wrong, the budget where that never is, steps",
    "train_loss": "mean cross-entropy of the batches since the look before, nats",
}
IMAGES, HELD_OUT, SIDE, BATCH, STEPS, EVERY = 1_000, 2_000, 7, 32, 500, 100
GRID = (0.1, 0.3, 1.0, 3.0)
RATES = {
    "w10": 1.0, "w100": 1.0, "w1000": 1.0, "w10000": 1.0, "mean_field_w100": 1.0, "mean_field_w10000": 1.0,
    "random_w100": 1.0, "random_w10000": 1.0,
}  # fmt: skip
"""Those of `mean_field` are multiplied by the width."""
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
QUICK = {"images": 500, "steps": 100, "every": 100, "rate": 0.3}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        same = replace(named("w10000", "test", rate=RATES["w100"]), name="same_rate_w10000")
        return (*(named(name, "test") for name in RATES), same)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        return (*_quick(PILOTS), *(named(name, "validation", PILOTS[:2], rate) for name in RATES for rate in GRID))
    return ()


def named(name: str, judged: str, seeds: Sequence[int] = (), rate: float = 0.0) -> Arm:
    kind, _, width = name.rpartition("w")
    settings = {
        "width": int(width), "mean_field": kind == "mean_field_", "random": kind == "random_", "judged": judged,
        "rate": rate or RATES[name], "images": IMAGES, "steps": STEPS, "every": EVERY,
    }  # fmt: skip
    lanes = 4 if int(width) <= 100 and not seeds else 1
    return Arm(f"{name}_rate_{rate:g}" if seeds else name, settings, tuple(seeds), lanes, 0.2 + int(width) * 1.5e-4)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    (arm,) = (named("w1000", "validation", seeds),)
    return (replace(arm, name="quick", settings={**arm.settings, **QUICK}, seconds=0.2),)


@cache
def data(size: int, *, random: bool) -> Arrays:
    """The training images; with `random` their own labels, in another order."""
    seen = pixels.images("train", size, SIDE)
    return Arrays(seen.x, np.random.default_rng(0).permutation(seen.y)) if random else seen


def build(inputs: int, width: int, hyper: Hyper) -> keras.Model:
    """One ReLU layer and ten logits times `gain`; weights are normal, of the deviations `first` and `second`."""
    entry = keras.Input((inputs,))
    first, second = (keras.initializers.RandomNormal(stddev=hyper[layer]) for layer in ("first", "second"))
    hidden = keras.layers.Dense(width, "relu", kernel_initializer=first)(entry)
    return keras.Model(entry, keras.layers.Dense(pixels.CLASSES, kernel_initializer=second)(hidden) * hyper["gain"])


def experiment(settings: Mapping[str, Any]) -> Experiment:
    width, seen = settings["width"], data(settings["images"], random=settings["random"])
    judged = pixels.images(settings["judged"], HELD_OUT, SIDE)
    inputs = seen.x.shape[1]
    return Experiment(
        build_model=lambda hyper: build(inputs, width, hyper),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=classifiers.loss,
        data=seen,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={part: on(of) for part, of in (("seen", seen), ("test", judged))},
        evaluate_every=settings["every"],
        hyper=scaled(settings, inputs),
    )


def scaled(settings: Mapping[str, Any], inputs: int) -> dict[str, float]:
    """Rate, gain and deviations of an arm: Glorot's, or those of a mean-field net, whose units all move as fast."""
    width, rate = settings["width"], settings["rate"]
    if settings["mean_field"]:
        return {"gain": 1 / width, "first": sqrt(2 / inputs), "second": 1.0, "rate": rate * width}
    first, second = (sqrt(2 / (width + others)) for others in (inputs, pixels.CLASSES))
    return {"gain": 1.0, "first": first, "second": second, "rate": rate}


def on(images: Arrays) -> Evaluation:
    return Evaluation(images, classifiers.mistakes, len(images.y), len(images.y))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        errors = trial.curves.get("seen_error", ())
        reached = next((step for step, error in errors if error <= 5), settings["steps"])
        metrics = {**trial.metrics, "steps_to_95": reached} if trial.status == "ok" else {}
        yield replace(trial, metrics=metrics)
