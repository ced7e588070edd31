"""Laws of the sequence tasks: every target found again another way, every baseline by simulation, no window shared."""

import math
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import datasets, sequences  # noqa: E402
from common.sequences import Task  # noqa: E402
from common.training import Arrays, Stream  # noqa: E402

COUNT = 2000


def drawn(task: Task, count: int = COUNT, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    assert isinstance(task.data, Stream)
    x, y = task.data.draw(keras.random.SeedGenerator(seed), count)
    return np.asarray(x), np.asarray(y)


def recalled(row: np.ndarray) -> Any:
    return row[0]


def added(row: np.ndarray) -> Any:
    (places,) = np.nonzero(row[:, 1])
    assert len(places) == 2
    assert places[0] < len(row) // 2 <= places[1]
    return row[places[0], 0] + row[places[1], 0]


def copied(row: np.ndarray) -> Any:
    word, answer = list(row[:10]), [8] * (len(row) - 10)
    assert sorted(set(row[10:])) == [8, 9]
    assert list(row[10:]).index(9) == len(row) - 21
    return answer + word


def ordered(row: np.ndarray) -> Any:
    seen = [symbol for symbol in row if symbol < 2]
    assert len(seen) == 2
    return ["00", "01", "10", "11"].index("".join(map(str, seen)))


def odd(row: np.ndarray) -> Any:
    return [sum(row[: place + 1]) % 2 for place in range(len(row))]


def counted(row: np.ndarray) -> Any:
    count, counts = 0, []
    for symbol in row:
        count = 0 if symbol == sequences.RESET else count + int(symbol == sequences.ONE)
        counts.append(min(count, 7))
    return counts


STREAMS = {
    "recall": (sequences.delayed_recall(25), recalled),
    "adding": (sequences.adding(30), added),
    "copy": (sequences.copy_memory(15), copied),
    "order": (sequences.temporal_order(40), ordered),
    "parity": (sequences.running_parity(12), odd),
    "resets": (sequences.resets(30), counted),
}
streams = pytest.mark.parametrize("name", STREAMS)


@streams
def test_target_is_what_the_sequence_says(name: str) -> None:
    task, answer = STREAMS[name]
    x, y = drawn(task, 200)
    assert x.shape == ((200, task.steps) if task.symbols else (200, task.steps, 2))
    assert y.shape == ((200, task.steps) if task.every_step else (200,))
    if task.symbols:
        assert x.min() >= 0
        assert x.max() < task.symbols
    for row, target in zip(x, y, strict=True):
        assert np.allclose(answer(row), target, atol=1e-5)


@streams
def test_baseline_is_the_least_loss_that_ignores_the_input(name: str) -> None:
    """Simulated: the best constant for each step, found on the examples themselves."""
    task, _ = STREAMS[name]
    _, y = drawn(task)
    if not task.answers:
        assert y.var() == pytest.approx(task.baseline, rel=0.1)
        return
    columns = y.reshape(COUNT, -1).T
    entropies = []
    for column in columns:
        shares = np.bincount(column, minlength=task.answers) / COUNT
        entropies.append(-sum(share * math.log(share) for share in shares if share))
    assert np.mean(entropies) == pytest.approx(task.baseline, rel=0.01)


def test_baselines_are_those_of_the_literature() -> None:
    assert sequences.adding(100).baseline == pytest.approx(1 / 6)
    assert sequences.copy_memory(100).baseline == pytest.approx(10 * math.log(8) / 120)
    assert sequences.copy_memory(100).steps == 120


@streams
def test_every_answer_occurs_and_draws_differ(name: str) -> None:
    task, _ = STREAMS[name]
    x, y = drawn(task)
    if task.answers:
        assert set(np.unique(y)) == set(range(task.answers))
    assert len({row.tobytes() for row in x}) > 0.7 * min(COUNT, 2**task.steps)
    again, _ = drawn(task)
    other, _ = drawn(task, seed=4)
    assert np.array_equal(x, again)
    assert not np.array_equal(x, other)


def test_order_marks_stand_where_the_length_says() -> None:
    x, _ = drawn(sequences.temporal_order(100))
    places = np.array([np.nonzero(row < 2)[0] for row in x])
    assert (places[:, 0].min(), places[:, 0].max()) == (10, 19)
    assert (places[:, 1].min(), places[:, 1].max()) == (50, 59)


def test_windows_of_a_text_share_nothing_and_point_to_the_next_character() -> None:
    text = "".join("abc"[(place * place) % 3] for place in range(101))
    task = sequences.characters(text, "abc", 10)
    assert isinstance(task.data, Arrays)
    letters = np.array(list("abc"))
    assert "".join(letters[task.data.x].ravel()) == text[:100]
    assert "".join(letters[task.data.y].ravel()) == text[1:101]


def test_baseline_of_a_text_is_its_surprise_under_the_reference() -> None:
    assert sequences.characters("abab" * 10, "ab", 3).baseline == pytest.approx(math.log(2))
    biased = sequences.characters("abab" * 10 + "a", "ab", 4, reference="aaab")
    assert biased.baseline == pytest.approx(-(math.log(3 / 4) + math.log(1 / 4)) / 2)


def test_test_text_stays_apart_from_the_training_text() -> None:
    text = datasets.load_text()
    assert text.test not in text.train
    alphabet = "".join(sorted(set(text.train)))
    assert set(text.validation) | set(text.test) <= set(alphabet)
    parts = [sequences.characters(part, alphabet, 50) for part in (text.train, text.validation, text.test)]
    rows = [{row.tobytes() for row in task.data.x} for task in parts]  # type: ignore[union-attr]
    assert not rows[0] & rows[1]
    assert not rows[0] & rows[2]


def constant(task: Task, output: np.ndarray) -> Any:
    """A model that answers the same whatever it is shown."""

    def model(x: Any, training: bool = False) -> Any:
        shape = (len(x), task.steps, len(output)) if task.every_step else (len(x), len(output))
        return ops.broadcast_to(ops.convert_to_tensor(output, "float32"), shape)

    return model


@streams
def test_loss_of_a_known_answer(name: str) -> None:
    """An answer that favours no class loses the log of their number; a real answer of 1 errs by the variance."""
    task, _ = STREAMS[name]
    x, y = map(ops.convert_to_tensor, drawn(task, 500))
    model = constant(task, np.zeros(task.answers) if task.answers else np.ones(1))
    expected = math.log(task.answers) if task.answers else float(np.mean((np.asarray(y) - 1) ** 2))
    assert float(sequences.loss(task)(model, x, y)) == pytest.approx(expected, rel=1e-5)
    summed = float(sequences.loss(task, "sum")(model, x, y))
    assert summed == pytest.approx(expected * (task.steps if task.every_step else 1), rel=1e-5)
    wrong: Any = "total"
    with pytest.raises(ValueError, match="over_time must be 'mean' or 'sum'; got 'total'"):
        sequences.loss(task, wrong)
    found = sequences.scores(task)(model, x, y)
    assert float(found["relative"]) == pytest.approx(expected / task.baseline, rel=1e-5)
    if task.answers:
        assert float(found["accuracy"]) == pytest.approx(np.mean(np.asarray(y) == 0), abs=1e-6)


def test_loss_agrees_with_keras() -> None:
    task = sequences.copy_memory(5)
    x, y = drawn(task, 8)
    logits = np.random.default_rng(0).standard_normal((8, task.steps, task.answers)).astype("float32")
    reference = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, logits)
    ours = sequences.loss(task)(lambda x, training: ops.convert_to_tensor(logits), x, ops.convert_to_tensor(y))
    assert float(ours) == pytest.approx(float(reference), rel=1e-5)


@pytest.mark.parametrize("name", ["recall", "adding"])
def test_a_model_begins_with_real_channels(name: str) -> None:
    task, _ = STREAMS[name]
    entry, channels = sequences.inputs(task)
    x, _ = drawn(task, 3)
    seen = np.asarray(keras.Model(entry, channels)(x))
    if task.symbols:
        assert np.array_equal(seen, np.eye(task.symbols)[x])
    else:
        assert np.array_equal(seen, x)
