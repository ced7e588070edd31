"""The engine on JAX: whole runs inside compiled loops, seeds side by side by `vmap`.

Three programs are compiled for an experiment: one draws a seed's initial state, one takes a number of steps, one
evaluates. Experiments that differ in values of `hyper` alone share them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from common.engine import convolution, masks, pooling, threefry
from common.engine.experiment import Experiment, Run
from common.engine.inputs import Shared, scalars, shared_arrays, stacked
from common.engine.jax_program import Metrics, Program, State
from common.engine.sharing import Kept

for faster in (convolution, pooling, threefry, masks):
    faster.install()


class Compiled(NamedTuple):
    """A program's functions for so many seeds side by side."""

    program: Program
    initial: Callable[..., State]
    advance: Any  # as `Program.advance`; `repro plan --probe` asks what it compiles to
    measure: Callable[..., Metrics]


_kept: Kept[Compiled] = Kept()


def over_lanes(experiment: Experiment, lanes: int) -> Compiled:
    program = Program(experiment)
    initial, advance, measure = program.initial, program.advance, program.measure
    if lanes > 1:
        initial = jax.vmap(initial)
        advance = jax.vmap(advance, in_axes=(0, 0, 0, None, 0, 0, None, None))
        measure = jax.vmap(measure, in_axes=(0, 0, 0, None, 0))
    quick = jax.jit(initial, compiler_options=threefry.quick_to_compile())
    return Compiled(program, quick, jax.jit(advance, donate_argnums=0), jax.jit(measure))


def compiled(experiment: Experiment, lanes: int) -> Compiled:
    """The program of an experiment for so many lanes.

    Those of an earlier call serve again where only values of `hyper` differ: tracing a recurrent net takes seconds,
    and a scan over learning rates would spend most of its time on it.
    """
    return _kept.get(experiment, lanes, lambda: over_lanes(experiment, lanes))


def train(experiment: Experiment, seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """See `common.training.train`."""
    program, shared = compiled(experiment, lanes), shared_arrays(experiment)
    for start in range(0, len(seeds), lanes):
        group = list(seeds[start : start + lanes])
        yield from _train_group(experiment, program, shared, group, lanes)


def _train_group(
    experiment: Experiment, compiled: Compiled, shared: Shared, group: Sequence[int], lanes: int
) -> Iterator[Run]:
    program, initial, advance, measure = compiled
    padded = [*group, *[group[-1]] * (lanes - len(group))]
    keys = stacked([program.keys(seed) for seed in padded])
    hyper = [scalars(experiment.hyper)] * lanes
    with threefry.fused():
        state = initial(keys, stacked(hyper))
    curves: list[dict[str, list[tuple[int, float]]]] = [{} for _ in group]
    latest: list[dict[str, float]] = [{} for _ in group]
    stopped = [False] * len(group)
    running = np.array([True] * len(group) + [False] * (lanes - len(group)))
    taken, count, order = 0, 0, program.shuffles.none(lanes)
    while True:
        active, given = running.copy() if lanes > 1 else running[0], stacked(hyper)
        sums: Any = np.zeros(active.shape, np.float32), np.zeros(active.shape, np.int32)
        for first, number, due in program.shuffles.pieces(taken, count):
            if due:
                order = program.shuffles.draw(keys["data"], first)
            state, sums = advance(state, given, active, shared, order, sums, first, number)
        taken += count
        metrics = jax.device_get(measure(state, given, keys["evaluation"], shared, sums))
        values = {name: np.atleast_1d(value) for name, value in metrics.items()}
        diverged = np.atleast_1d(state.diverged)
        running &= ~diverged
        for lane in map(int, np.flatnonzero(running)):
            latest[lane] = {name: float(v[lane]) for name, v in values.items() if taken > 0 or name != "train_loss"}
            for name, value in latest[lane].items():
                curves[lane].setdefault(name, []).append((taken, value))
            history = {name: [value for _, value in points] for name, points in curves[lane].items()}
            stopped[lane] = experiment.stop(history)
            running[lane] = not stopped[lane]
            hyper[lane] = scalars(experiment.adjusted(history))
        count = min(experiment.evaluate_every, experiment.steps - taken)
        if count == 0 or not running.any():
            break
    steps, diverged = np.atleast_1d(state.step), np.atleast_1d(state.diverged)
    for lane, seed in enumerate(group):
        yield Run(
            seed=seed,
            status="diverged" if diverged[lane] else "ok",
            steps=int(steps[lane]),
            stopped=stopped[lane],
            metrics={} if diverged[lane] else latest[lane],
            curves=curves[lane],
        )
