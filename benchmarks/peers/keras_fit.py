"""What an ordinary user of Keras writes: for every seed build a model, compile it, `fit`. Default threads.

Data lies ready in memory and nothing is printed, which is kinder than most scripts.
"""

import time
from typing import Any

import keras
import numpy as np

from benchmarks import data, models
from benchmarks.exchange import CHECK_STEPS, Order, Result, now, one_by_one, serve
from benchmarks.workloads import Workload


def compiled(workload: Workload, **options: Any) -> Any:
    model = models.build_model(workload)
    model.compile(optimizer=models.build_optimizer(workload), loss=models.build_loss(workload), **options)
    return model


def fit(workload: Workload, model: Any, x: np.ndarray, y: np.ndarray) -> None:
    """One pass; fresh examples need no shuffling."""
    shuffle = workload.task == "images"
    model.fit(x, y, batch_size=workload.batch_size, epochs=1, shuffle=shuffle, verbose=0)


def measure(order: Order) -> Result:
    workload = order.described()
    x, y = data.arrays(workload, order.steps * workload.batch_size)
    ready = now()
    costs = []
    for seed in range(order.trained):
        begun = time.perf_counter()
        keras.utils.set_random_seed(seed)
        model = compiled(workload)
        fit(workload, model, x, y)
        costs.append(time.perf_counter() - begun)
    # The last model once more, now that its step is compiled: the steps alone, without a callback in their way.
    steps = max(order.steps // 4, 1)
    begun = time.perf_counter()
    fit(workload, model, x[: steps * workload.batch_size], y[: steps * workload.batch_size])
    steady = (time.perf_counter() - begun) / steps
    return one_by_one(order, ready, costs, steady, compiles_every_seed=True)


def check(workload: Workload, **options: Any) -> float:
    x, y = data.arrays(workload, workload.batch_size)
    model = compiled(workload, **options)
    model.set_weights(data.weights(workload))
    repeated = [np.concatenate([values] * CHECK_STEPS) for values in (x, y)]
    model.fit(*repeated, batch_size=workload.batch_size, epochs=1, shuffle=False, verbose=0)
    return float(model.evaluate(x, y, batch_size=workload.batch_size, verbose=0))


if __name__ == "__main__":
    serve(measure, check)
