"""How many seeds to put side by side in one program: measured beforehand, for an author to write into an arm.

Never asked inside a run, as the lane count is part of a trial's identity.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import jax
import numpy as np

from common.engine import inputs, jax_engine
from common.engine.experiment import Experiment

MARGIN = 0.95  # more lanes must take less than this share of the time, as each also takes memory


@dataclass(frozen=True)
class Measured:
    """One lane count: seconds per step and seed, and the megabytes of the program's arguments and buffers."""

    lanes: int
    seconds: float
    megabytes: float


def measure(experiment: Experiment, most: int = 64) -> Iterator[Measured]:
    """Lane counts 1, 2, 4 … as long as they pay, on the device that JAX uses in this process."""
    bare = replace(experiment, evaluate={})
    best, lanes = float("inf"), 1
    while lanes <= most:
        measured = _measure(bare, lanes)
        yield measured
        if measured.seconds > best:
            return
        best, lanes = measured.seconds, 2 * lanes


def advise(measured: list[Measured]) -> int:
    """The smallest count that no larger one beats by more than the margin."""
    fastest = min(row.seconds for row in measured)
    return next(row.lanes for row in measured if MARGIN * row.seconds <= fastest)


def _measure(experiment: Experiment, lanes: int, least: float = 0.3) -> Measured:
    """Doubles the steps until they take `least` seconds."""
    program, initial, advance, _ = jax_engine.over_lanes(experiment, lanes)
    keys = inputs.stacked([program.keys(seed) for seed in range(lanes)])
    hyper = inputs.stacked([inputs.scalars(experiment.hyper)] * lanes)
    active = np.ones(lanes, bool) if lanes > 1 else np.True_
    state = initial(keys, hyper)
    shuffles = program.shuffles
    order = shuffles.draw(keys["data"], 0) if shuffles.epochs else shuffles.none(lanes)
    sums = np.zeros(active.shape, np.float32), np.zeros(active.shape, np.int32)
    rest = hyper, active, inputs.shared_arrays(experiment), order, sums
    compiled = advance.lower(state, *rest, 0, 0).compile()
    memory = compiled.memory_analysis()
    state, _ = compiled(state, *rest, 0, 4)
    count, taken = 4, 0.0
    while taken < least:
        count *= 2
        before = time.perf_counter()
        state, _ = jax.block_until_ready(compiled(state, *rest, 0, count))
        taken = time.perf_counter() - before
    held = memory.temp_size_in_bytes + memory.argument_size_in_bytes + memory.output_size_in_bytes
    return Measured(lanes, taken / count / lanes, held / 1e6)
