"""The engine of this suite, in workers as a study uses it."""

from collections.abc import Callable
from typing import Any

from benchmarks.exchange import CHECK_STEPS, Order, Result, memory, now, serve
from benchmarks.peers import pool
from benchmarks.workloads import PLANS, Workload


def work(share: pool.Share, report: Callable[[Any], None]) -> pool.Log:
    """In a worker, where alone an ML library is loaded."""
    from benchmarks import models
    from common.training import train

    workload = PLANS[share.workload].workload
    experiment = models.experiment(workload, share.steps)
    ready = now()
    ended = tuple(now() for _ in train(experiment, share.seeds, lanes=workload.lanes))
    return pool.Log(ready, ended, memory())


def measure(order: Order) -> Result:
    return pool.measure(order, "benchmarks.peers.ours:work")


def check(workload: Workload) -> float:
    from benchmarks import models
    from common.training import train

    runs = list(train(models.checked(workload, CHECK_STEPS), range(workload.lanes), lanes=workload.lanes))
    return float(runs[-1].metrics["batch_loss"] or "nan")


if __name__ == "__main__":
    serve(measure, check)
