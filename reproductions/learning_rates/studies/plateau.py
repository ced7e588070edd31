"""Does dividing the rate where the validation error stops falling end lower than the rate that was kept?

One hidden layer of 128 ReLU units on 5000 MNIST images, batches of 50, 30 epochs of plain SGD. The rate is constant, or
divided by 2, 5 or 10 whenever the validation error of 2000 images has not fallen for three epochs, or by 2 whenever the
training loss has not; or it goes as 1 / (1 + t / 10 epochs). Each arm begins at a rate of its own, the best of its grid
on pilot seeds by the error that it is judged by: that of the epoch whose validation error is least.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common import callbacks, sequences
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, History, Run, train
from reproductions.learning_rates import problems

DATASET = "images"
METRICS = {
    "test_error": "share of test images misread after the epoch of the least validation error, per cent",
    "validation_error": "the least share of validation images misread, per cent",
    "stalled_at": "when the validation error has not fallen for three epochs for the first time, epochs, 30 for never",
    "train_drop": "training loss of the epoch before the first division less that of the second epoch after it, nats",
    "validation_drop": "the same of the validation error, points of a per cent",
    "divisions": "how often the rate was divided, a count",
}
IMAGES, WIDTH, BATCH, EPOCHS, PATIENCE, ASKED = 5_000, 128, 50, 30, 3, 2_000
QUICK = {"images": 1_000, "epochs": 12, "rate": 0.1}
HALF_LIFE = 10  # epochs after which 1/t decay has halved the rate
RULES: Mapping[str, tuple[str, float]] = {  # what is watched, and the factor
    "constant": ("", 1.0),
    "by_2": ("validation_error", 0.5),
    "by_5": ("validation_error", 0.2),
    "by_10": ("validation_error", 0.1),
    "by_2_on_training": ("train_loss", 0.5),
    "one_over_t": ("time", 1.0),
}
GRID = (0.03, 0.1, 0.3, 1.0)
RATES = {"constant": 0.3, "by_2": 0.3, "by_5": 0.3, "by_10": 0.3, "by_2_on_training": 0.3, "one_over_t": 0.3}
PILOTS = 3


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, RATES[name], "test") for name in RULES)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = ((name, rate) for name in RULES for rate in GRID)
        return (_quick(seeds), *(_arm(n, r, "validation", seeds[:PILOTS], f"{n}_rate_{r:g}") for n, r in tried))
    return ()


def _arm(name: str, rate: float, judged: str, seeds: Sequence[int] = (), label: str = "") -> Arm:
    settings = {"rule": name, "rate": rate, "judged": judged, "images": IMAGES, "epochs": EPOCHS}
    return Arm(label or name, settings, tuple(seeds), lanes=4, seconds=1.5)


def _quick(seeds: Sequence[int]) -> Arm:
    arm = _arm("by_5", RATES["by_5"], "validation", seeds, "quick")
    return replace(arm, settings={**arm.settings, **QUICK}, lanes=2, seconds=0.3)


def wrong(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Share of wrong labels, in per cent."""
    answers = ops.cast(ops.argmax(net(x, training=False), axis=-1), "int32")
    return {"error": 100 * ops.mean(ops.cast(answers != y, "float32"))}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    half = problems.held_back()
    size = min(ASKED, half)
    training, validation = problems.part("train", 0, settings["images"]), problems.part("validation", 0, size)
    asked = (
        problems.part("test", 0, 10_000) if settings["judged"] == "test" else problems.part("validation", half, size)
    )
    watched, factor = RULES[settings["rule"]]
    pixels, batch = training.x.shape[1], min(BATCH, len(training.y))
    epoch = len(training.y) // batch
    task = sequences.Task(training, 1, 0, 10, False, 1.0)
    plain = Experiment(
        build_model=lambda hyper: problems.dense((pixels,), (WIDTH,), "relu", 10),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=sequences.loss(task),
        data=training,
        batch_size=batch,
        steps=epoch * settings["epochs"],
        evaluate={part: _looked_at(data) for part, data in (("validation", validation), ("test", asked))},
        evaluate_every=epoch,
        hyper={"learning_rate": settings["rate"]},
    )
    if watched == "time":
        return replace(plain, adjust=over_time)
    return replace(plain, adjust=divided(watched, factor)) if watched else plain


def _looked_at(data: Arrays) -> Evaluation:
    return Evaluation(data, wrong, len(data.y), len(data.y))


def divided(watched: str, factor: float) -> Any:
    return callbacks.reduce_lr_on_plateau(watched, mode="min", factor=factor, patience=PATIENCE, min_delta=0.0)


def over_time(history: History, initial: Mapping[str, float]) -> Mapping[str, float]:
    """1/t decay: the first of the values so far is that before training."""
    epochs = len(history["validation_error"]) - 1
    return {"learning_rate": initial["learning_rate"] / (1 + epochs / HALF_LIFE)}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    watched, factor = RULES[settings["rule"]]
    adjust = divided(watched, factor) if watched not in ("", "time") else None
    for trained in train(experiment(settings), seeds, lanes=lanes):
        if trained.status == "diverged":
            yield replace(trained, metrics={}, curves={})
            continue
        values = {name: [value for _, value in points] for name, points in trained.curves.items()}
        curves = {"validation_error": list(enumerate(values["validation_error"]))}
        yield replace(trained, metrics=measured(values, adjust, settings["epochs"]), curves=curves)


def measured(curves: Mapping[str, list[float]], adjust: Any, epochs: int) -> dict[str, float | None]:
    """What a run came to; curves have a value before training, but for that of the training loss, and each epoch's."""
    validation = curves["validation_error"]
    best = min(range(len(validation)), key=lambda epoch: validation[epoch])
    stalls = falls(curves, divided("validation_error", 0.5))
    found: dict[str, float | None] = {
        "test_error": curves["test_error"][best],
        "validation_error": validation[best],
        "stalled_at": float(stalls[0] if stalls else epochs),
    }
    divisions = falls(curves, adjust) if adjust else []
    found["divisions"] = float(len(divisions))
    if divisions and divisions[0] + 2 <= epochs:
        first, loss = divisions[0], [float("nan"), *curves["train_loss"]]
        found["train_drop"] = loss[first] - loss[first + 2]
        found["validation_drop"] = validation[first] - validation[first + 2]
    return found


def falls(curves: Mapping[str, list[float]], adjust: Any) -> list[int]:
    """The epochs after which the rule makes the rate smaller."""
    rates = []
    for epoch in range(len(curves["validation_error"])):
        history = {name: line[: epoch + (name != "train_loss")] for name, line in curves.items()}
        rates.append(adjust(history, {"learning_rate": 1.0})["learning_rate"])
    return [epoch for epoch in range(1, len(rates)) if rates[epoch] < rates[epoch - 1]]
