"""Which first-layer weights make the parity of 31 bits learnable from 1.5 million strings?

All arms share the net (one hidden ReLU layer, output layer at zero), the optimiser and the budget; only the first
layer's initial weights differ. The rate falls linearly to zero. One arm has ±1/sqrt(n) weights and coin flips for
labels: nobody can tell those, so whoever seems to shows a fault of the code.
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
    "test_accuracy": "accuracy at the end, share of 20 000 fresh strings",
    "train_loss": "mean logistic loss over the last tenth of the steps, nats",
}
BITS = 31
BATCH = 256
RATE = 2e-3  # Adam, falling linearly to 0
DOSES = (0.0, 0.1, 0.2, 0.3, 0.5)  # Gaussian noise on ±1/sqrt(n), relative to it
OTHERS = ("glorot", "normal_002", "normal_unit", "equal")
SCALE = {"full": (2048, 6_000), "quick": (512, 3_000)}  # width, steps
PILOT_WIDTHS = (1024, 2048)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        signs = _arm("rademacher", 0.0, "full")
        coins = replace(signs, name="rademacher_coin_labels", settings={**signs.settings, "labels": "coins"})
        doses = [replace(_arm("rademacher", dose, "full"), name=f"rademacher_noise_{dose:g}") for dose in DOSES[1:]]
        return (signs, coins, *doses, *(_arm(init, 0.0, "full") for init in OTHERS))
    if tier == "quick":
        return (_arm("rademacher", 0.0, "quick", tuple(range(2))),)
    if tier == "pilot":
        pilots = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        widths = (_arm("rademacher", 0.0, "full", pilots[:3], width) for width in PILOT_WIDTHS)
        return (*(replace(arm, seeds=pilots) for arm in arms("quick")), *widths)
    return ()


def _arm(init: str, noise: float, scale: str, seeds: tuple[int, ...] = (), trial: int | None = None) -> Arm:
    width, steps = SCALE[scale]
    width, name = (width, init) if trial is None else (trial, f"{init}_width_{trial}")
    settings = {"init": init, "noise": noise, "width": width, "steps": steps, "labels": "parity"}
    return Arm(name, settings, seeds, seconds=steps * width * 1.15e-6 + 0.5)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    steps = settings["steps"]
    fresh = {"parity": model.strings, "coins": model.coin_labels}[settings["labels"]](BITS)
    return Experiment(
        build_model=lambda hyper: model.build_model(
            BITS, (settings["width"],), init=settings["init"], noise=settings["noise"], output="zeros"
        ),
        build_optimizer=lambda hyper: keras.optimizers.Adam(
            keras.optimizers.schedules.PolynomialDecay(RATE, steps, end_learning_rate=0.0)
        ),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=steps,
        evaluate={"test": Evaluation(fresh, model.accuracy, size=20_000, batch_size=2_000)},
        evaluate_every=steps // 10,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
