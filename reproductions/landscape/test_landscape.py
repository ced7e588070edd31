"""Laws of the data, of the teacher and its student, and of the instance of set splitting."""

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

from keras import ops  # noqa: E402 - the backend is chosen first

from reproductions.landscape import images, planted, splitting  # noqa: E402
from reproductions.landscape.studies import critical_points  # noqa: E402


def test_pooling_takes_the_means_of_square_blocks() -> None:
    for side in (8, 28):
        picture = np.arange(side * side, dtype=np.float32).reshape(1, side, side)
        block = side // 4
        wanted = [
            picture[0, r : r + block, c : c + block].mean()
            for r in range(0, side, block)
            for c in range(0, side, block)
        ]
        assert images.pooled(picture.reshape(1, -1))[0] == pytest.approx(wanted)


def test_a_sample_is_centred_and_has_variance_one_and_no_image_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATASET", "digits")
    x, labels = images.sample(np.random.default_rng(20_000), 200)
    assert x.mean(axis=0) == pytest.approx(np.zeros(16), abs=1e-12)
    assert x.var() == pytest.approx(1)
    assert len(np.unique(x, axis=0)) == 200
    assert images.one_hot(labels).argmax(axis=1) == pytest.approx(labels)
    assert images.odd(np.array([0, 1, 2, 9]))[:, 0] == pytest.approx([-1, 1, -1, 1])


def test_xor_has_its_four_cases() -> None:
    x, y = critical_points.cases("xor", 60, np.random.default_rng(0))
    assert {(*map(int, row), int(target[0])) for row, target in zip(x, y, strict=True)} == {
        (-1, -1, -1), (-1, 1, 1), (1, -1, 1), (1, 1, -1),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["relu", "tanh"])
def test_a_student_of_its_teachers_weights_has_no_error_and_another_has(kind: str) -> None:
    net = planted.pair(kind, 5, 3)
    x = ops.convert_to_tensor(np.random.default_rng(20_000).standard_normal((500, 5)).astype("float32"))
    found = planted.error(net, x, None)
    assert float(found["teacher_error"]) < 1e-10
    assert float(found["error"]) > 0.05
    dense = [layer for layer in net.layers if layer.weights]
    (teacher, answer), (student, said) = ([d for d in dense if d.trainable is t] for t in (False, True))
    student.set_weights([teacher.kernel.value, np.zeros(3)])
    said.set_weights([answer.kernel.value, np.zeros(1)])
    assert float(planted.error(net, x, None)["error"]) < 1e-10
    taught = float(ops.mean(net(x)[:, 1]))
    said.set_weights([np.zeros((3, 1)), np.array([taught])])
    assert float(planted.error(net, x, None)["error"]) == pytest.approx(1, rel=1e-4), "of the best constant"
    assert sorted({abs(float(w)) for w in np.ravel(ops.convert_to_numpy(answer.kernel.value))}) == [1.0]


def test_only_the_student_is_trained() -> None:
    assert sum(int(np.prod(w.shape)) for w in planted.pair("relu", 10, 3).trainable_weights) == 37
    assert sum(int(np.prod(w.shape)) for w in planted.pair("linear", 10, 3).trainable_weights) == 37


def test_no_set_lies_on_one_side_and_two_units_and_their_conjunction_are_right_on_every_point() -> None:
    sides, sets = splitting.split()
    assert len({tuple(row) for row in sets.tolist()}) == splitting.SETS
    assert set(sides[sets].sum(axis=1)) == {1, 2}
    x, y = splitting.instance()
    assert x.shape == (1 + splitting.POINTS + splitting.SETS, splitting.POINTS)
    weights, thresholds = splitting.solution()
    both = (x @ weights > thresholds).all(axis=1)
    assert (both == (y[:, 0] > 0)).all()
    whole = np.vstack([x, np.eye(splitting.POINTS)[np.flatnonzero(sides)[:3]].sum(axis=0)])
    assert not (whole[-1] @ weights > thresholds).all(), "a set on one side would be told wrongly"
