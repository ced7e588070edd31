"""Laws of moved and of spread-out inputs, of the first layer's updates, and of what is asked about them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy
from numpy.typing import NDArray

from suite import commands, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import updates  # noqa: E402
from common.training import Arrays, Evaluation, Experiment, train  # noqa: E402
from reproductions.inputs import model  # noqa: E402
from reproductions.inputs.studies import magnitudes, offsets  # noqa: E402
from suite.claims import Check  # noqa: E402
from suite.questions import Observation  # noqa: E402

BATCH, PIXELS = offsets.BATCH, 4


def drawn() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    generator = np.random.default_rng(5)
    return generator.normal(size=(BATCH, PIXELS)).astype("float32"), generator.integers(0, 10, BATCH).astype("int32")


def experiment(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> tuple[Experiment, dict[str, Any]]:
    """An experiment on as many examples as a batch has, so that every step sees them all."""
    x, y = drawn()
    monkeypatch.setattr(model, "images", lambda part, size: Arrays(x, y))
    (arm, *_) = offsets.arms("quick")
    settings = {**arm.settings, "steps": 10, **changes}
    return offsets.experiment(settings), settings


def test_centred_pixels_have_no_mean_and_a_variance_of_one_on_average() -> None:
    images = np.random.default_rng(1).random((50, 4), np.float32) * np.array([0, 1, 2, 3], "float32")
    found = model.centred(images, images)
    assert found.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-6)
    assert found.var(axis=0).mean() == pytest.approx(1, rel=1e-5)
    assert np.ptp(found[:, 0]) == 0.0  # a pixel that is never lit
    spreads = found.std(axis=0)
    assert spreads[3] / spreads[1] == pytest.approx(images[:, 3].std() / images[:, 1].std(), rel=1e-5)


def test_a_mean_of_100_makes_the_largest_eigenvalue_of_the_second_moments_a_hundred_thousand_times_larger() -> None:
    x = model.images("train", 2_000).x.astype(np.float64)
    if x.shape[1] != 784:
        pytest.skip("of MNIST's pixels, which are not at hand")
    plain, moved = (np.linalg.eigvalsh((x + mean).T @ (x + mean) / len(x))[-1] for mean in (0, 100))
    assert moved == pytest.approx(784 * 100**2, rel=0.01)
    assert 5e4 < moved / plain < 2e5


@pytest.mark.parametrize(("mean", "scale", "taken"), list(offsets.INPUTS.values()))
def test_a_net_sees_its_inputs_moved_scaled_and_moved_back(mean: float, scale: float, taken: float) -> None:
    hyper = {"mean": float(mean), "scale": float(scale), "taken": float(taken)}
    net = model.classifier(PIXELS, (), hyper)
    x, _ = drawn()
    kernel, bias = map(np.asarray, net.trainable_variables)
    expected = (scale * x + mean - taken) @ kernel + bias
    assert np.asarray(net(x)) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def softmax_gradient(x: NDArray[np.float32], y: NDArray[np.int32], kernel: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of the mean cross-entropy of softmax regression without biases, by its formula."""
    shares = scipy.special.softmax(x.astype(np.float64) @ kernel, axis=1)
    shares[np.arange(len(y)), y] -= 1
    return np.asarray(x.astype(np.float64).T @ shares / len(y))


@pytest.mark.parametrize("mean", [0, 100])
def test_the_first_step_is_the_gradient_by_hand_and_larger_where_the_mean_is(
    mean: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, settings = experiment(monkeypatch, hidden=[], mean=mean, rate=1e-4)
    (early,) = train(offsets.watched(base, 2), [7])

    def noted(net: Any, x: Any, y: Any) -> dict[str, Any]:
        kernel = ops.convert_to_tensor(net.trainable_variables[0])
        return {f"w{i}_{j}": kernel[i, j] for i in range(PIXELS) for j in range(10)}

    seen = {"at": Evaluation(base.data, noted, 1, 1)}
    (start,) = train(replace(base, steps=0, evaluate=seen, stop=lambda history: False), [7])
    kernel = np.array([[start.curves[f"at_w{i}_{j}"][0][1] for j in range(10)] for i in range(PIXELS)], "float32")
    x, y = drawn()
    expected = softmax_gradient(x + np.float32(mean), y, kernel)
    found = offsets.measured(replace(early, status="diverged"), early, settings)
    assert found["first_step_norm"] == pytest.approx(np.linalg.norm(expected), rel=2e-3)
    alike = np.abs(expected.sum(axis=0)) / np.linalg.norm(expected, axis=0) / math.sqrt(PIXELS)
    assert found["one_way"] == pytest.approx(alike.mean(), rel=2e-3)


def test_cosines_are_those_of_numpy_and_leave_out_what_did_not_move() -> None:
    generator = np.random.default_rng(2)
    one, other = generator.normal(size=(2, 5, 3)).astype("float32")
    one[:, 1] = 0
    one[:, 2] *= 1e-25  # whose square is no number of single precision
    cosine, moved = map(np.asarray, model.cosines(ops.convert_to_tensor(one), ops.convert_to_tensor(other)))
    assert moved.tolist() == [1.0, 0.0, 1.0]
    for column in (0, 2):
        a, b = one[:, column].astype(np.float64), other[:, column].astype(np.float64)
        assert cosine[column] == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), rel=1e-5)


