"""What small sizes say of the next two: gaps of nets of 199 and 397 weights, errors after 9600 and 19 200 images.

*Gaps.* log gap = c + a log(N/m) + b log N, a plane of least squares through the mean gaps of nets of 28, 46 and 100
weights on m = 4, 16 and 32 N examples of pilot seeds. Its rival has b = 0: overfitting as a matter of m/N alone, as
the classical expansions have it (a = 1). *Errors.* log error = c - b log m, a line through the mean log errors after
300 to 4800 images; what it tells is the error over that after 4800, as pilots are judged on validation images and
verdict seeds on test images. Its rival has a floor: a line of the error itself in 1/sqrt(m).

The rule: a prediction is met where the mean over the first twelve verdict seeds (of errors: of the logarithm) lies in
the central 99 % of what the law tells, drawn by a bootstrap over pilot seeds with the scatter of a seed. The law wins a
target where the mean is nearer to its middle, in the logarithm, than to its rival's. No Keras.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.trials import Trial

JUDGED = 12  # the first verdict seeds
DRAWS, LEVEL = 400, 0.99
FILE = Path(__file__).parent / "prediction.json"

NETS, MULTIPLES, NEXT_NETS = (28, 46, 100), (4, 16, 32), (199, 397)
GAP_SEEDS = range(20_000, 20_048)
SIZES, NEXT_SIZES = (300, 600, 1_200, 2_400, 4_800), (9_600, 19_200)
ERROR_SEEDS = range(20_000, 20_008)

Table = np.ndarray


def gaps(trials: Sequence[Trial]) -> Table:
    """Gaps of pilots, shape (seeds, nets, multiples). Raises: ValueError, where one is missing."""
    keys = [[(f"n{n}", f"gap_{multiple}") for multiple in MULTIPLES] for n in NETS]
    return _table(trials, "parameters", keys, GAP_SEEDS)


def errors(trials: Sequence[Trial]) -> Table:
    """log errors of pilots, shape (seeds, sizes). Raises: ValueError, where one is missing."""
    table = _table(trials, "more_data", [[("law", f"error_{size}") for size in SIZES]], ERROR_SEEDS)
    return np.asarray(np.log(table[:, 0]))


def _table(trials: Sequence[Trial], study: str, keys: Any, seeds: range) -> Table:
    known = {(t.arm, t.seed): t.metrics for t in trials if t.study == study}
    rows = [[[known.get((arm, s), {}).get(name) for arm, name in row] for row in keys] for s in seeds]
    if any(value is None for seed in rows for row in seed for value in row):
        raise ValueError(f"a pilot of {study}, seeds {seeds[0]} to {seeds[-1]}, is missing; run the pilots of {study}")
    return np.array(rows, dtype=float)


def plane(table: Table, *, by_size: bool = True) -> tuple[float, float, float]:
    """c, a and b of the gaps' law; b = 0 where `by_size` is false. Means that are not above zero are left out."""
    means = table.mean(axis=0).ravel()
    n, multiple = (values.ravel() for values in np.meshgrid(NETS, MULTIPLES, indexing="ij"))
    columns = [np.ones(len(n)), -np.log(multiple), np.log(n)][: 3 if by_size else 2]
    kept = means > 0
    found = np.linalg.lstsq(np.column_stack(columns)[kept], np.log(means[kept]), rcond=None)[0]
    c, a, b = (*map(float, found), 0.0)[:3]
    return c, a, b


def gap(law: tuple[float, float, float], n: int, multiple: float) -> float:
    """The logarithm of the gap that the law tells."""
    c, a, b = law
    return float(c - a * np.log(multiple) + b * np.log(n))


def line(table: Table) -> tuple[float, float]:
    """Slope and height of the mean log error over log m."""
    slope, height = np.polyfit(np.log(SIZES), table.mean(axis=0), 1)
    return float(slope), float(height)


def _ratio(table: Table, size: int) -> float:
    return line(table)[0] * float(np.log(size / SIZES[-1]))


def _rival_ratio(table: Table, size: int) -> float:
    slope, floor = np.polyfit(np.array(SIZES) ** -0.5, np.exp(table.mean(axis=0)), 1)
    told = slope * np.array((size, SIZES[-1])) ** -0.5 + floor
    return float(np.log(told[0] / told[1]))


def _interval(table: Table, middle: Callable[[Table], float], mean: Callable[[float, Any], float]) -> list[float]:
    """Ends of the central part of the mean of twelve seeds, by a bootstrap of the law; `mean` adds their scatter."""
    generator = np.random.default_rng(0)
    drawn = [
        mean(middle(table[generator.integers(len(table), size=len(table))]), generator.standard_normal(JUDGED))
        for _ in range(DRAWS)
    ]
    return [float(end) for end in np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])]


def predictions(trials: Sequence[Trial]) -> dict[str, Any]:
    """What `prediction.json` holds."""
    return {"gaps": _gaps_told(gaps(trials)), "errors": _errors_told(errors(trials))}


def _gaps_told(table: Table) -> dict[str, Any]:
    law, rival = plane(table), plane(table, by_size=False)
    spread = table[:, -1].std(axis=0, ddof=1)  # of the largest net that was looked at, by multiple
    targets = {}
    for n in NEXT_NETS:
        for place, multiple in enumerate(MULTIPLES):
            scatter = float(spread[place] * np.sqrt(NETS[-1] / n))  # an example counts as much in whatever net
            ends = _interval(
                table,
                lambda drawn, n=n, multiple=multiple: gap(plane(drawn), n, multiple),  # type: ignore[misc]
                lambda log, noise, scatter=scatter: float(np.exp(log) + scatter * noise.mean()),  # type: ignore[misc]
            )
            middle, other = (float(np.exp(gap(found, n, multiple))) for found in (law, rival))
            targets[f"n{n}_gap_{multiple}"] = _target(ends, middle, other)
    fitted_on = f"parameters, N = {NETS[0]} to {NETS[-1]}, seeds {GAP_SEEDS[0]} to {GAP_SEEDS[-1]}"
    return {"fitted_on": fitted_on, "law": [_rounded(value) for value in law], "targets": targets}


def _errors_told(table: Table) -> dict[str, Any]:
    slope, height = line(table)
    steps = np.diff(table, axis=1)
    scatter = float(steps.std(axis=0, ddof=1).mean())  # of a seed's log ratio from one size to the next
    targets = {}
    for size in NEXT_SIZES:
        ends = _interval(
            table,
            lambda drawn, size=size: _ratio(drawn, size),  # type: ignore[misc]
            lambda log, noise: float(np.exp(log + scatter * noise.mean())),
        )
        middle, other = (float(np.exp(found(table, size))) for found in (_ratio, _rival_ratio))
        targets[f"error_{size}_over_{SIZES[-1]}"] = _target(ends, middle, other)
    fitted_on = f"more_data, m = {SIZES[0]} to {SIZES[-1]}, seeds {ERROR_SEEDS[0]} to {ERROR_SEEDS[-1]}"
    return {"fitted_on": fitted_on, "law": [_rounded(slope), _rounded(height)], "targets": targets}


def _target(ends: Sequence[float], middle: float, rival: float) -> dict[str, Any]:
    low, high = ends
    return {"mean": [_rounded(low), _rounded(middle), _rounded(high)], "rival": _rounded(rival)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def committed() -> Mapping[str, Any]:
    """The predictions as they stood before any seed of a target was run."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))
