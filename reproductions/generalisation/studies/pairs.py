"""When two nets that are wrong on 70 % of images agree, are they right?

Each trial is a pair of nets of 32 ReLU units, with initial weights and batches of their own, on 5000 images of digits
at 14 by 14 pixels. Each is trained by plain SGD at a small rate and stands still from the look on, one every two steps,
at which it is wrong on so many per cent of validation images, or fewer: on 70 %, as the sentence has it, or on 30 %.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, History, Run, train
from reproductions.generalisation import agreement, members, pixels

DATASET = "images"
METRICS = {
    "right_given_agree": "share of right answers among those on which both agree, a share",
    "agree": "share of images on which both agree, a share",
    "first_error": "wrong labels by the first net, per cent",
    "second_error": "wrong labels by the second net, per cent",
    "independent": "right_given_agree if their errors were independent and even over labels, a share",
    "steps_taken": "steps until both stood still, steps",
    "train_loss": "mean cross-entropy of the batches since the look before, summed over both nets, nats",
}
NAMES = ("first", "second")
IMAGES, WIDTH, BATCH, STEPS, EVERY, HELD_OUT = 5_000, 32, 50, 1_000, 2, 2_000
RATE = 0.02  # small, so that no look finds an error that is far below
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return _arm(70, "test"), _arm(30, "test")
    if tier == "quick":
        return (_arm(70, "validation", range(2), "quick_70"),)
    if tier == "pilot":
        return _arm(70, "validation", PILOTS, "quick_70"), _arm(30, "validation", PILOTS[:6], "pilot_30")
    return ()


def _arm(error: int, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    settings = {"error": error, "rate": RATE, "steps": STEPS, "judged": judged}
    return Arm(label or f"error_{error}", settings, tuple(seeds), seconds=1.0)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    training = pixels.images("train", IMAGES, halved=True)
    watched = pixels.images("validation", HELD_OUT, halved=True)
    judged = pixels.images(settings["judged"], 10_000, halved=True)

    def adjust(history: History, hyper: Mapping[str, float]) -> Mapping[str, float]:
        return {f"{name}_moves": float(not reached(history, name, settings["error"])) for name in NAMES}

    return Experiment(
        build_model=lambda hyper: members.halting(
            members.nets(len(NAMES), training.x.shape[1], WIDTH), lambda: [hyper[f"{name}_moves"] for name in NAMES]
        ),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        loss=lambda net, x, y: ops.sum(members.losses(net, x, y, len(NAMES))),
        data=training,
        batch_size=len(NAMES) * BATCH,
        steps=settings["steps"],
        evaluate={
            "watched": Evaluation(watched, errors, *pixels.whole_batches(watched)),
            "judged": Evaluation(judged, together, *pixels.whole_batches(judged)),
        },
        evaluate_every=EVERY,
        stop=lambda history: all(reached(history, name, settings["error"]) for name in NAMES),
        hyper={"rate": settings["rate"], "first_moves": 1.0, "second_moves": 1.0},
        adjust=adjust,
    )


def reached(history: History, name: str, error: float) -> bool:
    return min(history[f"watched_{name}_error"]) <= error


def errors(net: Any, x: Any, y: Any) -> dict[str, Any]:
    logits = members.logits_of(net, x, len(NAMES))
    return {f"{name}_error": pixels.percent_wrong(logits[k], y) for k, name in enumerate(NAMES)}


def together(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Both errors, and the shares of images on which the two agree, and are right."""
    logits = members.logits_of(net, x, len(NAMES))
    told = ops.argmax(logits, axis=-1)
    agree = ops.cast(told[0] == told[1], "float32")
    both_right = ops.mean(agree * pixels.right(logits[0], y))
    return {**errors(net, x, y), "agree": ops.mean(agree), "both_right": both_right}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=measured(trial), curves={})


def measured(trial: Run) -> dict[str, float | None]:
    """What a pair came to; nothing where it diverged."""
    if trial.status != "ok":
        return {}
    found: dict[str, Any] = {n.removeprefix("judged_"): v for n, v in trial.metrics.items() if n.startswith("judged_")}
    agree, both_right = found["agree"], found.pop("both_right")
    first, second = (1 - found[f"{name}_error"] / 100 for name in NAMES)
    found["right_given_agree"] = both_right / agree if agree else None
    found["independent"] = agreement.right_given_agree(first, second, pixels.CLASSES)
    return found | {"steps_taken": float(trial.steps), "train_loss": trial.metrics.get("train_loss")}
