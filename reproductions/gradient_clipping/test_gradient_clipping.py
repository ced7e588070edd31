"""Laws of clipping and of recurrent weights, and of the runs that are trained with them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.gradients import clipped  # noqa: E402
from common.training import Experiment, train  # noqa: E402
from reproductions.gradient_clipping import model  # noqa: E402

SMALL = {"net": "rnn", "units": 4, "task": "resets", "length": 6, "over_time": "sum", "radius": 1.0}
SMALL |= {"optimizer": "sgd", "steps": 3, "every": 3, "held_out": 8}


def small(hyper: Mapping[str, float], **changes: Any) -> Experiment:
    made = model.experiment({**SMALL, **changes})
    return replace(made, hyper={**made.hyper, **hyper})


def norm(gradients: list[Any]) -> float:
    return float(np.sqrt(sum(np.square(np.asarray(g)).sum() for g in gradients)))


def moved(hyper: Mapping[str, float], seeds: list[int], lanes: int) -> list[float]:
    """How far one step moves the test loss of each seed."""
    runs = train(small(hyper, steps=1, every=1), seeds, lanes=lanes)
    return [run.curves["test_loss"][1][1] - run.curves["test_loss"][0][1] for run in runs]


@pytest.mark.parametrize("net", ["rnn", "lstm"])
@pytest.mark.parametrize("radius", [1.0, 1.25, 1.5])
def test_every_eigenvalue_of_a_recurrent_block_has_the_radius_as_modulus(net: str, radius: float) -> None:
    layer = model.recurrent(net, 8, radius, every_step=False)
    layer.recurrent_kernel_initializer = None
    layer.recurrent_initializer.seed = keras.random.SeedGenerator(3)
    layer.build((None, 5, 3))
    kernel = np.asarray(layer.cell.recurrent_kernel)
    blocks = np.split(kernel, kernel.shape[1] // 8, axis=1)
    assert len(blocks) == {"rnn": 1, "lstm": 4}[net]
    for block in blocks:
        assert np.abs(np.linalg.eigvals(block)) == pytest.approx(radius, rel=1e-4)
    if net == "lstm":
        assert not np.allclose(blocks[0], blocks[1])


def test_clipping_keeps_the_direction_and_bounds_the_norm_over_all_weights_together() -> None:
    gradients = [ops.convert_to_tensor(np.array(g, "float32")) for g in ([[3.0, 0.0]], [4.0])]
    cut = clipped(gradients, 1.0)
    assert [np.asarray(g).ravel().tolist() for g in cut] == [pytest.approx([0.6, 0.0]), pytest.approx([0.8])]
    for bound in (5.0, 100.0, model.NONE):  # at or above the norm nothing moves
        kept = clipped(gradients, bound)
        assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(kept, gradients, strict=True))


def test_a_norm_whose_square_overflows_is_clipped_and_not_lost() -> None:
    huge = [ops.convert_to_tensor(np.array([3e30, 4e30], "float32"))]
    assert norm(clipped(huge, 1.0)) == pytest.approx(1.0, rel=1e-5)
    assert np.asarray(clipped(huge, model.NONE)[0])[0] == pytest.approx(3e30)
    assert norm(clipped([ops.zeros((2,))], 1.0)) == 0.0


def test_a_clip_name_is_its_norm() -> None:
    assert model.norm_of("15") == 15.0
    assert model.norm_of("none") == model.NONE < float(np.finfo("float32").max)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="only JAX puts seeds side by side")
def test_clipping_acts_on_each_seed_and_not_on_the_group() -> None:
    hyper = {"learning_rate": 0.1, "clip": 0.5}
    together = moved(hyper, [0, 1, 2, 3], lanes=4)
    assert together == pytest.approx([moved(hyper, [seed], lanes=1)[0] for seed in range(4)], rel=1e-3)


def test_a_clip_norm_that_does_not_bind_changes_nothing_and_one_that_binds_bounds_the_step() -> None:
    free = {"learning_rate": 0.01, "clip": model.NONE}
    assert moved({**free, "clip": 1e6}, [0], 1) == moved(free, [0], 1)
    (tight,), (loose,) = moved({**free, "clip": 1e-3}, [0], 1), moved(free, [0], 1)
    assert abs(tight) < 1e-3 < abs(loose)


def test_runs_from_which_none_comes_back_end_early() -> None:
    (run,) = train(small({"learning_rate": 1e5}, steps=40, every=1), [0])
    assert run.status == "diverged" or (run.stopped and run.steps < 40)
    (calm,) = train(small({"learning_rate": 0.01}, steps=4, every=1), [0])
    assert not calm.stopped


@pytest.mark.parametrize("name", ["addition", ""])
def test_an_unknown_task_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown task"):
        model.task(name, 10)
