"""What a further seed costs: ours over ever more seeds of the parity net."""

import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import spawning
from benchmarks.exchange import Order, Result
from benchmarks.measuring import Say
from benchmarks.peers import OURS
from benchmarks.workloads import PARITY

Row = dict[str, Any]


def measure(counts: Sequence[int], steps: int, rounds: int, cache: Path, say: Say) -> list[Row]:
    """A row a count of seeds, with medians over rounds.

    `seconds` run from the moment all workers are ready. `marginal_seconds` are those of a seed more than the count
    before, None for the first.
    """
    found: dict[int, list[Result]] = {count: [] for count in counts}
    for number in range(rounds):
        for count in counts if number % 2 == 0 else reversed(counts):
            order = Order(PARITY.name, count, count, steps, time.time(), str(cache))
            found[count].append(spawning.measured(OURS, order))
            say(f"scaling, round {number + 1} of {rounds}: {count} seeds in {found[count][-1].end_to_end:.1f} s")
    seconds = {count: median(r.end_to_end - r.start_up for r in results) for count, results in found.items()}
    marginal = {after: (seconds[after] - seconds[before]) / (after - before) for before, after in pairwise(counts)}
    return [
        {
            "seeds": count,
            "steps": steps,
            "rounds": rounds,
            "seconds": seconds[count],
            "marginal_seconds": marginal.get(count),
            "memory_megabytes": max(result.memory for result in results),
        }
        for count, results in found.items()
    ]
