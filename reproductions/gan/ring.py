"""Eight Gaussians on a ring, and how many of them a generator's points cover."""

from typing import Any

import keras
import numpy as np
from keras import ops

from reproductions.gan import game

MODES, RADIUS, DEVIATION = 8, 2.0, 0.1
NEAR = 3 * DEVIATION
LEAST = 0.1 / MODES  # of all points: a tenth of what a Gaussian has of the ring
ANGLES = 2 * np.pi * np.arange(MODES) / MODES
CENTRES = (RADIUS * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)).astype(np.float32)


def draw(seeds: Any, count: int) -> tuple[Any, Any]:
    """Points of the ring, (count, 2), and noise for the generator, (count, 8)."""
    which = keras.random.randint((count,), 0, MODES, seed=seeds)
    blur = DEVIATION * keras.random.normal((count, 2), seed=seeds)
    return ops.take(ops.convert_to_tensor(CENTRES), which, axis=0) + blur, noise(seeds, count)


def noise(seeds: Any, count: int) -> Any:
    return keras.random.normal((count, game.LATENT), seed=seeds)


def state(net: Any, x: Any, z: Any) -> dict[str, Any]:
    """Of the points that the generator makes of `z`, and of how well the discriminator tells them from real ones."""
    made = net.generator(z)
    right = (ops.mean(_share(net.discriminator(x) > 0)) + ops.mean(_share(net.discriminator(made) < 0))) / 2
    return {**coverage(made), "d_accuracy": right}


def coverage(points: Any) -> dict[str, Any]:
    """How many Gaussians have `LEAST` of the points or more within three deviations, and the share that all have."""
    apart = ops.sqrt(ops.sum(ops.square(points[:, None] - ops.convert_to_tensor(CENTRES)), axis=-1))
    near = ops.mean(_share(apart < NEAR), axis=0)
    return {"modes": ops.sum(_share(near >= LEAST)), "quality": ops.sum(near)}


def _share(answers: Any) -> Any:
    return ops.cast(answers, "float32")
