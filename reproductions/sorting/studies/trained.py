"""How well does a net of two hidden layers learn to sort ten numbers of six bits from random lists?

Beside it the nets it should beat: none at all (the likelier bit at each place), a linear model, and one hidden layer of
as many weights. And the net that sorts exactly: does training leave it where it is, and bring it back from nearby?
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.sorting import model

DATASET = "synthetic"
N, B = 10, 6
BATCH = 256
STEPS = {"full": 78_000, "quick": 1_500, "near": 4_000, "pilot": 20_000}  # full: 20 million lists
WIDTH, QUICK_WIDTH = 512, 128
RATE = 3e-3  # the most accurate on pilot seeds
PILOT_RATES = (1e-3, 3e-3, 1e-2, 3e-2)
DOSES = (0.0, 0.01, 0.03, 0.1, 0.3)  # Gaussian noise on the exact weights, relative to the spread of each layer's
GAIN = 10.0  # logit of a right bit of the exact net is ± GAIN / 2
NEAR_RATE = 1e-4
# fmt: off
METRICS = {  # on fresh lists
    "test_bit_accuracy": "share of bits that are right, accuracy",
    "test_number_accuracy": "share of numbers that are right, accuracy",
    "test_list_accuracy": "share of lists that are right as a whole, accuracy",
    "test_first_bit_error": "share of wrong bits among the most significant ones, error",
    "test_value_error": "mean absolute error of a number, in units of its last bit",
    "train_loss": "training loss over the last stretch, nats a bit",
    "test_bit_0": "of the most significant bits, accuracy", "test_bit_1": "of the second bits, accuracy",
    "test_bit_2": "of the third bits, accuracy", "test_bit_3": "of the fourth bits, accuracy",
    "test_bit_4": "of the fifth bits, accuracy", "test_bit_5": "of the last bits, accuracy",
    "test_rank_0": "of the smallest numbers, accuracy", "test_rank_1": "of the second numbers, accuracy",
    "test_rank_2": "of the third numbers, accuracy", "test_rank_3": "of the fourth numbers, accuracy",
    "test_rank_4": "of the fifth numbers, accuracy", "test_rank_5": "of the sixth numbers, accuracy",
    "test_rank_6": "of the seventh numbers, accuracy", "test_rank_7": "of the eighth numbers, accuracy",
    "test_rank_8": "of the ninth numbers, accuracy", "test_rank_9": "of the largest numbers, accuracy",
    "test_value_error_0": "of the smallest number, last bits", "test_value_error_1": "of the second numbers, last bits",
    "test_value_error_2": "of the third numbers, last bits", "test_value_error_3": "of the fourth numbers, last bits",
    "test_value_error_4": "of the fifth numbers, last bits", "test_value_error_5": "of the sixth numbers, last bits",
    "test_value_error_6": "of the seventh numbers, last bits", "test_value_error_7": "of the eighth numbers, last bits",
    "test_value_error_8": "of the ninth numbers, last bits", "test_value_error_9": "of the largest numbers, last bits",
}
# fmt: on


def weights(widths: Sequence[int]) -> int:
    """Weights and biases of a dense net on lists."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise((N * B, *widths, N * B)))


def one_layer(widths: Sequence[int]) -> int:
    """The width of one hidden layer with as many weights as those `widths`."""
    return round((weights(widths) - N * B) / (2 * N * B + 1))


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        two, full = (WIDTH, WIDTH), STEPS["full"]
        return (
            _arm("two_hidden", two, full),
            _arm("one_hidden", (one_layer(two),), full),
            _arm("linear", (), full),
            _arm("two_hidden_100", (100, 100), full),
            *(_near(dose) for dose in DOSES),
            Arm("likelier_bits", {"widths": ["none"]}, seconds=0.1),
        )
    if tier == "quick":
        return (_arm("two_hidden_quick", (QUICK_WIDTH, QUICK_WIDTH), STEPS["quick"], range(4), schedule="constant"),)
    if tier == "pilot":
        pilots = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        rates = (_arm(f"rate_{r:g}", (WIDTH, WIDTH), STEPS["pilot"], pilots[:2], rate=r) for r in PILOT_RATES)
        return (*(replace(arm, seeds=tuple(pilots)) for arm in arms("quick")), *rates)
    return ()


