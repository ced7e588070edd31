"""Keras `fit` by someone who knows it: model built and compiled once, re-seeded, many steps an execution."""

import time
from typing import Any

import keras
import numpy as np

from benchmarks import data
from benchmarks.exchange import CHECK_STEPS, Order, Result, now, one_by_one, serve
from benchmarks.peers.keras_fit import check as check_fit
from benchmarks.peers.keras_fit import compiled, fit, pace
from benchmarks.workloads import Workload

STEPS_PER_EXECUTION = 50


def reseed(model: Any, optimizer_start: list[np.ndarray], seed: int) -> None:
    """Fresh weights, as a clone draws them, and the optimizer as it was."""
    keras.utils.set_random_seed(seed)
    model.set_weights(keras.models.clone_model(model).get_weights())
    for variable, value in zip(model.optimizer.variables, optimizer_start, strict=True):
        variable.assign(value)


def measure(order: Order) -> Result:
    workload = order.described()
    x, y = data.arrays(workload, order.steps * workload.batch_size)
    ready = now()
    costs = []
    for seed in range(order.trained):
        begun = time.perf_counter()
        if seed == 0:
            keras.utils.set_random_seed(seed)
            model = compiled(workload, steps_per_execution=STEPS_PER_EXECUTION)
            model.optimizer.build(model.trainable_variables)
            start = [np.array(variable) for variable in model.optimizer.variables]
        else:
            reseed(model, start, seed)
        fit(workload, model, x, y)
        costs.append(time.perf_counter() - begun)
    return one_by_one(order, ready, costs, pace(workload, model, x, y), compiles_every_seed=False)


def check(workload: Workload) -> float:
    return check_fit(workload, steps_per_execution=CHECK_STEPS)


if __name__ == "__main__":
    serve(measure, check)
