"""TurbaNet: a swarm of Flax models, each step one compiled `vmap` over seeds, called from Python. Default threads."""

import time
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from turbanet import TurbaTrainState

from benchmarks import data
from benchmarks.exchange import CHECK_STEPS, Order, Result, now, serve, side_by_side
from benchmarks.workloads import Workload

MEASURED_STEPS = 200  # at most; the others are taken to cost as much


class Net(nn.Module):  # type: ignore[misc]
    """ReLU layers and a linear one."""

    widths: tuple[int, ...]

    @nn.compact  # type: ignore[untyped-decorator]
    def __call__(self, x: Any) -> Any:
        *hidden, outputs = self.widths[1:]
        for units in hidden:
            x = nn.relu(nn.Dense(units)(x))
        return nn.Dense(outputs)(x)


def loss(params: Any, x: Any, y: Any, apply: Callable[..., Any]) -> tuple[Any, Any]:
    found = apply({"params": params}, x)
    return jnp.mean(jax.nn.softplus(found) - y * found), found


def adam(rate: float) -> Any:
    """Keras' Adam, which adds epsilon before the correction of bias; in optax's state, where a swarm looks for it."""

    def moved(gradients: Any, states: Any, params: Any = None) -> tuple[Any, Any]:
        count = states[0].count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, states[0].mu, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, states[0].nu, gradients)
        corrected = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        steps = jax.tree.map(lambda m, v: -corrected * m / (jnp.sqrt(v) + 1e-7), first, second)
        return steps, (optax.ScaleByAdamState(count, first, second), *states[1:])

    return optax.GradientTransformation(optax.adam(rate).init, moved)


def swarm(workload: Workload, seeds: int, x: np.ndarray) -> Any:
    optimizer = adam(workload.learning_rate)
    return TurbaTrainState.swarm(Net(workload.widths), optimizer, seeds, x[:1], jnp.arange(seeds))


def measure(order: Order) -> Result:
    workload = order.described()
    size, steps = workload.batch_size, min(order.steps, MEASURED_STEPS)
    x, y = data.arrays(workload, steps * size)
    generator = np.random.default_rng(0)
    orders = np.stack([generator.permutation(len(x)) for _ in range(order.seeds)])
    ready = now()
    begun = time.perf_counter()
    state = swarm(workload, order.seeds, x)
    costs = []
    for start in range(0, len(x), size):
        rows = orders[:, start : start + size]
        state, _, _ = state.train(x[rows], y[rows], loss)
        jax.block_until_ready(state.params)
        costs.append(time.perf_counter() - begun)
        begun = time.perf_counter()
    return side_by_side(order, ready, costs)


def check(workload: Workload) -> float:
    x, y = data.arrays(workload, workload.batch_size)
    state = swarm(workload, 2, x)
    given = iter(data.weights(workload))
    names = ("kernel", "bias")
    layers = {
        f"Dense_{number}": {name: jnp.stack([next(given)] * 2) for name in names}
        for number in range(len(workload.widths) - 1)
    }
    state = state.replace(params=layers)
    x, y = np.stack([x] * 2), np.stack([y] * 2)
    for _ in range(CHECK_STEPS):
        state, _, _ = state.train(x, y, loss)
    return float(state.evaluate(x, y, loss)[0][-1])


if __name__ == "__main__":
    serve(measure, check)
