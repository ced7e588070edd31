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


class Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """When each epoch ended. Nothing is asked of it batch by batch, which would slow the batches down."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(time.perf_counter())


def pace(workload: Workload, model: Any, x: np.ndarray, y: np.ndarray) -> float:
    """Seconds a step of a model that has been fitted: those of a second epoch, without what a call of `fit` costs.

    An epoch is a quarter of the data, in whole executions of the tuned peer's 50 steps.
    """
    batches = len(x) // workload.batch_size
    steps = min(max(batches // 200, 1) * 50, batches)
    rows = slice(0, steps * workload.batch_size)
    clock = Clock()
    options = {"batch_size": workload.batch_size, "shuffle": workload.task == "images", "verbose": 0}
    model.fit(x[rows], y[rows], epochs=2, callbacks=[clock], **options)
    return (clock.ends[1] - clock.ends[0]) / steps


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
    return one_by_one(order, ready, costs, pace(workload, model, x, y), compiles_every_seed=True)


def check(workload: Workload, **options: Any) -> float:
    x, y = data.arrays(workload, workload.batch_size)
    model = compiled(workload, **options)
    model.set_weights(data.weights(workload))
    repeated = [np.concatenate([values] * CHECK_STEPS) for values in (x, y)]
    model.fit(*repeated, batch_size=workload.batch_size, epochs=1, shuffle=False, verbose=0)
    return float(model.evaluate(x, y, batch_size=workload.batch_size, verbose=0))


if __name__ == "__main__":
    serve(measure, check)
