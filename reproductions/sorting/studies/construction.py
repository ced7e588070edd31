"""Does the net of two hidden layers that was written down sort every list, with the units and weights it should?

Nothing is trained. Small cases are tried on every list there is; large ones on random lists, on lists with many ties,
and on lists of one number. The same net with its first comparison cut shows that an error would be seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

import numpy as np
from keras import ops

from common.statistics import slope
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.sorting import model

DATASET = "synthetic"
SMALL = ((2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2), (3, 3), (5, 1))
LARGE = ((10, 6), (10, 10))
LISTS = {"full": 100_000, "quick": 2_000, "pilot": 2_000}
GROWTH = range(2, 17)  # n = b
BATCH = 5_000
METRICS = {
    "lists": "lists that were tried, count",
    "errors": "lists for which the net of threshold units has an output that is not exactly right, count",
    "relu_errors": "the same for the net of ReLU units, count",
    "cut_errors": "the same for the threshold net whose first comparison always says no, count",
    "threshold_units": "hidden units of the threshold net, count",
    "units_beyond_formula": "the same less n(n-1)/2 + nb + n²b, count",
    "relu_units_beyond_formula": "hidden units of the ReLU net less n(n-1) + nb + n²(b+1), count",
    "weights_beyond_formula": "how far the largest weights of the layers are from 2^(b-1), n and 1, sum of differences",
    "growth": "slope of log units on log n, for n numbers of n bits, n = 2 to 16, exponent",
    "beyond_cubic": "largest fourth difference of the units over n, 0 for a polynomial of degree three, count",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "gpu":
        return ()
    count = LISTS[tier]
    cells = [(n, b, 0) for n, b in SMALL] + [(n, b, count) for n, b in LARGE]
    seeds = {"full": (), "quick": (0,), "pilot": (PILOT_SEEDS,)}[tier]
    counted = Arm("growth", {"sizes": list(GROWTH)}, seeds, seconds=10)
    return (*(_arm(n, b, lists, seeds) for n, b, lists in cells), counted)


def _arm(n: int, b: int, lists: int, seeds: tuple[int, ...]) -> Arm:
    return Arm(f"n{n}_b{b}", {"n": n, "b": b, "lists": lists}, seeds, seconds=1 + lists / 5_000)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        metrics = growth(settings["sizes"]) if "sizes" in settings else _sorted(**settings, seed=seed)
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves={})


def _sorted(n: int, b: int, lists: int, seed: int) -> dict[str, float]:
    threshold, relu = model.threshold_network(n, b), model.relu_network(n, b)
    values = hard_lists(n, b, lists, seed) if lists else every_list(n, b)
    largest = [float(np.abs(layer.kernel).max()) for layer in threshold]
    return {
        "lists": float(len(values)),
        "errors": errors(model.exact_model(threshold, model.heaviside), values, b),
        "relu_errors": errors(model.exact_model(relu, "relu"), values, b),
        "cut_errors": errors(model.exact_model(model.without_comparison(threshold, n * b), model.heaviside), values, b),
        "threshold_units": float(model.hidden_units(threshold)),
        "units_beyond_formula": float(model.hidden_units(threshold) - model.units(n, b)),
        "relu_units_beyond_formula": model.hidden_units(relu) - float(n * b + n * (n - 1) + n * n * (b + 1)),
        "weights_beyond_formula": sum(abs(a - f) for a, f in zip(largest, (2 ** (b - 1), n, 1), strict=True)),
    }


def every_list(n: int, b: int) -> np.ndarray:
    """All 2**(n·b) lists, shape (lists, n)."""
    codes = np.arange(2 ** (n * b))
    return np.asarray((codes[:, None] >> (b * np.arange(n))) & (2**b - 1))


def hard_lists(n: int, b: int, count: int, seed: int) -> np.ndarray:
    """`count` lists, one half uniform and one of few distinct numbers, and all lists of one number repeated."""
    generator = np.random.default_rng(seed)
    uniform = generator.integers(0, 2**b, (count // 2, n))
    few = generator.integers(0, 2**b, (count - count // 2, 3))
    tied = np.take_along_axis(few, generator.integers(0, 3, (len(few), n)), axis=1)
    return np.concatenate([uniform, tied, np.repeat(np.arange(2**b)[:, None], n, axis=1)])


def errors(network: Any, values: np.ndarray, b: int) -> float:
    """Lists for which any output is not exactly the bit it should be: 0.999 counts as an error."""
    wrong = 0
    for start in range(0, len(values), BATCH):
        batch = values[start : start + BATCH]
        found = ops.convert_to_numpy(network(model.bits_of(batch, b)))
        wanted = ops.convert_to_numpy(model.bits_of(np.sort(batch, axis=1), b))
        wrong += int((found != wanted).any(axis=1).sum())
    return float(wrong)


def growth(sizes: Sequence[int]) -> dict[str, float]:
    """How the hidden units grow with n, for n numbers of n bits; counted on the nets themselves."""
    units = [model.hidden_units(model.threshold_network(n, n)) for n in sizes]
    return {
        "growth": slope([log(n) for n in sizes], [log(count) for count in units]),
        "beyond_cubic": float(np.abs(np.diff(units, 4)).max()),
    }
