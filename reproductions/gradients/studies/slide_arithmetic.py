"""How long does a product of a 1024×512 matrix and a vector take by the slide's count, and would a faster GPU help?

Computed, not timed: bytes moved, operations, and the time that each takes, of which the longer one counts (the roofline
model of Williams, Waterman & Patterson 2009). The GPU is the slide's, as its figures have it: 300 GB/s, 6 TFLOP/s.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import Arm, Tier
from common.training import Run

DATASET = "synthetic"
METRICS = {
    "bytes": "matrix, vector and product, each moved once, bytes of float32",
    "operations": "multiplications and additions, count",
    "intensity": "operations a byte, ratio",
    "memory_microseconds": "time that the bytes take, microseconds",
    "compute_microseconds": "time that the operations take, microseconds",
    "time_ratio": "time of the bytes over that of the operations, ratio",
    "gain_of_twice_the_speed": "time over that with twice the operations a second, ratio",
    "gain_of_twice_the_bandwidth": "time over that with twice the bytes a second, ratio",
    "rounded_microseconds": "time that the printed million of operations takes, microseconds",
    "figures_off": "figures of the five that do not round to what is printed, count",
    "figures_far_off": "figures worked out from the printed counts that are a unit of the last digit away, count",
}
ROWS, COLUMNS, BYTES_A_NUMBER = 1024, 512, 4
BANDWIDTH, PEAK = 300e9, 6e12
PRINTED = {  # figure, and the unit of its last digit
    "bytes": (2.1e6, 0.1e6),
    "operations": (1e6, 1e6),
    "memory_microseconds": (7.0, 1.0),
    "compute_microseconds": (0.16, 0.01),
    "intensity": (0.5, 0.1),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": (0,), "pilot": (20_000,), "full": ()}
    if tier not in seeds:
        return ()
    settings = {"rows": ROWS, "columns": COLUMNS, "bandwidth": BANDWIDTH, "peak": PEAK}
    return (Arm("slide", settings, seeds[tier], seconds=0.01, megabytes=100),)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=counted(**settings), curves={})


def counted(rows: int, columns: int, bandwidth: float, peak: float) -> dict[str, float]:
    moved = BYTES_A_NUMBER * (rows * columns + columns + rows)
    operations = 2 * rows * columns
    memory, compute = 1e6 * moved / bandwidth, 1e6 * operations / peak
    took = max(memory, compute)
    found = {
        "bytes": float(moved),
        "operations": float(operations),
        "intensity": operations / moved,
        "memory_microseconds": memory,
        "compute_microseconds": compute,
        "time_ratio": memory / compute,
        "gain_of_twice_the_speed": took / max(memory, compute / 2),
        "gain_of_twice_the_bandwidth": took / max(memory / 2, compute),
    }
    (printed_bytes, _), (printed_operations, _) = PRINTED["bytes"], PRINTED["operations"]
    rounded = {
        "memory_microseconds": 1e6 * printed_bytes / bandwidth,
        "compute_microseconds": 1e6 * printed_operations / peak,
        "intensity": printed_operations / printed_bytes,
    }
    return found | {
        "rounded_microseconds": rounded["compute_microseconds"],
        "figures_off": float(sum(_apart(found[figure], figure) > 0.5 for figure in PRINTED)),
        "figures_far_off": float(sum(_apart(value, figure) >= 1 for figure, value in rounded.items())),
    }


def _apart(value: float, figure: str) -> float:
    """How far a value is from the printed figure, in units of its last digit."""
    printed, unit = PRINTED[figure]
    return abs(value - printed) / unit
