"""Backward passes by hand against autodiff, the catalogue of planted bugs, and what gradient checking says of them."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from suite import commands

commands.prepare(None)

from reproductions.gradients import autodiff, checking, claims, conv, mlp, rnn  # noqa: E402 - the backend comes first
from reproductions.gradients.planted import Bug, Weights, bug  # noqa: E402
from reproductions.gradients.studies import buggy_training, planted_bugs  # noqa: E402
from suite.questions import Observation  # noqa: E402

nets = pytest.mark.parametrize("net", checking.NETS.values(), ids=list(checking.NETS))
UNSEEN = {"mlp_norm_epsilon_forgotten"}
"""Off by a relative 1e-5, an epsilon over twice a variance of about 1, which is less than the tolerance."""


def drawn(net: ModuleType, seed: int = 20_000, examples: int = 5) -> tuple[Weights, Any]:
    generator = np.random.default_rng(seed)
    return net.weights(generator), net.batch(generator, examples)


@nets
def test_the_right_code_gives_the_gradient_of_automatic_differentiation(net: ModuleType) -> None:
    jax = pytest.importorskip("jax")
    w, of = drawn(net)
    with jax.enable_x64(True):
        told = {n: np.asarray(g) for n, g in jax.jit(jax.grad(lambda w: net.loss(w, of, jax.numpy)))(w).items()}
    found = net.gradient(w, of)
    assert set(found) == set(w)
    assert checking.relative_error(found, told) < 1e-12


@nets
def test_the_differences_are_those_of_scipy(net: ModuleType) -> None:
    w, of = drawn(net)
    name = min(w, key=lambda n: w[n].size)

    def loss(values: np.ndarray) -> float:
        return float(net.loss({**w, name: values.reshape(w[name].shape)}, of))

    told = approx_fprime(w[name].ravel(), loss, 1e-7)
    before = {n: value.copy() for n, value in w.items()}
    assert np.allclose(checking.differences(net, w, of)[name].ravel(), told, atol=1e-5)
    assert all(np.array_equal(w[n], before[n]) for n in w), "the weights are as they were"


def test_the_relative_error_has_known_values() -> None:
    one = {"a": np.array([3.0, 4.0]), "b": np.zeros(2)}
    assert checking.relative_error(one, one) == 0
    assert checking.relative_error({**one, "a": -one["a"]}, one) == 1
    assert checking.relative_error({**one, "a": 3 * one["a"]}, one) == 0.5
    assert checking.relative_error({**one, "b": np.array([1e-30, 0.0])}, one) == 1, "the array that is worst counts"


def test_the_catalogue_is_what_the_claim_asks_for_and_the_studies_record() -> None:
    assert len(checking.BUGS) >= 30
    assert tuple(checking.BUGS) == claims.BUGS
    assert [m for m in planted_bugs.METRICS if m.startswith("error_")] == [f"error_{name}" for name in checking.BUGS]
    assert [m for m in buggy_training.METRICS if m.startswith("loss_")] == [f"loss_{name}" for name in checking.BUGS]
    for name, (_, planted) in checking.BUGS.items():
        assert planted.what in planted_bugs.METRICS[f"error_{name}"]
        assert planted.what in buggy_training.METRICS[f"loss_{name}"]


@nets
def test_every_bug_is_in_one_rule_and_no_two_are_the_same(net: ModuleType) -> None:
    w, of = drawn(net)
    found = {name: net.gradient(w, of, checking.with_bug(net, planted)) for name, planted in net.BUGS.items()}
    found["right"] = net.gradient(w, of)
    names = list(found)
    for planted in net.BUGS.values():
        assert len(planted.rules) == 1
        assert set(planted.rules) <= set(net.RULES)
    for place, one in enumerate(names):
        for other in names[:place]:
            assert checking.relative_error(found[one], found[other]) > 1e-6, (one, other)


def observed(arm: str, seed: int = 20_000) -> dict[str, float | None]:
    [settings] = [a.settings for a in planted_bugs.arms("full") if a.name == arm]
    [run] = planted_bugs.run(settings, [seed], 1)
    return dict(run.metrics)


def answer(check_id: str, **metrics: float | None) -> str:
    """What the claim's check says of a seed with these numbers."""
    check = next(c for claim in claims.CLAIMS for c in claim.each() if c.id == check_id)
    [arm] = check.arms()
    return check.asks.answer({arm: Observation(20_000, metrics, failed=False, dataset="synthetic")})


