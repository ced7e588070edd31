"""Is a product of a matrix and a vector bound by memory on this machine, and does it cease to be with more columns?

A trial is a block of timings (`common/timing.py`): a matrix that no cache holds times 1 to 512 columns, the slide's
1024×512 matrix times a vector, and the machine's own peak and bandwidth, interleaved. One core, float32, NumPy's BLAS.
The seed numbers the block and draws the numbers. Run it on a machine that does nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from common import timing
from common.statistics import rank_correlation
from common.study import Arm, Tier
from common.training import Run

DATASET = "synthetic"
TIMED = True
METRICS = {
    "peak": "operations in a product of square matrices, billions a second",
    "bandwidth": "bytes that a dot product reads, billions a second",
    "balance": "operations that the machine can do while it reads a byte, ratio",
    "unrest": "largest ratio of quartiles of the rounds of what was timed, ratio",
    "vector_pace": "operations of the large matrix times a vector, billions a second",
    "vector_share": "pace of the large matrix times a vector over the peak, share",
    "vector_over_roof": "pace of the large matrix times a vector over what the bandwidth allows, ratio",
    "cached_over_roof": "pace of the 1024×512 matrix times a vector over what the bandwidth allows, ratio",
    "columns_correlation": "rank correlation of the pace with the number of columns, -1 to 1",
    "columns_share": "pace with 512 columns over the peak, share",
}
ROWS, COLUMNS = 8192, 4096  # 128 MB
SMALL = (1024, 512)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
ROUNDS = 7


def arms(tier: Tier) -> tuple[Arm, ...]:
    """None but at the full tier: nothing is chosen from a block, and at the quick one others train beside it."""
    settings = {"rows": ROWS, "columns": COLUMNS, "widths": list(WIDTHS), "rounds": ROUNDS}
    return (Arm("block", settings, seconds=7.0, megabytes=600),) if tier == "full" else ()


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    rows, columns, widths = settings["rows"], settings["columns"], settings["widths"]
    for seed in seeds:
        with timing.alone():
            calls = products(np.random.default_rng(seed), rows, columns, widths)
            timed = timing.block(calls, rounds=settings["rounds"])
        yield Run(seed=seed, status="ok", steps=0, stopped=False, **measured(timed, rows, columns, widths))


def products(generator: np.random.Generator, rows: int, columns: int, widths: Sequence[int]) -> dict[str, timing.Call]:
    """The large matrix times so many columns, by their number, and `small`; one column is a vector."""
    large, small = generator.random((rows, columns), np.float32), generator.random(SMALL, np.float32)
    factors = [generator.random((columns, w) if w > 1 else columns, np.float32) for w in widths]
    calls: dict[str, timing.Call] = {f"{w}": partial(np.matmul, large, f) for w, f in zip(widths, factors, strict=True)}
    return calls | {"small": partial(np.matmul, small, generator.random(SMALL[1], np.float32))}


def measured(timed: timing.Block, rows: int, columns: int, widths: Sequence[int]) -> dict[str, Any]:
    """Metrics, and the pace over the number of columns as a curve."""
    pace = {w: 2 * rows * columns * w / timed.seconds[f"{w}"] for w in widths}
    small = 2 * SMALL[0] * SMALL[1] / timed.seconds["small"]
    roof = intensity(rows, columns) * timed.bandwidth
    metrics = {
        "peak": timed.peak / 1e9,
        "bandwidth": timed.bandwidth / 1e9,
        "balance": timed.peak / timed.bandwidth,
        "unrest": timed.unrest,
        "vector_pace": pace[1] / 1e9,
        "vector_share": pace[1] / timed.peak,
        "vector_over_roof": pace[1] / roof,
        "cached_over_roof": small / (intensity(*SMALL) * timed.bandwidth),
        "columns_correlation": rank_correlation(list(pace), list(pace.values())),
        "columns_share": pace[max(widths)] / timed.peak,
    }
    return {"metrics": metrics, "curves": {"pace": [(w, value / 1e9) for w, value in pace.items()]}}


def intensity(rows: int, columns: int) -> float:
    """Operations a byte of a float32 matrix times a vector, each number being moved once."""
    return 2 * rows * columns / (4 * (rows * columns + rows + columns))
