"""Does a net err less where its error on validation images is least than at the end of a long budget?

MNIST as 14×14 pixels, one hidden layer of 100 ReLU units, 3000 steps of Adam on batches of 64 from 1000 training images
(192 passes), with their labels or with some of them drawn at random. A seed draws its training images, the 1000
validation images after them, and whose labels are wrong in both. Test images keep their labels. All that is compared
comes from one run: the look at the least validation error (the first such), that at the least validation loss, the one
where a patience of ten looks ends, and the last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from common.callbacks import early_stopping
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.generalisation import pixels, samples

DATASET = "images"
METRICS = {
    "error_stopped": "wrong labels among judged images where the validation error is least, per cent",
    "error_end": "the same at the end, per cent",
    "error_by_loss": "the same where the validation loss is least, per cent",
    "error_patience": "the same where the least validation error was when ten looks brought none lower, per cent",
    "loss_stopped": "cross-entropy on judged images where the validation loss is least, nats",
    "loss_end": "the same at the end, nats",
    "stopped_at": "steps to the least validation error, steps",
    "validation_error": "least share of wrong labels among validation images, per cent",
    "late_loss": "mean training loss in the last quarter of the budget, nats",
    "earlier_loss": "the same in the quarter before, nats",
}
WIDTH, BATCH, STEPS, EVERY = 100, 64, 3_000, 100
IMAGES, VALIDATED, JUDGED, PATIENCE = 1_000, 1_000, 10_000, 10
ARMS = {"clean": (IMAGES, 0.0), "noise_10": (IMAGES, 0.1), "noise_20": (IMAGES, 0.2), "images_5000": (5 * IMAGES, 0.0)}
GRID = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
RATES = {"clean": 3e-2, "noise_10": 1e-4, "noise_20": 1e-4, "images_5000": 3e-2}  # the best of GRID by validation error
TUNED = ("clean", "noise_20")  # fewer wrong labels take the rate of more, more images that of fewer
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LANES = 2


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[name], judged="test") for name in ARMS)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        tried = [_arm(name, rate, PILOTS[:2], f"{name}_rate_{rate:g}") for name in TUNED for rate in GRID]
        return (_quick(PILOTS), *tried)
    return ()


def _arm(name: str, rate: float, seeds: Sequence[int] = (), label: str = "", judged: str = "validation") -> Arm:
    images, noise = ARMS[name]
    settings: dict[str, Any] = {"images": images, "noise": noise, "rate": rate, "steps": STEPS, "every": EVERY}
    settings |= {"validated": VALIDATED, "judged": judged, "held_out": JUDGED}
    return Arm(label or name, settings, tuple(seeds), LANES, seconds=1.0, megabytes=1000)


def _quick(seeds: Sequence[int]) -> Arm:
    settings: dict[str, Any] = {"images": 200, "noise": 0.2, "rate": 1e-2, "steps": 400, "every": 20}
    settings |= {"validated": 200, "judged": "validation", "held_out": 1_000}
    return Arm("quick", settings, tuple(seeds), lanes=2, seconds=0.3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """Validation images have the places after the training images in the seed's order; their labels are as noisy."""
    images, validated = settings["images"], settings["validated"]
    judged = pixels.images(settings["judged"], settings["held_out"], halved=True)
    validation = samples.places(images, validated)
    return Experiment(
        build_model=lambda hyper: samples.classifier(WIDTH, hyper),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=samples.loss,
        data=samples.numbers(),
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(validation, samples.mistakes_at, validated, validated),
            "judged": Evaluation(judged, samples.mistakes, *pixels.whole_batches(judged)),
        },
        evaluate_every=settings["every"],
        hyper={"rate": settings["rate"], "examples": float(images), "clean": 0.0, "noise": settings["noise"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        kept = {name: trial.curves[name] for name in ("validation_error", "judged_error", "judged_loss", "train_loss")}
        yield replace(trial, metrics=measured(trial), curves=kept if trial.status == "ok" else {})


def measured(trial: Run) -> dict[str, float | None]:
    """What a run comes to by each way of ending it; nothing where it diverged."""
    if trial.status != "ok":
        return {}
    curves = {name: [value for _, value in curve] for name, curve in trial.curves.items()}
    errors, losses = curves["judged_error"], curves["judged_loss"]
    steps = [step for step, _ in trial.curves["judged_error"]]
    by_error, by_loss = (least(curves[f"validation_{name}"]) for name in ("error", "loss"))
    quarter = len(curves["train_loss"]) // 4
    return {
        "error_stopped": errors[by_error],
        "error_end": errors[-1],
        "error_by_loss": errors[by_loss],
        "error_patience": errors[patient(curves["validation_error"], PATIENCE)],
        "loss_stopped": losses[by_loss],
        "loss_end": losses[-1],
        "stopped_at": float(steps[by_error]),
        "validation_error": curves["validation_error"][by_error],
        "late_loss": float(np.mean(curves["train_loss"][-quarter:])),
        "earlier_loss": float(np.mean(curves["train_loss"][-2 * quarter : -quarter])),
    }


def least(values: Sequence[float]) -> int:
    """The first place of the least value."""
    return min(range(len(values)), key=values.__getitem__)


def patient(values: Sequence[float], patience: int) -> int:
    """The place of the least value so far when `patience` more have brought none lower; of all where that never is."""
    ends = early_stopping("error", mode="min", patience=patience)
    seen = next((n for n in range(1, len(values) + 1) if ends({"error": values[:n]})), len(values))
    return least(values[:seen])
