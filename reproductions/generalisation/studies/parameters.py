"""Is a net of N weights overfitted on N/4 examples, on N, and still on 32 N?

Seven normal inputs, a label that is the sign of a teacher of three tanh units and turned round in one case of five; a
hidden layer of tanh units and a logit, N weights and biases in all, 4000 steps of Adam on batches of 64 drawn from the
seed's own examples, whatever their number. The gap is the share of wrong labels among 20 000 fresh examples, labelled
by the same rule, less that among the training examples: 0.8 is the most that can be told right.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.generalisation import gaps, taught

DATASET = "synthetic"
METRICS = {
    "gap_0.25": "wrong labels among fresh examples less those among N/4 training examples, share",
    "gap_1": "the same of N training examples, share",
    "gap_4": "the same of 4 N, share",
    "gap_16": "the same of 16 N, share",
    "gap_32": "the same of 32 N, share",
    "gap_128": "the same of 128 N, share",
    "seen_0.25": "wrong labels among N/4 training examples, share",
    "seen_1": "the same of N training examples, share",
    "seen_4": "the same of 4 N, share",
    "seen_16": "the same of 16 N, share",
    "seen_32": "the same of 32 N, share",
    "seen_128": "the same of 128 N, share",
    "error_0.25": "wrong labels among fresh examples after training on N/4, share",
    "error_1": "the same after N, share",
    "error_4": "the same after 4 N, share",
    "error_16": "the same after 16 N, share",
    "error_32": "the same after 32 N, share",
    "error_128": "the same after 128 N, share",
}
UNITS = {28: 3, 46: 5, 100: 11, 199: 22, 397: 44}  # N to hidden units
FITTED = (28, 46, 100)  # the law (`law.py`) is made of these
LONGEST = (*gaps.MULTIPLES, 128)
GRID = (1e-3, 3e-3, 1e-2, 3e-2)
RATE = 3e-3  # the best of GRID by the error after 32 N of pilot seeds, N = 100
PILOTS = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
LAW, TUNED = PILOTS[:48], PILOTS[:4]


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(n, multiples=list(LONGEST if n == 100 else gaps.MULTIPLES)) for n in UNITS)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        fitted = (_arm(n, LAW, multiples=[4, 16, 32]) for n in FITTED)
        tried = (_arm(100, TUNED, f"n100_rate_{rate:g}", multiples=[32], rate=rate) for rate in GRID)
        return (_quick(PILOTS), *fitted, *tried)
    return ()


def _arm(n: int, seeds: Sequence[int] = (), label: str = "", **changes: Any) -> Arm:
    return gaps.arm(label or f"n{n}", UNITS[n], seeds, **{"rate": RATE, **changes})


def _quick(seeds: Sequence[int]) -> Arm:
    found = _arm(46, seeds, "quick", multiples=[0.25, 32], steps=300, rate=1e-2, tested=4_000)
    return Arm("quick", found.settings, found.seeds, lanes=2, seconds=0.2)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    assert taught.parameters(settings["units"]) in UNITS
    return gaps.experiment(settings)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from gaps.run(settings, seeds, lanes)
