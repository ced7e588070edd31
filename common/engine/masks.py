"""Dropout masks from as few random bits as their rate needs.

JAX draws 32 bits for every unit. One bit decides a rate of a half, sixteen decide the rates that authors write. From
the same seed Keras' own function draws other masks, no more random.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from keras.src.backend.jax import random as keras_random

WIDTHS = (1, 2, 4, 8, 16, 32)  # bits a unit: those that fill a word
TOLERANCE = 1e-4  # of the rarer of kept and dropped


def threshold(keep: float) -> tuple[int, int]:
    """Bits b and a number t: of b random bits, read as a number, t / 2^b of the draws are below t.

    They are the fewest bits for which that share differs from `keep` by at most a ten-thousandth of the smaller of
    `keep` and 1 - `keep`. It is `keep` itself for halves, quarters, sixteenths and so on. At 32 bits, which rates
    beyond 0.99 need, the nearest share is taken; Keras' own function knows shares to 2^-23.
    """
    for bits in WIDTHS:
        below = round(keep * 2**bits)
        if abs(below / 2**bits - keep) <= TOLERANCE * min(keep, 1 - keep):
            break
    return bits, min(max(below, 1), 2**bits - 1)


def kept(key: jax.Array, keep: float, shape: tuple[int, ...]) -> jax.Array:
    """Booleans of that shape: each is true with probability `keep`, 0 < `keep` < 1, whatever the others are.

    Units that lie side by side take the same bits of words that lie side by side, which is one vector operation.
    """
    bits, below = threshold(keep)
    units = math.prod(shape)
    words = jax.random.bits(key, (-(-units * bits // 32),), jnp.uint32)
    shifts = jnp.arange(0, 32, bits, dtype=jnp.uint32)[:, None]
    numbers = (words >> shifts) & jnp.uint32(2**bits - 1)
    return (numbers < jnp.uint32(below)).ravel()[:units].reshape(shape)


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """What `keras.random.dropout` promises, with these masks."""
    if rate == 1.0:
        return jnp.zeros_like(inputs)
    if rate == 0.0:
        return inputs
    keep = 1.0 - rate
    asked = inputs.shape if noise_shape is None else noise_shape
    shape = tuple(inputs.shape[axis] if size is None else size for axis, size in enumerate(asked))
    mask = jnp.broadcast_to(kept(keras_random.jax_draw_seed(seed), keep, shape), inputs.shape)
    return jax.lax.select(mask, inputs / keep, jnp.zeros_like(inputs))


def install() -> None:
    """From now on all that drops units in this process by Keras' function on JAX draws these masks."""
    keras_random.dropout = dropout
