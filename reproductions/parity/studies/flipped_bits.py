"""How does a net that has learned parity answer when bits of its input are flipped?

The label is that of the string before the flips. A net that has learned the majority of the same bits is there to
compare with; both share net, optimiser and budget.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "flip_0_correlation": "mean product of answer and label, both ±1, on 20 000 strings, -1 to 1",
    "flip_0.01_correlation": "the same where each bit is flipped with probability 0.01, -1 to 1",
    "flip_0.02_correlation": "the same where each bit is flipped with probability 0.02, -1 to 1",
    "flip_0.05_correlation": "the same where each bit is flipped with probability 0.05, -1 to 1",
    "flip_0.1_correlation": "the same where each bit is flipped with probability 0.1, -1 to 1",
    "flip_0.2_correlation": "the same where each bit is flipped with probability 0.2, -1 to 1",
    "law_error": "how far these are from (1 - 2p)^n, parity's own, at most, -1 to 1",
    "train_loss": "mean logistic loss over the last half of the steps, nats",
}
FLIPS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)  # probability that a bit is flipped
BATCH = 256
RATE = 2e-3  # Adam, falling linearly to 0
SCALE = {"full": (15, 512, 4_000), "quick": (8, 128, 800)}  # bits, width, steps


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(function, "full") for function in ("parity", "majority"))
    if tier == "quick":
        return (_arm("parity", "quick", tuple(range(5)), lanes=5),)
    if tier == "pilot":
        return tuple(replace(arm, seeds=tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))) for arm in arms("quick"))
    return ()


def _arm(function: str, scale: str, seeds: tuple[int, ...] = (), lanes: int = 1) -> Arm:
    n, width, steps = SCALE[scale]
    settings = {"function": function, "n": n, "width": width, "steps": steps}
    return Arm(function, settings, seeds, lanes=lanes, seconds=0.2 + steps * width * 1e-6)


def flipped(n: int, function: str, flip: float) -> Stream:
    """Strings with each bit flipped with probability `flip`, labelled by the function of the string before that."""
    clean = model.strings(n)

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x, y = clean.draw(seeds, count)
        if function == "majority":
            y = ops.cast(ops.sum(x, axis=-1, keepdims=True) > 0, "float32")
        flips = ops.cast(keras.random.uniform((count, n), seed=seeds) < flip, "float32")
        return x * (1 - 2 * flips), y

    return Stream(draw)


def correlation(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Mean product of the net's answer and the label, both ±1."""
    answers = ops.where(net(x) > 0, 1.0, -1.0)
    return {"correlation": ops.mean(answers * (2 * y - 1))}


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, function, steps = settings["n"], settings["function"], settings["steps"]
    return Experiment(
        build_model=lambda hyper: model.build_model(n, (settings["width"],)),
        build_optimizer=lambda hyper: keras.optimizers.Adam(
            keras.optimizers.schedules.PolynomialDecay(RATE, steps, end_learning_rate=0.0)
        ),
        loss=model.logistic_loss,
        data=flipped(n, function, 0.0),
        batch_size=BATCH,
        steps=steps,
        evaluate={
            f"flip_{flip:g}": Evaluation(flipped(n, function, flip), correlation, size=20_000, batch_size=2_000)
            for flip in FLIPS
        },
        evaluate_every=steps // 2,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield replace(trial, metrics={**trial.metrics, **_departure(settings, trial)})


def _departure(settings: Mapping[str, Any], trial: Run) -> dict[str, float]:
    """The largest difference, over the flip probabilities, between the net's correlation and parity's own."""
    if settings["function"] != "parity" or trial.status != "ok":
        return {}
    found = {flip: trial.metrics[f"flip_{flip:g}_correlation"] or 0.0 for flip in FLIPS}
    return {"law_error": max(abs(value - (1 - 2 * flip) ** settings["n"]) for flip, value in found.items())}
