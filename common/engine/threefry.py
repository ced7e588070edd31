"""JAX's own random numbers, drawn faster on a CPU.

JAX compiles its generator, Threefry-2x32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section
3.2), into loops there. For batches of a few kilobytes starting those loops costs more than the arithmetic. Written out
round by round it becomes one vector loop. The bits are the same.

Random integers take two words each and three divisions there, as a range may have any length. One whose length is a
power of two needs the lower word alone, and no division. The integers are the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import threefry2x32_p
from jax.interpreters import mlir
from keras.src.backend.jax import random as keras_random

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))  # bits, for even and odd groups of four rounds
PARITY = 0x1BD11BDA  # makes the third word of the key
FEW = 16  # words, as when a key is split: nothing to gain
_fused = False
_enable_x64: Any = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64


def threefry2x32(key0: Any, key1: Any, x0: Any, x1: Any) -> tuple[Any, Any]:
    """Twenty rounds on counters (x0, x1), all uint32 and of shapes that broadcast, of JAX or of NumPy."""
    keys = key0, key1, key0 ^ key1 ^ np.uint32(PARITY)
    x0, x1 = x0 + keys[0], x1 + keys[1]
    for group in range(5):
        for bits in ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = x0 ^ ((x1 << np.uint32(bits)) | (x1 >> np.uint32(32 - bits)))
        x0, x1 = x0 + keys[(group + 1) % 3], x1 + keys[(group + 2) % 3] + np.uint32(group + 1)
    return x0, x1


_rounds = jax.jit(threefry2x32)  # traced once for a shape, not once for every program that draws


def in_one_piece(key0: jax.Array, key1: jax.Array, x0: jax.Array, x1: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The same, never fused into what reads the words: there the rounds might be run once for every bit taken.

    A branch is what XLA fuses nothing into, and it does not see that the condition always holds. Both words leave it
    as one number of 64 bits: XLA writes a loop for each result of a branch, and would run the rounds once for each.
    """
    key0, key1, x0, x1 = jnp.broadcast_arrays(key0, key1, x0, x1)
    if _fused or x0.size <= FEW:
        words: tuple[jax.Array, jax.Array] = _rounds(key0, key1, x0, x1)
        return words
    always = (key0.ravel()[0] | 1) > 0
    with _enable_x64(True):
        pair = jax.lax.cond(always, _drawn, _never, key0, key1, x0, x1)
        return pair.astype(jnp.uint32), (pair >> jnp.uint64(32)).astype(jnp.uint32)


def _drawn(key0: jax.Array, key1: jax.Array, x0: jax.Array, x1: jax.Array) -> jax.Array:
    return _never(key0, key1, *_rounds(key0, key1, x0, x1))


def _never(key0: jax.Array, key1: jax.Array, x0: jax.Array, x1: jax.Array) -> jax.Array:
    return x0.astype(jnp.uint64) | (x1.astype(jnp.uint64) << jnp.uint64(32))


@contextmanager
def fused() -> Iterator[None]:
    """What is compiled in here draws in whatever pieces XLA likes, which suits a program that runs once."""
    global _fused
    _fused = True
    try:
        yield
    finally:
        _fused = False


@cache
def quick_to_compile() -> dict[str, bool]:
    """Compiler options for a program that runs once a seed, as the one that draws weights: XLA's older loops.

    They take two thirds of the time to compile; a version of JAX that does not know the option does without.
    """
    options = {"xla_cpu_use_fusion_emitters": False}
    try:
        jax.jit(lambda: jnp.int32(0), compiler_options=options).lower().compile()
    except RuntimeError:
        return {}
    return options


def randint(shape: Any, minval: Any, maxval: Any, dtype: str = "int32", seed: Any = None) -> jax.Array:
    """What `keras.random.randint` gives on JAX."""
    key = keras_random.jax_draw_seed(seed)
    length = maxval - minval if isinstance(minval, int) and isinstance(maxval, int) else 0
    if dtype != "int32" or length <= 0 or length & (length - 1):
        return jax.random.randint(key, shape=shape, dtype=dtype, minval=minval, maxval=maxval)
    _, lower = jax.random.split(key)
    return (jax.random.bits(lower, shape, jnp.uint32) & jnp.uint32(length - 1)).astype(jnp.int32) + minval


def install() -> None:
    """From now on programs traced for JAX and compiled for the CPU in this process use the forms above."""
    keras_random.randint = randint
    mlir.register_lowering(threefry2x32_p, mlir.lower_fun(in_one_piece, multiple_results=True), platform="cpu")
