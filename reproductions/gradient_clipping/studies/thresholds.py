"""Which clip threshold is best for the characters of a text, when the loss is summed over time, and when averaged?

Tanh nets and LSTMs under SGD, and the tanh net under Adam; eight thresholds by nine rates.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.gradient_clipping import model, scan

DATASET = "text"
STEPS, BUDGET = 50, 300
THRESHOLDS = (None, 0.01, 0.1, 1.0, 5.0, 15.0, 100.0, 1000.0)
RATES = tuple(10 ** (k / 2) for k in range(-6, 3))  # 1e-3 to 10
ADAM_RATES = tuple(10 ** (k / 2) for k in range(-8, 1))
SUMMED_RATES = tuple(10 ** (k / 2) for k in range(-8, 3))  # a sum over 50 steps wants smaller ones
SEEDS = {("rnn", "sgd"): 10, ("lstm", "sgd"): 3, ("rnn", "adam"): 3}  # only the first is judged
STEP = {"rnn": 30e-6, "lstm": 75e-6}  # seconds for one of a sequence's steps in one optimiser step, on one core
CONVENTIONS = ("sum", "mean")


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(cell, optimizer, over_time, tuple(range(count)))
            for (cell, optimizer), count in SEEDS.items()
            for over_time in (CONVENTIONS if optimizer == "sgd" else ("mean",))
        )
    return ()


def _arm(cell: str, optimizer: str, over_time: str, seeds: tuple[int, ...]) -> Arm:
    rates = ADAM_RATES if optimizer == "adam" else SUMMED_RATES if over_time == "sum" else RATES
    settings = {
        "cell": cell,
        "task": "characters",
        "steps": STEPS,
        "optimizer": optimizer,
        "over_time": over_time,
        "radius": 1.0,
        "thresholds": list(THRESHOLDS),
        "rates": list(rates),
        "budget": BUDGET,
        "split": "validation" if min(seeds) >= PILOT_SEEDS else "test",
    }
    seconds = 0.9 * len(THRESHOLDS) * len(rates) * BUDGET * STEPS * STEP[cell]
    return Arm(f"{cell}_{optimizer}_{over_time}", settings, seeds, seconds=0.5 + seconds)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from scan.run(settings, seeds)


experiment = model.experiment
