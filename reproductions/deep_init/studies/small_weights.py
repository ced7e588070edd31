"""Do small random weights train a shallow net and not a deep one, where scaled weights train both?

Test error, in per cent, and training loss after 1000 steps on 10 000 images, for depths 1 to 20. A run ends early once
it has clearly learned. The rates of the arms that decide are the best of `GRID` on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, train
from reproductions.deep_init import model, nets

DATASET = "images"
METRICS = {
    "train_loss": "cross-entropy, the mean over the last 50 batches, nats",
    "test_error": "wrong labels among 10 000 test images, per cent",
}
CHANCE = log(model.CLASSES)
LEARNED = 0.5 * CHANCE  # a run stops here
IMAGES, BATCH = 10_000, 128
WIDTH, STEPS, EVALUATE_EVERY, QUICK_STEPS = 256, 1_000, 50, 500
DEPTHS = (1, 2, 3, 5, 10, 20)
GROUPS = (  # optimizer, activation, initialisations
    ("sgd", "relu", ("std_0.01", "one_over_n", "two_over_n")),
    ("sgd", "tanh", ("std_0.01", "one_over_n", "two_over_n")),
    ("adam", "relu", ("std_0.01", "two_over_n")),
)
DECIDING = (  # cells that a claim asks about anew
    ("sgd", "relu", "std_0.01", 1),
    ("sgd", "tanh", "std_0.01", 1),
    ("sgd", "relu", "std_0.01", 10),
    ("sgd", "tanh", "std_0.01", 10),
    ("sgd", "relu", "two_over_n", 20),
    ("sgd", "tanh", "one_over_n", 20),
)
GRID = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RATES: dict[tuple[str, str, str], tuple[float, ...]] = {  # one for each of DEPTHS
    # On two pilot seeds: the rate that learned in the fewest steps, else the one of least loss. All cells had three
    # rates a factor of ten apart; those that decide now have GRID.
    ("sgd", "relu", "std_0.01"): (1.0, 1.0, 1.0, 0.1, 0.03, 0.1),
    ("sgd", "relu", "one_over_n"): (1.0, 0.1, 0.1, 0.1, 0.1, 0.1),
    ("sgd", "relu", "two_over_n"): (1.0, 0.1, 0.1, 0.1, 0.1, 0.03),
    ("sgd", "tanh", "std_0.01"): (0.3, 0.1, 0.1, 0.1, 0.03, 0.1),
    ("sgd", "tanh", "one_over_n"): (0.1, 0.1, 0.1, 0.1, 0.1, 0.03),
    ("sgd", "tanh", "two_over_n"): (0.1, 0.1, 0.1, 0.1, 0.1, 0.01),
    ("adam", "relu", "std_0.01"): (0.01, 0.01, 0.01, 0.01, 1e-4, 1e-4),
    ("adam", "relu", "two_over_n"): (0.01, 0.01, 0.01, 1e-3, 1e-3, 1e-3),
}
QUICK = (("std_0.01", 2, 1.0), ("std_0.01", 10, 0.1), ("two_over_n", 10, 0.1))  # with the rate of its pilots


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        cells = [(o, a, i, depth) for o, a, inits in GROUPS for i in inits for depth in DEPTHS]
        return tuple(_arm(*cell, rate(*cell), STEPS, test=True) for cell in cells)
    quick = [("sgd", "relu", *cell) for cell in QUICK]
    if tier == "quick":
        return tuple(_arm(*cell, QUICK_STEPS, range(4)) for cell in quick)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        tried = [_arm(*cell, r, STEPS, seeds[:2], f"_rate_{r:g}") for cell in DECIDING for r in GRID]
        return (*(_arm(*cell, QUICK_STEPS, seeds) for cell in quick), *tried)
    return ()


def rate(optimizer: str, activation: str, init: str, depth: int) -> float:
    return RATES[optimizer, activation, init][DEPTHS.index(depth)]


def _arm(
    optimizer: str,
    activation: str,
    init: str,
    depth: int,
    learning_rate: float,
    steps: int,
    seeds: Sequence[int] = (),
    suffix: str = "",
    *,
    test: bool = False,
) -> Arm:
    settings = {
        "optimizer": optimizer,
        "activation": activation,
        "init": init,
        "depth": depth,
        "rate": learning_rate,
        "steps": steps,
        "held_out": {"test": 10_000} if test else {},
    }
    learns = 0.3 if init != "std_0.01" or depth < 3 else 1.0
    seconds = 0.3 + steps * (0.6 + (1.2 if test else 0.8) * depth) / 1000 * learns
    name = f"{optimizer}_{activation}_{init}_depth{depth}{suffix}"
    return Arm(name, settings, tuple(seeds), seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    images = model.training_images(IMAGES)
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings["optimizer"]]
    return Experiment(
        build_model=lambda hyper: model.build_model(
            images.x.shape[1], settings["depth"], WIDTH, settings["activation"], settings["init"]
        ),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["learning_rate"]),
        loss=model.cross_entropy,
        data=images,
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate=nets.held_out(settings["held_out"]),
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history.get("train_loss", [CHANCE])[-1] < LEARNED,
        hyper={"learning_rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
