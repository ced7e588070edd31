"""How many terms does a circuit of one layer of ANDs and an OR need, where threshold gates are few?

Exact: every function is tabulated, and its prime implicants are counted. Nothing is trained.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb, log2
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linprog

from common.statistics import slope
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Run
from reproductions.sorting import model

DATASET = "synthetic"
ONE_BIT = range(2, 11)  # numbers of one bit, sorted
WIDER = ((2, 2), (3, 2), (4, 2), (2, 3), (3, 3), (4, 3))  # numbers and their bits
INPUTS = range(4, 13)
COMPARED = range(2, 7)  # bits of each of two numbers
METRICS = {
    "terms_beyond_binomial": "outputs of sorting 2 to 10 bits whose smallest OR of ANDs has not C(n, k) terms, count",
    "largest_terms": "terms of the largest such output at 10 bits, count",
    "bits_per_number": "slope of log2 of the largest terms on n, bits",
    "terms_over_units": "terms of all outputs over the threshold net's hidden units, at 10 bits, ratio",
    "essential": "terms that no OR of ANDs can do without, all outputs of sorting 4 numbers of 3 bits, count",
    "units": "hidden units of the threshold net that does so, count",
    "majority_wrong": "majorities of 4 to 12 bits without C(n, n/2) terms, and their dual clauses, count",
    "comparison_wrong": "comparisons of numbers of 2 to 6 bits without 2^b - 1 terms, count",
    "parity_wrong": "parities of 4 to 12 bits without 2^(n-1) terms, count",
    "majority_gate_errors": "strings on which one threshold gate is not the majority, count",
    "comparison_gate_errors": "pairs of numbers on which one threshold gate does not compare, count",
    "parity_gate_errors": "strings on which n + 1 threshold gates are not the parity, count",
    "majority_terms_10": "terms of the majority of 10 bits, count",
    "comparison_terms_6": "terms of the comparison of two numbers of 6 bits, count",
    "parity_by_one_gate": "parities of 2 to 6 bits that one threshold gate computes, count",
    "majority_by_one_gate": "whether one threshold gate computes every majority of 2 to 6 bits, 1 or 0",
}


class Terms(NamedTuple):
    """`primes` prime implicants, `essential` of them in every smallest sum; `exact` where those alone are one."""

    primes: int
    essential: int
    exact: bool


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "gpu":
        return ()
    seeds = {"full": (), "quick": (0,), "pilot": (PILOT_SEEDS,)}[tier]
    names = ("sorted_bits", "one_gate") if tier != "full" else ("sorted_bits", "sorted_numbers", "one_gate")
    return tuple(Arm(name, {"counted": name}, seeds, seconds=5.0, megabytes=400) for name in names)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    counted: Mapping[str, Callable[[], tuple[dict[str, float], dict[str, list[tuple[int, float]]]]]] = {
        "sorted_bits": sorted_bits,
        "sorted_numbers": sorted_numbers,
        "one_gate": one_gate,
    }
    for seed in seeds:
        metrics, curves = counted[settings["counted"]]()
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics, curves=curves)


def sorted_bits() -> tuple[dict[str, float], dict[str, list[tuple[int, float]]]]:
    """Sorting n numbers of one bit: output m is 1 when at least n - m inputs are, a threshold function T."""
    wrong, largest, total = 0, {}, {}
    for n in ONE_BIT:
        terms = {k: minimal_terms(ones(n) >= k) for k in range(1, n + 1)}
        wrong += sum(not found.exact or found.primes != comb(n, k) for k, found in terms.items())
        largest[n] = max(found.primes for found in terms.values())
        total[n] = sum(found.primes for found in terms.values())
    last = max(ONE_BIT)
    units = {n: float(model.hidden_units(model.threshold_network(n, 1))) for n in ONE_BIT}
    metrics = {
        "terms_beyond_binomial": float(wrong),
        "largest_terms": float(largest[last]),
        "bits_per_number": slope(list(ONE_BIT), [log2(largest[n]) for n in ONE_BIT]),
        "terms_over_units": total[last] / units[last],
    }
    curves = {"terms": [(n, float(total[n])) for n in ONE_BIT], "threshold_units": list(units.items())}
    return metrics, curves


def sorted_numbers() -> tuple[dict[str, float], dict[str, list[tuple[int, float]]]]:
    """Sorting n numbers of b bits: terms of all outputs together that no sum can do without."""
    essential, units = [], []
    for n, b in WIDER:
        values = (np.arange(2 ** (n * b))[:, None] >> (b * np.arange(n))) & (2**b - 1)
        outputs = np.sort(values, axis=1)
        found = [minimal_terms((outputs[:, m] >> k) & 1 == 1) for m in range(n) for k in range(b)]
        essential.append((n * b, float(sum(terms.essential for terms in found))))
        units.append((n * b, float(model.units(n, b))))
    return {"essential": essential[-1][1], "units": units[-1][1]}, {"essential": essential, "wider_units": units}


def one_gate() -> tuple[dict[str, float], dict[str, list[tuple[int, float]]]]:
    """Majority and comparison, which one threshold gate computes, and parity, which needs a layer of them."""
    wrong = {"majority": 0, "comparison": 0, "parity": 0}
    gates = {"majority": 0, "comparison": 0, "parity": 0}
    curves: dict[str, list[tuple[int, float]]] = {"majority_terms": [], "comparison_terms": [], "parity_terms": []}
    for n in INPUTS:
        at_least_half, odd = ones(n) >= (n + 1) // 2, ones(n) % 2 == 1
        terms, clauses = minimal_terms(at_least_half), minimal_terms(~at_least_half)
        expected = comb(n, (n + 1) // 2), comb(n, n - (n + 1) // 2 + 1)
        wrong["majority"] += not (terms.exact and (terms.primes, clauses.primes) == expected)
        gates["majority"] += int(((points(n).sum(axis=1) - (n + 1) // 2 >= 0) != at_least_half).sum())
        parity = minimal_terms(odd)
        wrong["parity"] += not (parity.exact and parity.primes == 2 ** (n - 1))
        gates["parity"] += int((_thermometer(n) != odd).sum())
        curves["majority_terms"].append((n, float(terms.primes)))
        curves["parity_terms"].append((n, float(parity.primes)))
    for b in COMPARED:
        first, second = np.arange(4**b) & (2**b - 1), np.arange(4**b) >> b
        above = minimal_terms(first > second)
        wrong["comparison"] += not (above.exact and above.primes == 2**b - 1)
        weights = np.concatenate([2.0 ** np.arange(b), -(2.0 ** np.arange(b))])
        gates["comparison"] += int(((points(2 * b) @ weights - 1 >= 0) != (first > second)).sum())
        curves["comparison_terms"].append((b, float(above.primes)))
    metrics = {f"{name}_wrong": float(count) for name, count in wrong.items()}
    metrics |= {f"{name}_gate_errors": float(count) for name, count in gates.items()}
    metrics["majority_terms_10"] = dict(curves["majority_terms"])[10]
    metrics["comparison_terms_6"] = dict(curves["comparison_terms"])[6]
    metrics["parity_by_one_gate"] = float(sum(separable(ones(n) % 2 == 1) for n in range(2, 7)))
    metrics["majority_by_one_gate"] = float(all(separable(ones(n) >= (n + 1) // 2) for n in range(2, 7)))
    return metrics, curves


def points(n: int) -> np.ndarray:
    """All strings of n bits, (2**n, n); input i is bit i of the row's number."""
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def ones(n: int) -> np.ndarray:
    return np.asarray(points(n).sum(axis=1))


