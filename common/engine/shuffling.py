"""The order in which a seed sees its training examples: shuffled anew in every epoch, a block of epochs at a time.

On a CPU NumPy draws the shuffles, which compiles nothing. Elsewhere a program of its own does: to compile one takes as
long as to compile a small net, and this way all experiments on as many examples share it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from common.engine.experiment import Experiment, Stream
from common.engine.permutations import Words, permutations

Order: TypeAlias = np.ndarray | jax.Array
STEPS, ROWS = 256, 2**20  # a block is for so many steps at least, unless it would hold more rows than that


@dataclass(frozen=True)
class Shuffles:
    """Of `examples`, `epochs` at a time, each good for `batches` steps; all zero for a stream."""

    examples: int
    batches: int
    epochs: int

    @classmethod
    def of(cls, experiment: Experiment) -> "Shuffles":
        if isinstance(experiment.data, Stream):
            return cls(0, 0, 0)
        examples = len(experiment.data.x)
        batches = examples // experiment.batch_size
        return cls(examples, batches, max(1, min(-(-STEPS // batches), ROWS // examples)))

    def pieces(self, taken: int, count: int) -> Iterator[tuple[int, int, bool]]:
        """The `count` steps after the first `taken`, cut where a block ends: first, how many, if a block is due."""
        block = self.epochs * self.batches or taken + count
        end = taken + count
        while taken < end:
            stop = min(end, (taken // block + 1) * block)
            yield taken, stop - taken, self.epochs > 0 and taken % block == 0
            taken = stop

    def draw(self, key: Words, number: int) -> Order:
        """Row numbers (epochs, examples) from step `number` on, with a leading axis where there are several lanes."""
        first = number // self.batches
        if jax.default_backend() == "cpu":
            orders = [permutations(lane, first, self.epochs, self.examples) for lane in np.asarray(key).reshape(-1, 2)]
            return np.stack(orders) if key.ndim > 1 else orders[0]
        draw: Any = _block if key.ndim == 1 else _blocks
        order: Order = draw(key, first, self.examples, self.epochs)
        return order

    def none(self, lanes: int) -> Order:
        """In place of a block, for a stream."""
        return np.zeros((lanes, 0, 0) if lanes > 1 else (0, 0), np.int32)

    def row(self, order: jax.Array, number: jax.Array, batch_size: int) -> jax.Array:
        """The rows of the batch of step `number`, from the block that it lies in."""
        epoch, position = number // self.batches, number % self.batches
        start = (epoch % self.epochs, position * batch_size)
        return jax.lax.dynamic_slice(order, start, (1, batch_size))[0]


def _shuffled(key: jax.Array, first: jax.Array, examples: int, epochs: int) -> jax.Array:
    def one(epoch: jax.Array) -> jax.Array:
        return jax.random.permutation(jax.random.fold_in(key, epoch), examples).astype(jnp.int32)

    return jax.lax.map(one, first + jnp.arange(epochs))


_block = jax.jit(_shuffled, static_argnums=(2, 3))


@partial(jax.jit, static_argnums=(2, 3))
def _blocks(keys: jax.Array, first: jax.Array, examples: int, epochs: int) -> jax.Array:
    return jax.vmap(lambda key: _shuffled(key, first, examples, epochs))(keys)
