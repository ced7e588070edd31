"""Does the bias of the forget gate matter for the next character of tiny Shakespeare?

A fixed budget; the loss on the test text (on the validation text for pilots), in nats a character.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run, train
from reproductions.forget_bias import model

DATASET = "text"
STEPS, BUDGET, EVALUATE_EVERY = 50, 2_000, 500
BIASES = (0.0, 1.0, 5.0)
RATE, RATES = 3e-2, (3e-3, 1e-2, 3e-2)  # the best of the three on the validation text
STEP = 95e-6  # seconds for one of a sequence's steps in one optimiser step, on one core


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(bias, RATE, BUDGET, tuple(range(10)), "test") for bias in BIASES)
    if tier == "pilot":
        return tuple(_arm(1.0, rate, 300, (PILOT_SEEDS,), "validation") for rate in RATES)
    return ()


def _arm(bias: float, rate: float, budget: int, seeds: tuple[int, ...], split: str) -> Arm:
    settings = {
        "task": "characters",
        "steps": STEPS,
        "bias": bias,
        "rate": rate,
        "budget": budget,
        "every": min(EVALUATE_EVERY, budget),
        "split": split,
    }
    name = f"b{bias:g}" if split == "test" else f"b{bias:g}_rate_{rate:g}"
    return Arm(name, settings, seeds, seconds=1.0 + budget * STEPS * STEP)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)


experiment = model.experiment
