"""The order of examples: each once an epoch, another in every epoch, and the same however the steps are cut."""

from typing import Any

import numpy as np
import pytest

EXAMPLES, BATCH = 10, 3  # one example is left over in every epoch


@pytest.fixture(scope="module")
def shuffles() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        from common.engine.shuffling import Shuffles
    return Shuffles(EXAMPLES, EXAMPLES // BATCH, epochs=2)


def rows(shuffles: Any, cuts: list[int], key: Any) -> list[list[int]]:
    """Row numbers of each step, taken in pieces that end at `cuts`."""
    found, order, taken = [], None, 0
    for cut in cuts:
        for first, count, due in shuffles.pieces(taken, cut - taken):
            order = shuffles.draw(key, first) if due else order
            found += [np.array(shuffles.row(order, number, BATCH)).tolist() for number in range(first, first + count)]
        taken = cut
    return found


def test_steps_are_shuffles_of_jax_epoch_by_epoch(shuffles: Any) -> None:
    import jax

    key = jax.random.PRNGKey(3)
    expected = []
    for epoch in range(5):
        order = np.array(jax.random.permutation(jax.random.fold_in(key, epoch), EXAMPLES))
        expected += [order[start : start + BATCH].tolist() for start in (0, 3, 6)]
    assert rows(shuffles, [15], key) == expected
    assert expected[:3] != expected[3:6]


@pytest.mark.parametrize("cuts", [[15], [0, 1, 15], [6, 12, 15], [2, 4, 7, 11, 15], list(range(16))])
def test_where_evaluations_cut_a_run_changes_no_batch(shuffles: Any, cuts: list[int]) -> None:
    import jax

    assert rows(shuffles, cuts, jax.random.PRNGKey(4)) == rows(shuffles, [15], jax.random.PRNGKey(4))


def test_lanes_have_the_orders_that_they_have_alone(shuffles: Any) -> None:
    import jax

    keys = [jax.random.PRNGKey(seed) for seed in (0, 1)]
    together = shuffles.draw(np.stack(keys), 6)
    assert np.array(together).tolist() == [np.array(shuffles.draw(key, 6)).tolist() for key in keys]


@pytest.mark.parametrize("examples", [1, 2, 1625, 1626, 40_000])  # JAX sorts once up to 1625 rows, then twice
def test_numpy_draws_what_the_program_of_an_accelerator_draws(examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    from common.engine.shuffling import Shuffles

    keys = np.array([[0, 0], [2**32 - 1, 7]], np.uint32)
    some = Shuffles(examples, 1, epochs=3)
    drawn = [some.draw(key, 5) for key in (keys, keys[0], keys[1])]
    assert not isinstance(drawn[0], jax.Array)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    for numbers, key in zip(drawn, (keys, keys[0], keys[1]), strict=True):
        program = some.draw(key, 5)
        assert isinstance(program, jax.Array)
        assert (numbers.dtype, numbers.tolist()) == (program.dtype, program.tolist())


def test_a_stream_has_no_blocks_and_a_block_no_more_rows_than_is_wise() -> None:
    from common.engine.shuffling import ROWS, STEPS, Shuffles
    from common.training import Arrays, Experiment

    def planned(examples: int, batch_size: int) -> Shuffles:
        data = Arrays(np.zeros((examples, 1), np.float32), np.zeros(examples, np.float32))
        functions: dict[str, Any] = {name: (lambda *_: None) for name in ("build_model", "build_optimizer", "loss")}
        sizes: dict[str, Any] = {"batch_size": batch_size, "steps": 1, "evaluate": {}, "evaluate_every": 1}
        return Shuffles.of(Experiment(data=data, **functions, **sizes))

    assert planned(50_000, 128).epochs == 1
    assert planned(4, 4).epochs == STEPS
    assert planned(50_000, 50_000).epochs == ROWS // 50_000
    assert list(Shuffles(0, 0, 0).pieces(5, 7)) == [(5, 7, False)]
    assert list(Shuffles(0, 0, 0).pieces(0, 0)) == []
