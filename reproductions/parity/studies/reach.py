"""How many bits does a first layer of ±1/sqrt(n) weights learn, and does width buy more of them?

The recipe of `initialisation`: output layer at zero, Adam at 0.002 falling linearly to zero, 1.5 million strings.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.parity import model

DATASET = "synthetic"
METRICS = {
    "test_accuracy": "accuracy at the end, share of 20 000 fresh strings",
    "train_loss": "mean logistic loss over the last twentieth of the steps, nats",
}
BITS = (31, 50, 64, 100)
WIDTHS = (512, 1024, 2048, 4096)
BATCH, STEPS, RATE = 256, 6_000, 2e-3


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(n, width, STEPS) for n in BITS for width in WIDTHS)
    return (_arm(31, 512, STEPS // 10, (PILOT_SEEDS,)),) if tier == "pilot" else ()


def _arm(n: int, width: int, steps: int, seeds: tuple[int, ...] = ()) -> Arm:
    settings = {"n": n, "width": width, "steps": steps}
    return Arm(f"rademacher_n{n}_{width}", settings, seeds, seconds=steps * width * 1.1e-6 + 0.5)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, steps = settings["n"], settings["steps"]
    fresh = model.strings(n)
    falling = keras.optimizers.schedules.PolynomialDecay
    return Experiment(
        build_model=lambda hyper: model.build_model(n, (settings["width"],), init="rademacher", output="zeros"),
        build_optimizer=lambda hyper: keras.optimizers.Adam(falling(RATE, steps, end_learning_rate=0.0)),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=steps,
        evaluate={"test": Evaluation(fresh, model.accuracy, size=20_000, batch_size=2_000)},
        evaluate_every=steps // 20,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
