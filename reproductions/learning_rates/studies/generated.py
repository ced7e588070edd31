"""Which rates are good for regression, small classifications and recurrent nets on drawn examples?

Friedman's regression, two moons, the majority of fifteen signs, the count since a reset, and a symbol of before.
Each trial trains one seed of a problem at 14 rates from 1e-6 to 100 for 300 steps of 32 examples by plain SGD.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.learning_rates import problems, scan

DATASET = "synthetic"
METRICS = {
    "loss_0.01": "test loss at a rate of 0.01, nats or squared units",
    "loss_0.1": "the same at 0.1, nats or squared units",
    "loss_1": "the same at 1, nats or squared units",
    "loss_best": "test loss at the rate of the least validation loss, nats or squared units",
    "relative_best": "the same over that of knowing nothing, a ratio",
    "log10_best_rate": "log10 of that rate, decades",
    "best_ratio": "its update ratio: an update's norm over that of all weights, the median over the first tenth of "
    "the steps, a ratio",
    "best_ratio_least": "the same of that matrix of weights which has the least, a ratio",
    "best_ratio_most": "the same of that which has the greatest, a ratio",
    "best_ratio_biases": "the same of all biases, a ratio",
    "rates_to_1e-05": "rates whose update ratio is 1e-5 or less, a count",
    "loss_to_1e-05": "test loss at the best of them by the validation loss, nats or squared units",
    "rates_to_0.0001": "rates whose update ratio is 1e-4 or less, a count",
    "loss_to_0.0001": "test loss at the best of them, nats or squared units",
    "rates_from_0.1": "rates whose update ratio is 0.1 or more, a count",
    "loss_from_0.1": "test loss at the best of them, nats or squared units",
    "rates_from_0.01": "rates whose update ratio is 0.01 or more, a count",
    "loss_from_0.01": "test loss at the best of them, nats or squared units",
}
NAMES = tuple(problems.GENERATED)
ADAM = ("friedman",)
SECONDS = {"friedman": 0.05, "moons": 0.05, "majority": 0.05, "resets_rnn": 0.2, "recall_gru": 0.2}  # of one rate


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier in ("quick", "pilot"):
        seeds = range(2) if tier == "quick" else range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        short = scan.arm(
            "quick",
            "friedman",
            (-4.5, -1.0, 1.5),
            seeds,
            SECONDS["friedman"] / 2,
            judged="validation",
            steps=100,
            lanes=2,
        )
        return (short, *scan.arms(NAMES, ADAM, SECONDS, tier))
    return scan.arms(NAMES, ADAM, SECONDS, tier)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return scan.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from scan.run(settings, seeds, lanes)