def test_the_check_finds_every_bug_but_one_and_passes_the_right_code() -> None:
    metrics = observed("double")
    missed = {name for name in checking.BUGS if (metrics[f"error_{name}"] or 0) <= planted_bugs.TOLERANCE}
    assert missed == UNSEEN
    assert metrics["found"] == 1 - len(UNSEEN) / len(checking.BUGS)
    for check in ("no-false-alarm", "every-bug-changes-the-gradient", "ninety-five-percent"):
        assert answer(check, **metrics) == "yes"
    assert answer("all-bugs", **metrics) == "no"


def test_single_precision_and_kinks_give_false_alarms() -> None:
    assert answer("single-precision", **observed("single")) == "no"
    assert answer("kinks", **observed("kinks")) == "no"


def test_at_a_kink_differences_see_half_of_the_slope() -> None:
    w, (x, y) = drawn(conv)
    w |= {"b1": np.zeros(3), "b2": np.zeros(3)}
    blank = 0 * x
    found, told = conv.gradient(w, (blank, y)), checking.differences(conv, w, (blank, y))
    assert np.abs(found["b2"]).max() == 0
    assert np.abs(told["b2"]).max() > 1e-3
    assert checking.relative_error({"b": found["b"]}, {"b": told["b"]}) < 1e-8, "above the kinks all is well"


def test_descent_follows_the_gradient_that_it_is_given() -> None:
    w, of = drawn(mlp)
    slope = mlp.gradient(w, of)
    step = {name: value - 0.1 * slope[name] for name, value in w.items()}
    assert buggy_training.descended(mlp, w, of, mlp.RULES, 0.1, 1) == float(mlp.loss(step, of))
    assert buggy_training.descended(mlp, w, of, mlp.RULES, 1e9, 30) == np.inf


def test_a_gradient_of_another_size_is_another_rate() -> None:
    """The mean over steps and examples against the sum over the steps: six times the rate, and no bug to training."""
    w, of = drawn(rnn)
    summed = checking.with_bug(rnn, rnn.BUGS["steps_summed"])
    apart = [buggy_training.descended(rnn, w, of, rules, r, 20) for rules, r in ((summed, 0.05), (rnn.RULES, 0.3))]
    assert apart[0] == pytest.approx(apart[1], rel=1e-12)


def test_a_bug_that_climbs_does_not_train_and_one_that_is_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    climbs = bug("uphill", softmax=lambda p, y: -mlp.RULES["softmax"](p, y))
    monkeypatch.setattr(mlp, "BUGS", {"sign": climbs, "bias_averaged": Bug("none at all", {}), "decay_doubled": climbs})
    settings = {"net": "mlp", "rate": 0.3, "steps": 30, "bugs": True}
    [run] = buggy_training.run(settings, [20_000], 1)
    assert run.metrics["loss_mlp_bias_averaged"] == 1
    assert (run.metrics["loss_mlp_sign"] or 0) > 1.1
    assert run.metrics["trained"] == pytest.approx(1 / 3)


def test_the_program_of_the_slides_ends_at_its_tolerance_and_is_a_sine() -> None:
    for x in (-2.0, 0.3, np.pi, 5.0):
        assert autodiff.sine(x) == pytest.approx(np.sin(x), abs=autodiff.SMALLEST)
        assert autodiff.sine_slope(x) == pytest.approx(np.cos(x), abs=0.01)
        assert autodiff.derivative(autodiff.sine, x) == pytest.approx(autodiff.sine_slope(x), abs=1e-12)


def test_the_derivative_by_hand_is_that_of_the_polynomial() -> None:
    found = np.polynomial.Polynomial([0, 1, 0, -1 / 6, 0, 1 / 120]).deriv()(1.7)
    assert autodiff.sine_slope(1.7, terms=3) == pytest.approx(found, abs=1e-14)
    assert autodiff.sine_slope(1.7, terms=2) != pytest.approx(found, abs=1e-3)


def test_automatic_derivatives_are_in_double_precision() -> None:
    assert autodiff.derivative(lambda x: x * x * x, 1 / 3) == pytest.approx(1 / 3, abs=1e-15)