def _thermometer(n: int) -> np.ndarray:
    """Parity by n threshold gates and one more: gate k says that k inputs are 1; signs alternate (Rumelhart 1986)."""
    hidden = ones(n)[:, None] >= np.arange(1, n + 1)
    return np.asarray(hidden @ (-1.0) ** np.arange(n) - 0.5 >= 0)


def minimal_terms(table: np.ndarray) -> Terms:
    """Prime implicants of a Boolean function, given as its table (2**v,), by Quine's method on all 3**v cubes at once.

    Axis i of the cubes is variable i: 0, 1, or 2 where the cube leaves it free.
    """
    v = len(table).bit_length() - 1
    inside = np.asarray(table, bool).reshape((2,) * v)
    for axis in range(v):
        inside = _with_free(inside, axis, np.logical_and)
    prime = inside.copy()
    for axis in range(v):
        bound = (slice(None),) * axis + (slice(0, 2),)
        prime[bound] &= ~np.take(inside, [2], axis=axis)
    covers = prime.astype(np.int64)
    for axis in range(v):  # how many primes hold each point
        covers = np.take(covers, [0, 1], axis=axis) + np.take(covers, [2], axis=axis)
    alone = covers == 1
    for axis in range(v):
        alone = _with_free(alone, axis, np.logical_or)
    essential = prime & alone
    held = essential.copy()
    for axis in range(v):
        held = np.take(held, [0, 1], axis=axis) | np.take(held, [2], axis=axis)
    return Terms(
        int(prime.sum()), int(essential.sum()), bool((held == np.asarray(table, bool).reshape((2,) * v)).all())
    )


def _with_free(cubes: np.ndarray, axis: int, join: Callable[..., Any]) -> np.ndarray:
    both = join(np.take(cubes, [0], axis=axis), np.take(cubes, [1], axis=axis))
    return np.concatenate([cubes, both], axis=axis)


def separable(table: np.ndarray) -> bool:
    """Whether one threshold gate computes the function: a linear program looks for weights with a margin of 1."""
    v = len(table).bit_length() - 1
    signs = np.where(table, 1.0, -1.0)
    rows = -signs[:, None] * np.column_stack([points(v), np.ones(len(table))])
    found = linprog(np.zeros(v + 1), A_ub=rows, b_ub=-np.ones(len(table)), bounds=[(None, None)] * (v + 1))
    return bool(found.status == 0)
