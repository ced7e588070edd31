"""What a specialist writes for one net: JAX without Keras, one `lax.scan` over all steps, `vmap` over seeds.

Loads JAX in its workers only, which are those of the engine: one pinned, single-threaded process a core.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import data
from benchmarks.exchange import CHECK_STEPS, Order, Result, memory, now, serve
from benchmarks.peers import pool
from benchmarks.workloads import PLANS, Workload


def work(share: pool.Share, report: Callable[[Any], None]) -> pool.Log:
    """In a worker."""
    import jax

    from benchmarks.peers.jax_net import run

    workload = PLANS[share.workload].workload
    images = data.images(workload) if workload.task == "images" else ()
    shared = tuple(jax.numpy.asarray(values) for values in images)
    ready = now()
    program = jax.jit(jax.vmap(lambda seed, shared: run(workload, share.steps, seed, shared), (0, None)))
    if workload.lanes == 1:
        program = jax.jit(lambda seed, shared: run(workload, share.steps, seed[0], shared))
    ended: list[float] = []
    for start in range(0, len(share.seeds), workload.lanes):
        group = share.seeds[start : start + workload.lanes]
        jax.block_until_ready(program(np.array(group, np.uint32), shared))
        ended += [now()] * len(group)
    return pool.Log(ready, tuple(ended), memory())


def measure(order: Order) -> Result:
    return pool.measure(order, "benchmarks.peers.handwritten_jax:work")


def check(workload: Workload) -> float:
    from benchmarks.peers.jax_net import loss_after

    return loss_after(workload, data.weights(workload), data.arrays(workload, workload.batch_size), CHECK_STEPS)


if __name__ == "__main__":
    serve(measure, check)
