"""Which rates are good for nets on MNIST, and by how much of its weights should a step move a net?

One and three hidden layers, one with BatchNormalization, a convolutional net, on 5000 training images. Each trial
trains one seed of a problem at 14 rates from 1e-6 to 100 for 300 steps of 32 examples by plain SGD.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.learning_rates import problems, scan

DATASET = "images"
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
NAMES = problems.IMAGE_NAMES
ADAM = ("mlp",)
SECONDS = {"mlp": 0.1, "tanh_deep": 0.1, "normed": 0.15, "cnn": 0.5}  # of one rate


def arms(tier: Tier) -> tuple[Arm, ...]:
    return scan.arms(NAMES, ADAM, SECONDS, tier)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return scan.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from scan.run(settings, seeds, lanes)
