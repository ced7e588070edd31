"""The step-zero signal c(w, b) = E[relu(w·x + b) χ(x)], with x uniform in {-1, 1}^n and χ(x) the product of its bits.

It is the Fourier coefficient of an untrained unit on the full parity: all that the first gradient step on its output
weight can see (Abbe, Cornacchia, Hązła & Kougang-Yombi 2025, "initial gradient alignment"). No Keras.
"""

from math import comb

import numpy as np


def equal_sizes(n: int, bias: float) -> float:
    """c for weights of size 1, exact for an integer bias: w·x takes the values n - 2k, and signs only flip c."""
    return float(sum(comb(n, k) * (1 - 2 * (k % 2)) * max(n - 2 * k + bias, 0) for k in range(n + 1)) / 2**n)


def signal(weights: np.ndarray, bias: float) -> float:
    """c for any weights, shape (n,); seconds for n = 40, by meeting in the middle.

    Every half of the bits has at most 2**(n/2) sums. For a sum a of the first half only those sums s of the second
    count that exceed -a - bias, and relu is linear there: two running totals over the sorted s answer for all of them.
    Totals are kept in extended precision where the machine has it, as c may be a billionth of the terms it is made of.
    """
    first, signs = _sums(weights[: len(weights) // 2])
    second, parities = _sums(weights[len(weights) // 2 :])
    order = np.argsort(-second)
    second, parities = second[order], parities[order]
    counted = np.concatenate([[0], np.cumsum(parities, dtype=np.longdouble)])
    summed = np.concatenate([[0], np.cumsum(parities * second, dtype=np.longdouble)])
    above = np.searchsorted(-second, first + bias)  # how many s exceed -a - bias
    total = (signs * ((first + bias) * counted[above] + summed[above])).sum(dtype=np.longdouble)
    return float(total / np.longdouble(2) ** len(weights))


def _sums(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """w·x and the product of x for every string x of these bits, (2**len(weights),) both."""
    sums, signs = np.zeros(1), np.ones(1)
    for weight in weights.astype(float):
        sums, signs = np.concatenate([sums + weight, sums - weight]), np.concatenate([signs, -signs])
    return sums, signs
