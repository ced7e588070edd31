"""Which initial bias of the forget gate lets an LSTM recall a symbol after how many steps?

The map of (bias, delay) at one rate and one budget, so that arms that succeed stand beside arms that fail. A run ends
when it has solved its task. The control, bias 0, also gets the two other rates that were tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run, train
from reproductions.forget_bias import model

DATASET = "synthetic"
DELAYS = (25, 50, 100, 200)
LONGEST = 400  # on an accelerator
BIASES: tuple[float | str, ...] = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, "chrono")
SEEDS = 16
BUDGET, EVALUATE_EVERY = 1_000, 20
QUICK_DELAY, QUICK_BIASES, QUICK_BUDGET = 25, (0.0, 5.0), 200
PILOT_DELAY, PILOT_BIAS, PILOT_BUDGET = 50, 1.5, 300
RATE, RATES = 3e-3, (1e-3, 3e-3, 1e-2)
CONTROL_DELAY = 100
STEP = 95e-6  # seconds for one step of a sequence in one optimiser step, on one core, evaluations included


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        seeds = tuple(range(SEEDS))
        cells = [_arm(bias, delay, BUDGET, seeds) for delay in DELAYS for bias in BIASES]
        return (*cells, *(_arm(0.0, CONTROL_DELAY, BUDGET, seeds, rate) for rate in RATES if rate != RATE))
    if tier == "gpu":
        return tuple(_arm(bias, LONGEST, BUDGET, tuple(range(SEEDS)), lanes=SEEDS) for bias in BIASES)
    seeds = tuple(range(4)) if tier == "quick" else tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    quick = tuple(_arm(bias, QUICK_DELAY, QUICK_BUDGET, seeds) for bias in QUICK_BIASES)
    if tier == "quick":
        return quick
    return (*quick, *(_arm(PILOT_BIAS, PILOT_DELAY, PILOT_BUDGET, seeds[:2], rate, "_pilot") for rate in RATES))


def _arm(
    bias: float | str,
    delay: int,
    budget: int,
    seeds: tuple[int, ...],
    rate: float = RATE,
    suffix: str = "",
    lanes: int = 1,
) -> Arm:
    settings = {
        "task": "recall",
        "steps": delay,
        "bias": bias,
        "rate": rate,
        "budget": budget,
        "every": EVALUATE_EVERY,
    }
    word = bias if isinstance(bias, str) else f"b{bias:g}"
    other = "" if rate == RATE and not suffix else f"_rate_{rate:g}"
    solved_soon = 0.2 if bias == "chrono" or float(bias) > log(delay / 15) else 1.0
    seconds = 0.3 + budget * delay * STEP * solved_soon
    return Arm(f"delay{delay}_{word}{other}{suffix}", settings, seeds, lanes=lanes, seconds=seconds)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        yield model.with_time_to_solve(trial, settings)


experiment = model.experiment
