"""A PyTorch loop as it is written by hand: batches from memory, default threads, nothing compiled."""

import time
from collections.abc import Iterable
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import data
from benchmarks.exchange import CHECK_STEPS, Order, Result, now, one_by_one, serve
from benchmarks.workloads import POOL, WINDOW, Workload

EPSILON = 1e-7  # Keras'


class Recurrent(nn.Module):  # type: ignore[misc]
    """An LSTM and a linear layer on its last state. One of torch's two biases stays zero: Keras has one."""

    def __init__(self, inputs: int, units: int, outputs: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, units, batch_first=True)
        nn.init.zeros_(self.lstm.bias_hh_l0).requires_grad_(False)
        self.head = nn.Linear(units, outputs)

    def forward(self, x: Any) -> Any:
        return self.head(self.lstm(x)[0][:, -1])


def build(workload: Workload) -> Any:
    if workload.task == "sequence":
        inputs, units, outputs = workload.widths
        return Recurrent(inputs, units, outputs)
    layers = convolutions(workload)
    *hidden, (before, outputs) = [shape for shape in workload.shapes() if len(shape) == 2]
    for inputs, units in hidden:
        layers += [nn.Linear(inputs, units), nn.ReLU()]
        layers += [nn.Dropout(workload.dropout)] if workload.dropout else []
    return nn.Sequential(*layers, nn.Linear(before, outputs))


def convolutions(workload: Workload) -> list[Any]:
    if not workload.filters:
        return []
    layers: list[Any] = [nn.Unflatten(1, (1, isqrt(workload.widths[0]), -1))]
    for channels, filters in pairwise((1, *workload.filters)):
        layers += [nn.Conv2d(channels, filters, WINDOW), nn.ReLU(), nn.MaxPool2d(POOL)]
    return [*layers, nn.Flatten()]


def optimizer_of(workload: Workload, weights: Iterable[Any]) -> Any:
    weights = [weight for weight in weights if weight.requires_grad]
    if workload.optimizer == "adam":
        return torch.optim.Adam(weights, lr=workload.learning_rate, eps=EPSILON)
    return torch.optim.SGD(weights, lr=workload.learning_rate)


def loss_of(workload: Workload, outputs: Any, y: Any) -> Any:
    if workload.task == "parity":
        return functional.binary_cross_entropy_with_logits(outputs, y)
    return functional.mse_loss(outputs, y) if workload.task == "sequence" else functional.cross_entropy(outputs, y)


def step(workload: Workload, model: Any, optimizer: Any, x: Any, y: Any) -> None:
    optimizer.zero_grad()
    loss_of(workload, model(x), y).backward()
    optimizer.step()


def as_in_keras(optimizer: Any, number: int) -> None:
    """For step `number`, counted from 1: torch adds epsilon after Adam's correction of bias, Keras before it."""
    for group in optimizer.param_groups:
        group["eps"] = EPSILON / (1 - 0.999**number) ** 0.5


def tensors(x: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
    classes = y.dtype.kind == "i"
    return torch.from_numpy(x), torch.from_numpy(y.astype(np.int64) if classes else y)


def measure(order: Order) -> Result:
    workload = order.described()
    size = workload.batch_size
    x, y = tensors(*data.arrays(workload, order.steps * size))
    ready = now()
    costs, loops = [], []
    for seed in range(order.trained):
        begun = time.perf_counter()
        torch.manual_seed(seed)
        model = build(workload)
        optimizer = optimizer_of(workload, model.parameters())
        looped = time.perf_counter()
        order_of = torch.randperm(len(x)) if workload.task == "images" else None
        for start in range(0, len(x), size):
            rows = slice(start, start + size) if order_of is None else order_of[start : start + size]
            step(workload, model, optimizer, x[rows], y[rows])
        loops.append(time.perf_counter() - looped)
        costs.append(time.perf_counter() - begun)
    steady = sum(loops[1:]) / len(loops[1:]) / order.steps
    return one_by_one(order, ready, costs, steady, compiles_every_seed=False)


def given(workload: Workload) -> list[Any]:
    """The weights that every peer starts from when it is checked. torch keeps (out, in), and channels before pixels."""
    weights = data.weights(workload)
    if workload.filters:
        entering = 2 * len(workload.filters)  # the layer that reads all pixels of all channels
        pixels = weights[entering].reshape(-1, workload.filters[-1], weights[entering].shape[-1])
        weights[entering] = pixels.swapaxes(0, 1).reshape(weights[entering].shape)
    turned = [values.transpose(3, 2, 0, 1) if values.ndim == 4 else values.T for values in weights]
    return [torch.from_numpy(values.copy()) for values in turned]


def check(workload: Workload) -> float:
    model = build(workload)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    with torch.no_grad():
        for weight, values in zip(weights, given(workload), strict=True):
            weight.copy_(values)
    optimizer = optimizer_of(workload, model.parameters())
    x, y = tensors(*data.arrays(workload, workload.batch_size))
    for number in range(1, CHECK_STEPS + 1):
        as_in_keras(optimizer, number)
        step(workload, model, optimizer, x, y)
    with torch.no_grad():
        return float(loss_of(workload, model(x), y))


if __name__ == "__main__":
    serve(measure, check)