def test_updates_look_as_they_are_made_to() -> None:
    """Two steps by hand: the first unit goes on, the second comes back, the third is dead."""
    entry = keras.Input((2,))
    net = updates.watched(keras.Model(entry, keras.layers.Dense(3, use_bias=False)(entry)))
    held, kernel = net.get_layer(updates.NAME), net.trainable_variables[0]
    first = np.array([[1, 1, 0], [1, 0, 0]], "float32")
    second = np.array([[2, -3, 0], [2, 0, 0]], "float32")
    start = np.asarray(kernel)
    held.note([kernel])
    kernel.assign(start + first)
    held.note([kernel])
    kernel.assign(start + first + second)
    found = {name: float(value) for name, value in model.first_layer(net, None, None).items()}
    assert found["norm"] == pytest.approx(math.sqrt(17), rel=1e-4)
    assert [found["cosine"], found["absolute"]] == pytest.approx([0.0, 1.0], abs=1e-4)
    assert found["one_way"] == pytest.approx((1 + math.sqrt(0.5)) / 2, rel=1e-4)
    assert found["moved"] == pytest.approx(2 / 3)


def test_a_seed_that_diverges_has_no_updates_and_one_that_is_cut_off_has_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, settings = experiment(monkeypatch, target=0.0)
    (run,) = offsets.run({**settings, "watched": 3}, [1], 1)
    assert run.metrics["updates"] == 10.0
    assert run.metrics["first_step_norm"]
    (blown,) = offsets.run({**settings, "watched": 3, "rate": 1e30}, [1], 1)
    assert "updates" not in blown.metrics


@pytest.mark.parametrize("sigma", [0.03, 0.1, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("kind", ["log", "sparse"])
def test_means_and_deviations_are_those_of_scipy(sigma: float, kind: str) -> None:
    of = scipy.stats.lognorm(sigma)
    filled = magnitudes.FILLED if kind == "sparse" else 1.0
    mean, deviation, log_mean, log_deviation = magnitudes.moments(sigma, kind)
    square = filled * (of.var() + of.mean() ** 2)
    assert mean == pytest.approx(filled * of.mean())
    assert deviation == pytest.approx(math.sqrt(square - mean**2))
    first, second = (filled * of.expect(lambda x, p=power: np.log1p(x) ** p) for power in (1, 2))
    assert log_mean == pytest.approx(first, rel=1e-4)
    assert log_deviation == pytest.approx(math.sqrt(second - first**2), rel=1e-3)


@pytest.mark.parametrize("case", magnitudes.CASES)
def test_a_form_is_another_view_of_the_same_inputs_and_standardised_where_it_says_so(case: str) -> None:
    sigma, kind = magnitudes.CASES[case]
    seen = {}
    for form in ("raw", "log1p", "log1p_standardised", "standardised"):
        x, y = magnitudes.draw(case, form)(keras.random.SeedGenerator(3), 20_000)
        seen[form], targets = np.asarray(x, np.float64), np.asarray(y, np.float64)
    assert seen["log1p"] == pytest.approx(np.log1p(seen["raw"]), rel=1e-4, abs=1e-6)
    mean, deviation, *_ = magnitudes.moments(sigma, kind)
    assert seen["standardised"] == pytest.approx((seen["raw"] - mean) / deviation, rel=1e-3, abs=2e-4)
    assert seen["log1p_standardised"].mean() == pytest.approx(0, abs=0.02)
    assert seen["log1p_standardised"].std() == pytest.approx(1, abs=0.03)
    if kind == "sparse":
        assert (seen["raw"] == 0).mean() == pytest.approx(0.9, abs=0.01)
    if kind == "log":
        assert targets.var() == pytest.approx(1, abs=0.05)
    if kind == "linear":
        assert targets == pytest.approx(seen["standardised"].sum(axis=1) / math.sqrt(8), rel=1e-2, abs=1e-3)


def test_ranks_are_spread_evenly() -> None:
    x, _ = magnitudes.draw("lognormal_2", "rank")(keras.random.SeedGenerator(3), 20_000)
    assert scipy.stats.kstest(np.asarray(x)[:, 0] / math.sqrt(12) + 0.5, "uniform").pvalue > 1e-3


def check(claim: str, name: str) -> Check:
    (found,) = (c for one in registry.claims("inputs") if one.id == claim for c in one.each() if c.id == name)
    return found


@pytest.mark.parametrize(
    ("recentred", "centred", "answer"),
    [(70, 70, "yes"), (80, 70, "yes"), (90, 70, "no"), (3000, 70, "no"), (3000, 3000, "tie")],
)
def test_centring_restores_nothing_where_it_does_not_train_as_before(
    recentred: float, centred: float, answer: str
) -> None:
    row = {
        name: Observation(1000, {"updates": value}, failed=False, dataset="mnist")
        for name, value in {"recentred": recentred, "centred": centred}.items()
    }
    assert check("centre-inputs", "centring-restores").asks.answer(row) == answer


def test_centring_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the mean is not taken away again."""
    found = {}
    for taken in (0, 100):
        base, _ = experiment(monkeypatch, mean=100, taken=taken, rate=0.01, steps=300)
        (found[taken],) = train(base, [3])
    centred, _ = experiment(monkeypatch, mean=0, taken=0, rate=0.01, steps=300)
    (right,) = train(centred, [3])
    assert found[100].metrics["held_out_loss"] == pytest.approx(right.metrics["held_out_loss"], rel=1e-4)
    left_out, known = (run.metrics["held_out_loss"] or 0.0 for run in (found[0], right))
    assert left_out > 1.1 * known > 0


@pytest.mark.parametrize(("ratio", "answer"), [(1.0, "yes"), (1.04, "yes"), (1.06, "no")])
def test_a_harm_of_more_than_a_twentieth_is_one(ratio: float, answer: str) -> None:
    row = {
        f"lognormal_0.03_{form}": Observation(1000, {"test_error": value}, failed=False, dataset="synthetic")
        for form, value in {"log1p_standardised": 0.5 * ratio, "standardised": 0.5}.items()
    }
    assert check("log1p-inputs", "narrow-no-harm").asks.answer(row) == answer
