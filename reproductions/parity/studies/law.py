"""Does the time to solve parity grow past 28 bits by the law that shorter strings obey?

The frontier's setting with a longer budget: 31 bits (seen by an earlier probe, so a retrodiction), and two sizes that
nobody had run when `prediction.json` was committed. The fit itself is made of the frontier's records (`analysis.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "strings_to_solve": "strings to the first look at 0.99 or more, none where no look was, strings",
    "test_accuracy": "accuracy at the last look, share of 20 000 fresh strings",
    "validation_accuracy": "accuracy at the last look on the strings kept for stopping, share of 10 000",
    "train_loss": "mean logistic loss since the look before, nats",
}
BATCH = 256
RATE = 1e-3  # Adam, constant
EVALUATE_EVERY = 586  # steps, the frontier's grid: 150 016 strings
SOLVED, STOP = 0.99, 0.999  # accuracy that counts as solved, and that ends a run; on strings of their own
BUDGETS = {(31, 512): 586_000, (32, 512): 586_000, (29, 1024): 175_800}  # (bits, width) to steps
MILLISECONDS = {512: 0.27, 1024: 0.6}  # a step on one core, for plans


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(n, width, steps) for (n, width), steps in BUDGETS.items())
    if tier == "pilot":
        return (_arm(16, 512, 5_860, (PILOT_SEEDS,)),)
    return ()


def _arm(n: int, width: int, steps: int, seeds: tuple[int, ...] = ()) -> Arm:
    settings = {"n": n, "width": width, "steps": steps}
    return Arm(f"adam_n{n}_{width}", settings, seeds, seconds=steps * MILLISECONDS[width] / 1000)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    fresh = model.strings(settings["n"])
    return Experiment(
        build_model=lambda hyper: model.build_model(settings["n"], (settings["width"],)),
        build_optimizer=lambda hyper: keras.optimizers.Adam(RATE),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "validation": Evaluation(fresh, model.accuracy, size=10_000, batch_size=2_000),
            "test": Evaluation(fresh, model.accuracy, size=20_000, batch_size=2_000),
        },
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history["validation_accuracy"][-1] >= STOP,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics=dict(trial.metrics) | _time(trial))


def _time(trial: Run) -> dict[str, float | None]:
    """Strings at the first reading of 0.99; none for a run that the budget cut off."""
    if trial.status != "ok":
        return {}
    points = trial.curves["test_accuracy"]
    return {"strings_to_solve": next((step * BATCH for step, value in points if value >= SOLVED), None)}
