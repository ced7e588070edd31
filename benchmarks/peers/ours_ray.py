"""The engine of this suite in workers of Ray, on a cluster of this machine's own."""

import os
from functools import partial

from benchmarks.exchange import Order, Result, serve
from benchmarks.peers import ours, pool
from benchmarks.spawning import ROOT
from suite import ray_cluster, ray_workers


def measure(order: Order) -> Result:
    os.environ |= {"REPRO_HOME": order.cache, "PYTHONPATH": str(ROOT)}  # of the workers: they are sent no benchmarks
    with ray_cluster.joined(None, pool.cores(), "jax") as (cluster, _):
        return pool.measure(order, "benchmarks.peers.ours:work", partial(ray_workers.run_ray, cluster=cluster))


if __name__ == "__main__":
    serve(measure, ours.check)
