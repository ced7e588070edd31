"""All seeds as one model in PyTorch: weights stacked by `torch.func`, `vmap` over seeds, default threads."""

import time
from typing import Any

import torch
from torch.func import functional_call, stack_module_state, vmap

from benchmarks import data
from benchmarks.exchange import CHECK_STEPS, Order, Result, now, serve, side_by_side
from benchmarks.peers.plain_torch import as_in_keras, build, given, loss_of, optimizer_of, tensors
from benchmarks.workloads import Workload

MEASURED_STEPS = 100  # at most; the others are taken to cost as much


class Stack:
    """So many models of one shape; a step moves all of them. The sum of the losses keeps each gradient its own."""

    def __init__(self, workload: Workload, models: list[Any]) -> None:
        self.workload = workload
        self.one = models[0]
        self.weights, _ = stack_module_state(models)
        self.optimizer = optimizer_of(workload, self.weights.values())

    def losses(self, x: Any, y: Any) -> Any:
        """(seeds,) for examples (seeds, batch, …)."""

        def loss(weights: Any, x: Any, y: Any) -> Any:
            return loss_of(self.workload, functional_call(self.one, weights, (x,)), y)

        return vmap(loss, randomness="different")(self.weights, x, y)

    def step(self, x: Any, y: Any) -> None:
        self.optimizer.zero_grad()
        self.losses(x, y).sum().backward()
        self.optimizer.step()


def measure(order: Order) -> Result:
    workload = order.described()
    size, steps = workload.batch_size, min(order.steps, MEASURED_STEPS)
    x, y = tensors(*data.arrays(workload, steps * size))
    ready = now()
    begun = time.perf_counter()
    torch.manual_seed(0)
    stack = Stack(workload, [build(workload) for _ in range(order.seeds)])
    orders = torch.stack([torch.randperm(len(x)) for _ in range(order.seeds)])
    costs = []
    for start in range(0, len(x), size):
        rows = orders[:, start : start + size]
        stack.step(x[rows], y[rows])
        costs.append(time.perf_counter() - begun)
        begun = time.perf_counter()
    return side_by_side(order, ready, costs)


def check(workload: Workload) -> float:
    models = [build(workload) for _ in range(2)]
    with torch.no_grad():
        for model in models:
            for weight, values in zip(model.parameters(), given(workload), strict=True):
                weight.copy_(values)
    stack = Stack(workload, models)
    x, y = (torch.stack([values] * 2) for values in tensors(*data.arrays(workload, workload.batch_size)))
    for number in range(1, CHECK_STEPS + 1):
        as_in_keras(stack.optimizer, number)
        stack.step(x, y)
    with torch.no_grad():
        return float(stack.losses(x, y)[-1])


if __name__ == "__main__":
    serve(measure, check)
