"""Laws of attacks as they are measured, and of their controls; a fault planted in an attack turns one red."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks  # noqa: E402
from common.training import Arrays, Run  # noqa: E402
from reproductions.adversarial import measures, model, nets  # noqa: E402
from reproductions.adversarial.claims import CLAIMS  # noqa: E402
from reproductions.adversarial.studies import perturbed_training  # noqa: E402

pytestmark = pytest.mark.usefixtures("digits")
PIXELS = 64
RIGHT = attacks.fgsm


def net(*widths: int) -> Any:
    keras.utils.set_random_seed(5)
    return model.mlp(PIXELS, widths)


def flipped(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return 2 * x - RIGHT(predict, x, labels, epsilon)


def of_a_wrong_label(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return RIGHT(predict, x, (labels + 1) % predict(x).shape[-1], epsilon, clip=clip)


def beyond_the_budget(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return RIGHT(predict, x, labels, 1.1 * epsilon, clip=clip)


@pytest.mark.parametrize("fault", [flipped, of_a_wrong_label, beyond_the_budget])
def test_a_fault_in_the_attack_breaks_the_control_of_every_trial(
    fault: Any, images: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = net(16)
    measure = measures.under_pgd()
    assert float(measure(built, images.x, images.y)["planted_found"]) == 1
    monkeypatch.setattr(attacks, "fgsm", fault)
    assert float(measure(built, images.x, images.y)["planted_found"]) == 0


@pytest.mark.parametrize("fault", [flipped, of_a_wrong_label])
def test_a_flipped_sign_or_a_wrong_label_fools_less(
    fault: Any, images: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = net(16)
    data = Arrays(images.x, np.argmax(np.asarray(built(images.x)), axis=-1).astype("int32"))  # what the net says
    sound = float(measures.under_fgsm()(built, data.x, data.y)["fgsm_250"])
    monkeypatch.setattr(attacks, "fgsm", fault)
    faulty = float(measures.under_fgsm()(built, data.x, data.y)["fgsm_250"])
    assert faulty < sound


def test_an_exceeded_budget_is_counted_and_fools_nobody(images: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    built = net(16)
    assert float(measures.under_fgsm()(built, images.x, images.y)["budget_kept"]) == 1
    monkeypatch.setattr(attacks, "fgsm", beyond_the_budget)
    broken = measures.under_fgsm()(built, images.x, images.y)
    assert float(broken["budget_kept"]) == 0
    assert float(broken["fgsm_250"]) == 0
    trial = Run(0, "ok", 1, False, {f"test_{name}": float(value) for name, value in broken.items()}, {})
    metrics = {**trial.metrics, "attacked_fgsm_250": 0.0, "attacked_pgd_250": 0.0, "attacked_planted_found": 1.0}
    metrics["drawn_budget_kept"] = 1.0
    (found,) = measures.finished([replace(trial, metrics=metrics)])
    assert found.metrics["budget_kept"] == 0


def test_pgd_at_every_budget_is_that_of_each_alone(images: Arrays) -> None:
    """The attacks of all budgets run side by side; each keeps its own, and fools no less than FGSM does."""
    built = net(32, 32)
    for _ in range(3):
        for variable in built.trainable_variables:
            variable.assign(2 * variable if variable.ndim == 2 else variable)
    labels = np.argmax(np.asarray(built(images.x)), axis=-1).astype("int32")
    epsilons = (0.01, 0.05, 0.25)
    found = measures.under_pgd(epsilons=epsilons)(built, images.x, labels)
    assert float(found["budget_kept"]) == 1
    errors = [float(found[f"pgd_{measures.thousandths(e)}"]) for e in epsilons]
    assert errors == sorted(errors)
    assert errors[0] < errors[-1]
    for epsilon, error in zip(epsilons, errors, strict=True):
        alone = attacks.pgd(model.deployed(built), images.x, labels, epsilon, start=np.zeros_like(images.x))
        wrong = attacks.fooled(model.deployed(built), alone, images.x, labels, epsilon)
        assert error == pytest.approx(100 * float(ops.mean(ops.cast(wrong, "float32"))), abs=10)


def test_pgd_takes_no_step_before_training_and_all_of_them_after() -> None:
    settings = {**perturbed_training.QUICK, "net": "small_mlp", "loss": "clean", "rate": 3e-3, "steps": 2}
    built = perturbed_training.experiment(settings)
    assert built.hyper["trained"] == 0
    assert built.adjusted({"test_error": [90.0]})["trained"] == 1
    hyper = {name: keras.Variable(float(value)) for name, value in built.hyper.items()}
    climbs = built.build_model(hyper).get_layer("draws").climbs
    assert int(climbs()) == 0
    hyper["trained"].assign(1.0)
    assert int(climbs()) == attacks.PGD_STEPS


def test_every_judged_attack_has_its_controls() -> None:
    """No direction can hold before each arm that it reads has kept its budget and found what was planted."""
    for claim in CLAIMS:
        for check in claim.each():
            guarded = {(c.study, *c.asks.reads()[0]) for c in claim.guards_of(check.id)}
            if check.kind == "direction":
                wanted = {(check.study, arm, word) for arm in check.arms() for word in ("budget_kept", "planted_found")}
                assert wanted <= guarded, f"{claim.id}: {check.id}"


def test_measured_errors_of_a_linear_net_are_those_of_the_closed_form() -> None:
    """Of 3 against 7: FGSM takes 0.25 times the L1 norm of the weights off every margin."""
    pair = model.images("validation", digits=(3, 7))
    built = nets.logistic(PIXELS)
    weights = np.random.default_rng(4).standard_normal((PIXELS, 1)).astype("float32") / 8
    for variable, value in zip(built.trainable_variables, (weights, np.array([0.1], "float32")), strict=True):
        variable.assign(value)
    margin = (2 * pair.y - 1) * (pair.x @ weights + 0.1)[:, 0]
    found = measures.under_fgsm()(built, pair.x, pair.y)
    assert float(found["error"]) == pytest.approx(100 * np.mean(margin < 0), abs=1e-3)
    assert float(found["fgsm_250"]) == pytest.approx(100 * np.mean(margin < 0.25 * np.abs(weights).sum()), abs=1e-3)
    assert float(found["still_pixels"]) == 0


def test_confidence_is_the_mean_over_the_errors_alone(images: Arrays) -> None:
    built = net(16)
    found = {f"test_{k}": float(v) for k, v in measures.under_fgsm()(built, images.x, images.y).items()}
    rest = {"attacked_fgsm_250": 1.0, "attacked_pgd_250": 2.0, "attacked_planted_found": 1.0}
    (run,) = measures.finished([Run(0, "ok", 1, False, {**found, **rest}, {})])
    moved = attacks.fgsm(model.deployed(built), images.x, images.y, model.EPSILON)
    scores = np.asarray(ops.softmax(built(moved)))
    wrong = scores.argmax(axis=-1) != images.y
    assert run.metrics["test_fgsm_confidence"] == pytest.approx(scores.max(axis=-1)[wrong].mean(), rel=1e-4)
    assert run.metrics["pgd_gain"] == 1


def test_noise_has_the_size_of_the_budget_and_no_direction() -> None:
    signs = np.asarray(model.random_signs(ops.zeros((100, PIXELS)), 3))
    assert set(np.unique(np.abs(signs)).tolist()) == {model.EPSILON}
    assert abs(signs.mean()) < 4 * model.EPSILON / 80


def test_derived_numbers_follow_from_the_measured_ones() -> None:
    metrics: dict[str, float | None] = {
        "test_error": 2.0, "test_fgsm_250": 90.0, "test_fgsm_sure": 72.0, "test_fgsm_clipped_250": 80.0,
        "test_fgsm_clipped_sure": 40.0, "noise_signs_error": 3.0, "attacked_fgsm_250": 90.0, "attacked_pgd_250": 95.0,
        "attacked_planted_found": 1.0, "test_budget_kept": 1.0, "drawn_budget_kept": 0.5,
    }  # fmt: skip
    for place, epsilon in enumerate((*measures.EPSILONS, measures.LARGE)):
        metrics |= {f"drawn_{attack}_{measures.thousandths(epsilon)}": 10.0 * place + 5 for attack in ("fgsm", "pgd")}
    metrics["drawn_pgd_150"] = 12.0
    (found,) = measures.finished([Run(0, "ok", 1, False, metrics, {})])
    assert found.metrics["test_fgsm_confidence"] == pytest.approx(0.8)
    assert found.metrics["test_fgsm_clipped_confidence"] == pytest.approx(0.5)
    assert found.metrics["signs_excess"] == pytest.approx(1)
    assert found.metrics["fgsm_over_signs"] == pytest.approx(30)
    assert found.metrics["pgd_gain"] == pytest.approx(5)
    assert found.metrics["budget_kept"] == 0.5
    assert found.metrics["largest_fall"] == pytest.approx(3)
    assert found.metrics["large_budget_pgd"] == pytest.approx(65)
    assert found.curves["fgsm"] == [
        (0, 2.0),
        (50, 5.0),
        (100, 15.0),
        (150, 25.0),
        (200, 35.0),
        (250, 45.0),
        (300, 55.0),
    ]
    assert not [name for name in found.metrics if name.startswith("drawn")]