def _arm(
    name: str,
    widths: tuple[int, ...],
    steps: int,
    seeds: Sequence[int] = (),
    *,
    rate: float = RATE,
    schedule: str = "cosine",
) -> Arm:
    settings = {"widths": list(widths), "steps": steps, "rate": rate, "schedule": schedule}
    return Arm(name, settings, tuple(seeds), seconds=2 + steps * (0.4 + weights(widths) * 2.7e-5) / 1000)


def _near(dose: float) -> Arm:
    steps = STEPS["near"]
    settings = {"widths": ["exact"], "dose": dose, "steps": steps, "rate": NEAR_RATE, "schedule": "constant"}
    return Arm(f"from_exact_noise_{dose:g}", settings, seconds=2 + steps * 6e-3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    fresh, steps, rate = model.lists(N, B), settings["steps"], settings["rate"]
    schedules = {
        "constant": lambda: rate,
        "cosine": lambda: keras.optimizers.schedules.CosineDecay(rate, steps),
    }
    return Experiment(
        build_model=lambda hyper: (
            near_exact(settings["dose"]) if "dose" in settings else model.build_model(N, B, settings["widths"])
        ),
        build_optimizer=lambda hyper: keras.optimizers.Adam(schedules[settings["schedule"]]()),
        loss=model.logistic_loss,
        data=fresh,
        batch_size=BATCH,
        steps=steps,
        evaluate={"test": Evaluation(fresh, model.quality(N, B), size=20_000, batch_size=2_000)},
        evaluate_every=steps // 20,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    if settings["widths"] != ["none"]:
        yield from train(experiment(settings), seeds, lanes=lanes)
        return
    known = {f"test_{name}": value for name, value in likelier_bits().items()}
    for seed in seeds:
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=known, curves={})


class Near(keras.initializers.Initializer):  # type: ignore[misc]
    """Given weights with Gaussian noise of size `dose` times their root mean square."""

    def __init__(self, values: np.ndarray, dose: float, seed: Any = None) -> None:
        self.values, self.dose, self.seed = values, dose, seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        size = self.dose * float(np.sqrt(np.mean(self.values**2)))
        noise = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        return ops.convert_to_tensor(self.values, dtype=dtype) + size * noise


def near_exact(dose: float) -> Any:
    """The exact ReLU net, its outputs made logits, and its weights moved by noise; biases stay."""
    first, second, last = model.relu_network(N, B)
    last = model.Layer(GAIN * last.kernel, last.bias - GAIN / 2)
    inputs = keras.Input((N * B,))
    x = inputs
    for layer, activation in ((first, "relu"), (second, "relu"), (last, None)):
        x = keras.layers.Dense(
            layer.kernel.shape[1],
            activation=activation,
            kernel_initializer=Near(layer.kernel, dose),
            bias_initializer=Near(layer.bias, 0.0),
        )(x)
    return keras.Model(inputs, x)


PLACES = B - 1 - np.arange(B)


def chances() -> np.ndarray:
    """P(y_m = v), shape (ranks, values). Output m is an order statistic: y_m <= v if more than m numbers are."""
    from scipy.stats import binom

    below = binom.sf(np.arange(N)[:, None], N, (np.arange(2**B) + 1) / 2**B)
    return np.asarray(np.diff(below, axis=1, prepend=0.0))


def likelier_values() -> np.ndarray:
    """The number at each rank that is made of the likelier value of each bit."""
    ones = chances() @ ((np.arange(2**B)[:, None] >> PLACES) & 1)  # (ranks, planes)
    return np.asarray(((ones > 0.5) << PLACES).sum(axis=1))


def likelier_bits() -> dict[str, float]:
    """Exact: what always answering `likelier_values` comes to. Needs no training and no sample."""
    share, answer, values = chances(), likelier_values()[:, None], np.arange(2**B)
    agree = ((values ^ answer)[..., None] >> PLACES) & 1 == 0  # (ranks, values, planes)
    right = np.einsum("mv,mvk->mk", share, agree)
    numbers, misses = (share * (values == answer)).sum(axis=1), (share * abs(values - answer)).sum(axis=1)
    return {
        "bit_accuracy": float(right.mean()),
        "number_accuracy": float(numbers.mean()),
        "value_error": float(misses.mean()),
        **{f"bit_{k}": float(right[:, k].mean()) for k in range(B)},
        **{f"rank_{m}": float(numbers[m]) for m in range(N)},
        **{f"value_error_{m}": float(misses[m]) for m in range(N)},
    }
