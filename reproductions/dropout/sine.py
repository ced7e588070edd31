"""A small regression: the continuation of a noisy sinusoid, the same examples for every seed. No Keras."""

from math import pi

import numpy as np

from common.training import Arrays

SEEN, AHEAD = 16, 8  # samples shown and asked for
STEP, NOISE = 1 / SEEN, 0.1
SIZES = {"train": 1_000, "validation": 2_000, "test": 2_000}


def examples(part: str) -> Arrays:
    """x (n, 16) with noise and y (n, 8) without: sinusoids of amplitude 1, half to two periods in what is shown."""
    generator = np.random.default_rng(list(SIZES).index(part))
    shape = (SIZES[part], 1)
    phase, frequency = generator.uniform(0, 2 * pi, shape), generator.uniform(0.5, 2, shape)
    waves = np.sin(2 * pi * frequency * STEP * np.arange(SEEN + AHEAD) + phase)
    shown = waves[:, :SEEN] + NOISE * generator.standard_normal((SIZES[part], SEEN))
    return Arrays(shown.astype(np.float32), waves[:, SEEN:].astype(np.float32))
