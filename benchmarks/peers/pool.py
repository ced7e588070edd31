"""Peers that train in one pinned, single-threaded worker a core, as a study does."""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.exchange import Order, Result, memory, now
from common.engine.backend import worker_environment
from suite.workers import Events, Failed, Finished, Task, run_processes


@dataclass(frozen=True)
class Share:
    """The work of one worker."""

    workload: str
    seeds: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class Log:
    """What a worker did: when it was ready, and when each of its seeds ended (`exchange.now`); megabytes."""

    ready: float
    ended: tuple[float, ...]
    memory: float


def shares(order: Order, workers: int) -> list[Share]:
    """The seeds cut into as even shares as whole lane groups allow."""
    lanes = order.described().lanes
    groups = [range(start, min(start + lanes, order.seeds)) for start in range(0, order.seeds, lanes)]
    dealt = [[seed for group in groups[worker::workers] for seed in group] for worker in range(workers)]
    return [Share(order.workload, tuple(seeds), order.steps) for seeds in dealt if seeds]


def measure(order: Order, entry: str, run: Callable[[list[Task], str], Events] | None = None) -> Result:
    """Runs `entry` as `function(share, report) -> Log` in as many workers as there are cores: by `run`, else here."""
    work = shares(order, cores())
    tasks = [Task(str(number), share) for number, share in enumerate(work)]
    logs: list[Log] = []
    here = partial(run_processes, count=len(tasks), environment=worker_environment(Path(order.cache)))
    with closing((run or here)(tasks, entry)) as events:
        for event in events:
            if isinstance(event, Failed):
                raise RuntimeError(event.reason)
            if isinstance(event, Finished):
                logs.append(event.value)
    end = now()
    lanes = order.described().lanes
    ready = max(log.ready for log in logs)
    each = [pace(log.ended, lanes) for log in logs]
    known = [seconds for seconds in each if seconds is not None]
    firsts = [log.ended[:lanes][-1] - log.ready for log in logs]
    return Result(
        start_up=ready - order.started,
        compile=max(first - lanes * (seconds or 0.0) for first, seconds in zip(firsts, each, strict=True)),
        # The workers are at it together, so their rates add up.
        steady=1 / sum(order.steps / seconds for seconds in known) if len(known) == len(each) else None,
        end_to_end=end - order.started,
        extrapolated=False,
        trained=order.seeds,
        memory=memory() + sum(log.memory for log in logs),
        worker=max(log.memory for log in logs),
    )


def pace(ended: Sequence[float], lanes: int) -> float | None:
    """Seconds a seed in one worker after its first group of lanes; None if there was one group only."""
    later = len(ended) - lanes
    return (ended[-1] - ended[lanes - 1]) / later if later > 0 else None


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
