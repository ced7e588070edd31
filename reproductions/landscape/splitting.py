"""Set splitting as a training set of a net with three nodes (Blum & Rivest 1992), with a split that is known. NumPy.

Elements are to be given one of two sides so that no set lies on one side whole. The points are the origin and each
set's indicator, labelled 1, and each element's, labelled -1: two threshold units and their conjunction are right on all
of them just where a split exists.
"""

import numpy as np

from reproductions.landscape.net import Numbers

POINTS, SETS = 12, 24
"""Elements, and sets of three of them: about two sets an element, near where random ones cease to be splittable."""


def split() -> tuple[np.ndarray, np.ndarray]:
    """The side of each element, booleans (POINTS,), and the sets, (SETS, 3): the same in every trial."""
    generator = np.random.default_rng(24)
    sides = generator.permutation(POINTS) < POINTS // 2
    sets: list[tuple[int, ...]] = []
    while len(sets) < SETS:
        three = tuple(sorted(int(i) for i in generator.choice(POINTS, 3, replace=False)))
        if three not in sets and 0 < sides[list(three)].sum() < 3:
            sets.append(three)
    return sides, np.array(sets)


def instance() -> tuple[np.ndarray, np.ndarray]:
    """Points, float32 (1 + POINTS + SETS, POINTS), and labels ±1, float32 (1 + POINTS + SETS, 1)."""
    _, sets = split()
    x = np.vstack([np.zeros(POINTS), np.eye(POINTS), np.eye(POINTS)[sets].sum(axis=1)])
    y = np.concatenate([[1.0], -np.ones(POINTS), np.ones(SETS)])[:, None]
    return x.astype(np.float32), y.astype(np.float32)


def solution() -> tuple[Numbers, Numbers]:
    """Weights (POINTS, 2) and thresholds (2,) of two units whose conjunction is right on every point."""
    sides, _ = split()
    mine = np.stack([sides, ~sides], axis=1)
    return np.where(mine, -1.0, float(POINTS)), np.array([-0.5, -0.5])
