"""Strings of bits, and nets on them that are written down and not trained. No Keras."""

import numpy as np
from numpy.typing import NDArray

Strings = NDArray[np.float64]


def cube(n: int) -> Strings:
    """All strings of n bits, coded ±1: shape (2**n, n); bit i of row k is -1 where bit i of the number k is set."""
    return np.asarray(1 - 2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1), np.float64)


def parity(strings: Strings) -> NDArray[np.float64]:
    """The product of the bits of each string, ±1."""
    return np.asarray(strings.prod(axis=1))


def majority(strings: Strings) -> NDArray[np.float64]:
    """The sign that most bits of a string have, ±1; of an odd number of bits."""
    return np.asarray(np.sign(strings.sum(axis=1)))


def first_bit(strings: Strings) -> NDArray[np.float64]:
    return np.asarray(strings[:, 0])


def firing(strings: Strings, cases: Strings) -> NDArray[np.bool_]:
    """Which of the detectors of some cases fire for which strings: shape (strings, cases).

    A detector is a threshold unit whose weights are the bits of its case and whose threshold is n - 1: the weighted sum
    is n for that case and n - 2 at most for any other.
    """
    return np.asarray(strings @ cases.T > strings.shape[1] - 1)


def counting_net(strings: Strings) -> NDArray[np.float64]:
    """Parity, ±1, by one hidden layer of n threshold units (Rumelhart, Hinton & Williams 1986).

    Unit k of 1 to n fires where at least k bits are -1; the output adds them with weights -2, 2, -2, … to 1.
    """
    n = strings.shape[1]
    thresholds = np.arange(1, n + 1)
    fires = -strings.sum(axis=1, keepdims=True) >= 2 * thresholds - n
    return np.asarray(1.0 + fires @ (2.0 * (-1.0) ** thresholds))
