"""What goes between the benchmark and a peer: an order in, a result out."""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.workloads import PLANS, Workload

CHECK_STEPS = 10


@dataclass(frozen=True)
class Order:
    """A measurement, or, where `checks` names workloads, their loss after ten steps from given weights.

    Attributes:
        seeds, steps: the work; a peer that is extrapolated trains the first `trained` seeds only.
        started: value of `time.time()` when the process was started, in seconds.
        cache: folder of compiled programs.
        learning_rate: in place of the workload's, to see that the check finds it.
    """

    workload: str = ""
    seeds: int = 0
    trained: int = 0
    steps: int = 0
    started: float = 0.0
    cache: str = ""
    checks: tuple[str, ...] = ()
    learning_rate: float | None = None

    def described(self) -> Workload:
        return PLANS[self.workload].workload


@dataclass(frozen=True)
class Result:
    """Times in seconds, memory in megabytes.

    Attributes:
        start_up: from the start of the process until it is ready to train: imports and data.
        compile: what the first step or program takes beyond its steady cost.
        steady: per step and seed, after that, on all cores together; None if there was nothing after.
        end_to_end: from the start of the process until all seeds are trained; `extrapolated` where only the first
            `trained` seeds were.
        memory: the largest resident size of the process, and of its workers, added up.
        worker: the largest resident size of a worker, for peers that have any.
    """

    start_up: float
    compile: float
    steady: float | None
    end_to_end: float
    extrapolated: bool
    trained: int
    memory: float
    worker: float | None = None


def serve(measure: Callable[[Order], Result], check: Callable[[Workload], float]) -> None:
    """A peer's main program. `check` gives the loss after ten steps on one full batch, without dropout."""
    words: dict[str, Any] = json.loads(sys.stdin.read())
    order = Order(**words | {"checks": tuple(words["checks"])})
    if not order.checks:
        print(json.dumps(asdict(measure(order))))
        return
    losses = {}
    for name in order.checks:
        workload = replace(PLANS[name].workload, dropout=0.0)
        if order.learning_rate is not None:
            workload = replace(workload, learning_rate=order.learning_rate)
        losses[name] = check(workload)
    print(json.dumps(losses))


def one_by_one(
    order: Order, ready: float, costs: Sequence[float], steady: float, *, compiles_every_seed: bool
) -> Result:
    """The result of a peer that trained a few seeds, one after the other, at these `costs` in seconds.

    The first seed pays what is paid once, so the seeds that were not trained count as the later ones.
    """
    later = sum(costs[1:]) / len(costs[1:])
    start_up = ready - order.started
    return Result(
        start_up=start_up,
        compile=max(later - order.steps * steady if compiles_every_seed else costs[0] - later, 0.0),
        steady=steady,
        end_to_end=start_up + costs[0] + (order.seeds - 1) * later,
        extrapolated=len(costs) < order.seeds,
        trained=len(costs),
        memory=memory(),
    )


def side_by_side(order: Order, ready: float, costs: Sequence[float]) -> Result:
    """The result of a peer that takes each step for all seeds at once; `costs` are of its first steps, in seconds.

    The first pays what is paid once, so the steps that were not taken count as the later ones.
    """
    later = sum(costs[1:]) / len(costs[1:])
    start_up = ready - order.started
    return Result(
        start_up=start_up,
        compile=max(costs[0] - later, 0.0),
        steady=later / order.seeds,
        end_to_end=start_up + costs[0] + (order.steps - 1) * later,
        extrapolated=len(costs) < order.steps,
        trained=order.seeds,
        memory=memory(),
    )


def memory() -> float:
    """The largest resident size of this process so far, in megabytes."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1e6 if sys.platform == "darwin" else 1e3)  # bytes there, kilobytes elsewhere


def now() -> float:
    """Seconds on a clock that all processes of a machine share."""
    return time.time()
