"""The nets of the workloads, their losses and optimizers, written out in JAX."""

from collections.abc import Sequence
from functools import partial
from math import isqrt, prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.workloads import POOL, Workload

Array = Any  # of JAX
Weights = list[Array]
Slots = tuple[Weights, Weights]  # Adam's two moments


def initial(workload: Workload, key: Array) -> Weights:
    """Glorot's uniform matrices and kernels, zero biases."""
    shapes = workload.shapes()
    keys = jax.random.split(key, len(shapes))
    bounds = [(6 / (prod(shape[:-2]) * sum(shape[-2:]))) ** 0.5 for shape in shapes]
    return [
        jax.random.uniform(k, s, minval=-bound, maxval=bound) if len(s) > 1 else jnp.zeros(s)
        for k, s, bound in zip(keys, shapes, bounds, strict=True)
    ]


def outputs(workload: Workload, weights: Weights, x: Array, key: Array) -> Array:
    if workload.task == "sequence":
        return _recurrent(workload, weights, x)
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    if convolutions := len(workload.filters):
        x = _convolved(x.reshape(len(x), isqrt(x.shape[1]), -1, 1), layers[:convolutions]).reshape(len(x), -1)
    for number, (matrix, bias) in enumerate(layers[convolutions:-1]):
        x = jax.nn.relu(x @ matrix + bias)
        if workload.dropout:
            kept = jax.random.bernoulli(jax.random.fold_in(key, number), 1 - workload.dropout, x.shape)
            x = jnp.where(kept, x / (1 - workload.dropout), 0.0)
    matrix, bias = layers[-1]
    return x @ matrix + bias


def _convolved(x: Array, layers: list[tuple[Array, Array]]) -> Array:
    """Images (batch, height, width, channels), kernels as Keras has them."""
    tiles = (1, POOL, POOL, 1)
    for kernel, bias in layers:
        orders = ("NHWC", "HWIO", "NHWC")
        x = jax.nn.relu(lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=orders) + bias)
        x = lax.reduce_window(x, -jnp.inf, lax.max, tiles, tiles, "VALID")
    return x


def _recurrent(workload: Workload, weights: Weights, x: Array) -> Array:
    kernel, recurrent, bias, matrix, last = weights
    entering = jnp.moveaxis(x @ kernel + bias, 1, 0)  # all time steps in one product
    zeros = jnp.zeros((len(x), workload.widths[1]))

    def cell(carry: tuple[Array, Array], entered: Array) -> tuple[tuple[Array, Array], None]:
        state, memory = carry
        gate_in, forget, candidate, gate_out = jnp.split(entered + state @ recurrent, 4, axis=-1)
        memory = jax.nn.sigmoid(forget) * memory + jax.nn.sigmoid(gate_in) * jnp.tanh(candidate)
        return (jax.nn.sigmoid(gate_out) * jnp.tanh(memory), memory), None

    (state, _), _ = jax.lax.scan(cell, (zeros, zeros), entering)
    return state @ matrix + last


def loss(workload: Workload, weights: Weights, x: Array, y: Array, key: Array) -> Array:
    found = outputs(workload, weights, x, key)
    if workload.task == "parity":
        return jnp.mean(jax.nn.softplus(found) - y * found)
    if workload.task == "sequence":
        return jnp.mean((found - y) ** 2)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(found), y[:, None], axis=1))


def batch(workload: Workload, key: Array) -> tuple[Array, Array]:
    """Fresh examples."""
    shape = (workload.batch_size, workload.widths[0])
    if workload.task == "sequence":
        x = jax.random.normal(key, (workload.batch_size, workload.length, workload.widths[0]))
        return x, x.mean(axis=1)[:, :1]
    words = jax.random.bits(key, (workload.batch_size, 1))
    bits = (words >> jnp.arange(shape[1], dtype=jnp.uint32)) & 1  # up to 32 a word
    return 1.0 - 2.0 * bits, (bits.sum(axis=1, keepdims=True) % 2).astype(jnp.float32)


def update(workload: Workload, weights: Weights, slots: Slots, gradients: Weights, number: Array) -> tuple[Any, Slots]:
    """The weights and Adam's moments after step `number`, counted from 0."""
    rate = workload.learning_rate
    if workload.optimizer == "sgd":
        return [w - rate * g for w, g in zip(weights, gradients, strict=True)], slots
    first = [0.9 * m + 0.1 * g for m, g in zip(slots[0], gradients, strict=True)]
    second = [0.999 * v + 0.001 * g * g for v, g in zip(slots[1], gradients, strict=True)]
    count = number + 1.0
    rate = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    moved = [w - rate * m / (jnp.sqrt(v) + 1e-7) for w, m, v in zip(weights, first, second, strict=True)]
    return moved, (first, second)


def step(
    workload: Workload, weights: Weights, slots: Slots, number: Array, x: Array, y: Array, key: Array
) -> tuple[Weights, Slots, Array]:
    value, gradients = jax.value_and_grad(partial(loss, workload))(weights, x, y, key)
    weights, slots = update(workload, weights, slots, gradients, number)
    return weights, slots, value


def empty(workload: Workload, weights: Weights) -> Slots:
    zeros = [jnp.zeros_like(w) for w in weights] if workload.optimizer == "adam" else []
    return zeros, list(zeros)


def run(workload: Workload, steps: int, seed: Array, shared: tuple[Array, ...]) -> tuple[Weights, Array]:
    """One seed from its first weight to its last: the weights, and the mean loss on the way."""
    start, stream, shuffle = jax.random.split(jax.random.key(seed), 3)
    weights = initial(workload, start)
    rows = orders(shuffle, len(shared[0]), steps, workload.batch_size) if shared else None

    def body(carry: Any, number: Array) -> tuple[Any, Array]:
        weights, slots = carry
        key = jax.random.fold_in(stream, number)
        if rows is None:
            x, y = batch(workload, jax.random.fold_in(key, 0))
        else:
            x, y = (values[rows[number]] for values in shared)
        weights, slots, value = step(workload, weights, slots, number, x, y, key)
        return (weights, slots), value

    (weights, _), losses = jax.lax.scan(body, (weights, empty(workload, weights)), jnp.arange(steps))
    return weights, losses.mean()


def orders(key: Array, examples: int, steps: int, size: int) -> Array:
    """Row numbers (steps, size): a new shuffle an epoch."""
    batches = examples // size
    keys = jax.random.split(key, -(-steps // batches))
    shuffles = jax.vmap(lambda k: jax.random.permutation(k, examples)[: batches * size])(keys)
    return shuffles.reshape(-1, size)[:steps]


def loss_after(
    workload: Workload, given: Sequence[np.ndarray], examples: tuple[np.ndarray, np.ndarray], steps: int
) -> float:
    """The loss on one batch after so many steps on it."""
    weights = [jnp.asarray(values) for values in given]
    x, y = map(jnp.asarray, examples)
    slots, key = empty(workload, weights), jax.random.key(0)
    advance = jax.jit(partial(step, workload))
    for number in range(steps):
        weights, slots, _ = advance(weights, slots, jnp.float32(number), x, y, key)
    return float(loss(workload, weights, x, y, key))
