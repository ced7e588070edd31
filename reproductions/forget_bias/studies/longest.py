"""Does a large forget bias also carry delayed recall over 400 steps?

The nets and the rule of `recall` at a delay of 400, for an accelerator; no claim reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run
from reproductions.forget_bias import model
from reproductions.forget_bias.studies import recall

DATASET = "synthetic"
DELAY = 400


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "gpu":
        return ()
    settings = {"delay": DELAY, "biases": [*recall.BIASES, model.CHRONO], "steps": recall.STEPS}
    return (Arm(f"delay{DELAY}", settings, tuple(range(16)), lanes=16, seconds=30),)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    return recall.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from recall.run(settings, seeds, lanes)
