"""Does a large forget bias also carry delayed recall over 400 steps?

The nets and the rule of `recall` at a delay of 400, from biases of 0, 5 and 8; scope alone reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.forget_bias.studies import recall

DATASET = "synthetic"
METRICS = {
    "log2_steps_b0": "updates to solve from a bias of 0, or the budget, log2 updates",
    "log2_steps_b5": "updates to solve from a bias of 5, or the budget, log2 updates",
    "log2_steps_b8": "updates to solve from a bias of 8, or the budget, log2 updates",
    "solved_b0": "whether a bias of 0 solves it, 0 or 1",
    "solved_b5": "whether a bias of 5 solves it, 0 or 1",
    "solved_b8": "whether a bias of 8 solves it, 0 or 1",
    "best_bias": "the bias solved first, the mean of several, logits",
    "least_bias": "the smallest bias solved, logits",
    "solved_b5_minus_b0": "solved from 5 less solved from 0, -1 to 1",
}
DELAY, BIASES = 400, (0, 5, 8)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "full":
        return ()
    settings = {"delay": DELAY, "biases": list(BIASES), "steps": recall.STEPS}
    return (Arm(f"delay{DELAY}", settings, lanes=recall.LANES, seconds=len(BIASES) * 2.7e-5 * DELAY * recall.STEPS),)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return recall.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from recall.run(settings, seeds, lanes)
