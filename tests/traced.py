"""In place of training: JAX goes through the programs of an experiment and compiles none, which tells what it records.

Names and shapes come out as in training, and what an author's functions refuse is refused; the numbers are drawn.
"""

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from common.training import Experiment, Run
from suite import commands


def instead(patch: pytest.MonkeyPatch) -> None:
    """Nothing is trained on JAX while the patch lasts; other backends train as ever."""
    if commands.prepare(None) == "jax":
        patch.setattr("common.engine.jax_engine.train", train)


def train(experiment: Experiment, seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """Runs that are looked at as often as they ask for, in one lane whatever is asked."""
    import jax

    from common.engine import inputs, jax_engine

    compiled, shared = jax_engine.over_lanes(experiment, 1), inputs.shared_arrays(experiment)
    shuffles, hyper = compiled.program.shuffles, inputs.scalars(experiment.hyper)
    keys = compiled.program.keys(seeds[0])
    state = jax.eval_shape(compiled.initial, keys, hyper)
    order = shuffles.draw(keys["data"], 0) if shuffles.epochs else shuffles.none(1)
    sums = np.float32(0), np.int32(0)
    state, sums = jax.eval_shape(compiled.advance, state, hyper, np.bool_(True), shared, order, sums, 0, 1)
    names = jax.eval_shape(compiled.measure, state, hyper, keys["evaluation"], shared, sums)
    looks = [*range(0, experiment.steps, experiment.evaluate_every), experiment.steps]
    for seed in seeds:
        drawn = random.Random(seed)
        curves = {name: [(look, drawn.random()) for look in looks] for name in sorted(names)}
        metrics = {name: line[-1][1] for name, line in curves.items()}
        curves["train_loss"] = curves["train_loss"][1:]
        yield Run(seed, "ok", experiment.steps, False, metrics, curves)
