"""How much faster is a step of SGD than one of gradient descent?

Blocks of timings (`common/timing.py`) of the solvers of `steps`, at its rates: 1 000 images of unit length, and one
image a step or all of them. Both are NumPy, so that the interpreter's share of a step is in the time of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import timing
from common.study import Arm, Tier
from common.training import Run
from reproductions.minibatches import solvers
from reproductions.minibatches.convex import Counted, odd_digits

DATASET = "images"
TIMED = True
METRICS = {
    "sgd_time": "time of a step on one image, median over rounds, seconds",
    "gd_time": "time of a step on all images, median over rounds, seconds",
    "unrest": "largest third quartile over first of a call's rounds, 1 on a quiet machine, ratio",
    "peak": "product of two matrices on this machine, operations a second",
    "bandwidth": "reading of a vector larger than caches on this machine, bytes a second",
}
EXAMPLES, ROUNDS = 1_000, 9
RATES = {"sgd": 0.125, "gd": 4.0}  # those of `steps`, in units of 1/L


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (Arm("block", {"examples": EXAMPLES, "rounds": ROUNDS}, seconds=2.0, megabytes=700),)
    return ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        problem = odd_digits(seed, settings["examples"])
        n, bound = len(problem.y), problem.smoothness()
        rates = {name: rate / bound for name, rate in RATES.items()}
        sgd = solvers.sgd(Counted(problem), seed, lambda t, rate=rates["sgd"]: rate)  # type: ignore[misc]
        gd = solvers.minibatches(
            Counted(problem), seed, lambda t, rate=rates["gd"]: rate, lambda passes, all_of=n: all_of  # type: ignore[misc]
        )  # fmt: skip
        found = timing.block({"sgd": sgd.__next__, "gd": gd.__next__}, rounds=settings["rounds"])
        metrics = {f"{name}_time": seconds for name, seconds in found.seconds.items()}
        metrics |= {"unrest": found.unrest, "peak": found.peak, "bandwidth": found.bandwidth}
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})
