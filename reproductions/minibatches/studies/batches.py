"""Do nets trained on small batches err less, and overfit less, than those trained on large ones?

2 560 training images, plain SGD at a constant rate of its own for each batch, forty passes: from batches of one image
to a single batch of all. `updates_…` arms have as many steps as batches of 128 instead, 800. What is overfitted is the
gap: the share of wrong labels among held-out images less that among the training images, after the last step, and at
the first look at which the training images' cross-entropy is at most `TARGET`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run, train
from reproductions.minibatches import model

DATASET = "images"
METRICS = {
    "seen_error": "wrong labels among the training images after the last step, per cent",
    "seen_loss": "cross-entropy on the training images after the last step, nats",
    "validation_error": "wrong labels among 5 000 validation images after the last step, per cent",
    "validation_loss": "cross-entropy on 5 000 validation images after the last step, nats",
    "test_error": "wrong labels among 10 000 test images after the last step, per cent",
    "test_loss": "cross-entropy on 10 000 test images after the last step, nats",
    "validation_gap": "validation_error less seen_error, points of per cent",
    "test_gap": "test_error less seen_error, points of per cent",
    "validation_gap_at_target": "the same gap when the training images' loss is first at the target, points",
    "test_gap_at_target": "test_gap when the training images' loss is first at the target, points",
    "steps_to_target": "steps until the training images' loss is first at the target, steps",
    "train_loss": "mean cross-entropy of the batches since the look before, nats",
}
IMAGES, EPOCHS = 2_560, 40
TARGET = 0.1  # nats on the training images
UPDATES = EPOCHS * IMAGES // 128
LOOKS = 40  # in a run
LANES = {1: 4, 8: 4, 32: 2}  # of the batches that gain by them
PILOTS = range(20_000, 20_050)
GRIDS = {  # an octave apart
    "b1": (0.005, 0.01, 0.02, 0.04, 0.08, 0.16),
    "b8": (0.04, 0.08, 0.16, 0.32, 0.64),
    "b32": (0.08, 0.16, 0.32, 0.64, 1.28, 2.56),
    "b128": (0.16, 0.32, 0.64, 1.28, 2.56),
    "b256": (0.16, 0.32, 0.64, 1.28, 2.56),
    "full": (0.32, 0.64, 1.28, 2.56, 5.12),
    "updates_b1": (0.01, 0.02, 0.04, 0.08, 0.16),
    "updates_full": (0.64, 1.28, 2.56),
}
RATES = {
    "b1": 0.08, "b8": 0.32, "b32": 1.28, "b128": 1.28, "b256": 1.28, "full": 0.64, "updates_b1": 0.02,
    "updates_full": 1.28,
}  # fmt: skip
SECONDS = {"b1": 1.2, "b8": 0.9, "b32": 0.8, "b128": 0.8, "b256": 0.8, "full": 0.8, "updates_b1": 0.7}
QUICK = {"images": 512, "epochs": 10}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, model.TOLD) for name in RATES)
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        tuned = [
            _arm(name, model.TUNED, PILOTS[: 2 if name == "updates_full" else 4], rate)
            for name, grid in GRIDS.items()
            for rate in grid
        ]
        return (*_quick(PILOTS), *tuned)
    return ()


def _arm(name: str, held_out: Mapping[str, int], seeds: Sequence[int] = (), tried: float | None = None) -> Arm:
    batch = IMAGES if name.endswith("full") else int(name.rpartition("b")[2])
    settings = _settings(batch, IMAGES, UPDATES if name.startswith("updates") else EPOCHS * IMAGES // batch)
    settings |= {"rate": RATES[name] if tried is None else tried, "held_out": held_out}
    told = name if tried is None else f"{name}_rate_{tried:g}"
    return Arm(told, settings, tuple(seeds), LANES.get(batch, 1), SECONDS.get(name, 6.0))


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rest = {"held_out": {"validation": 1_000}}
    images, epochs = QUICK["images"], QUICK["epochs"]
    cells = {1: 0.02, images: 0.64}
    return tuple(
        Arm(f"quick_b{b}", _settings(b, images, epochs * images // b) | rest | {"rate": rate}, tuple(seeds), 2, 0.2)
        for b, rate in cells.items()
    )


def _settings(batch: int, images: int, steps: int) -> dict[str, Any]:
    return {"batch": batch, "images": images, "steps": steps, "every": max(1, steps // LOOKS), "target": TARGET}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    plain = model.experiment(settings)
    seen = model.on(model.images("train", settings["images"]))
    return replace(plain, evaluate={**plain.evaluate, "seen": seen})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={**trial.metrics, **gaps(trial, settings)}, curves={})


def gaps(trial: Run, settings: Mapping[str, Any]) -> dict[str, float | None]:
    """How much less a net errs on what it has seen, at its end and at the target; none at one that it did not reach."""
    if trial.status != "ok":
        return {}
    reached = next((step for step, loss in trial.curves["seen_loss"] if loss <= settings["target"]), None)
    found: dict[str, float | None] = {"steps_to_target": reached}
    seen = dict(trial.curves["seen_error"])
    for part in settings["held_out"]:
        held_out = dict(trial.curves[f"{part}_error"])
        found[f"{part}_gap"] = held_out[trial.steps] - seen[trial.steps]
        found[f"{part}_gap_at_target"] = None if reached is None else held_out[reached] - seen[reached]
    return found
