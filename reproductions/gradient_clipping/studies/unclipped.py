"""Without clipping, how large a learning rate is safe, and what is learned at it?

The adding problem over 50 to 200 steps, plain SGD from 1e-7 to 10, tanh nets of spectral radius 1 and 1.5, and LSTMs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.gradient_clipping import model, scan

DATASET = "synthetic"
BUDGET = 300
RATES = tuple(10 ** (k / 2) for k in range(-14, 3))  # 1e-7 to 10
NETS = (("rnn", 1.0, (50, 100, 200)), ("rnn", 1.5, (50, 100, 200)), ("lstm", 1.0, (50, 100)))
STEP = {"rnn": 27e-6, "lstm": 70e-6}  # seconds for one of a sequence's steps in one optimiser step, on one core
QUICK_STEPS, QUICK_BUDGET, QUICK_RATES = 50, 60, (1e-5, 1e-3, 1e-1)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        seeds = tuple(range(10))
        return tuple(
            _arm(cell, radius, steps, RATES, BUDGET, seeds) for cell, radius, lengths in NETS for steps in lengths
        )
    if tier in ("quick", "pilot"):
        seeds = tuple(range(4)) if tier == "quick" else tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        return (_arm("rnn", 1.5, QUICK_STEPS, QUICK_RATES, QUICK_BUDGET, seeds),)
    return ()


def _arm(cell: str, radius: float, steps: int, rates: tuple[float, ...], budget: int, seeds: tuple[int, ...]) -> Arm:
    settings = {
        "cell": cell,
        "task": "adding",
        "steps": steps,
        "optimizer": "sgd",
        "over_time": "mean",
        "radius": radius,
        "thresholds": [None],
        "rates": list(rates),
        "budget": budget,
        "split": "test",
    }
    seconds = 0.5 + 0.9 * len(rates) * budget * steps * STEP[cell]
    return Arm(f"{cell}_radius{radius:g}_{steps}", settings, seeds, seconds=seconds)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from scan.run(settings, seeds)


experiment = model.experiment
