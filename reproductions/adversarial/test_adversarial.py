"""Laws of the data, nets, losses and measurements; a fault planted in an attack or in the data turns one red."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks, datasets  # noqa: E402
from common.records import Trial  # noqa: E402
from common.training import Arrays, Run, train  # noqa: E402
from reproductions import registry  # noqa: E402
from reproductions.adversarial import analysis, figures, model  # noqa: E402
from reproductions.adversarial.claims import CLAIMS  # noqa: E402
from reproductions.adversarial.studies import clean_error, defences, fooled, penalties, perturbed_training  # noqa: E402

STUDIES = {name: registry.study("adversarial", name) for name in registry.study_names("adversarial")}
PIXELS = 64


@pytest.fixture(autouse=True)
def _digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small images that ship with scikit-learn: these laws hold for any."""
    monkeypatch.setenv("REPRO_DATASET", "digits")


@pytest.fixture
def images() -> Arrays:
    return model.images("validation", 40)


def net(*widths: int, **settings: Any) -> Any:
    keras.utils.set_random_seed(5)
    return model.mlp(PIXELS, widths, **settings)


def cross_entropy(built: Any, x: Any, y: Any) -> float:
    """By Keras, an implementation of its own."""
    return float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, built(x, training=False)))


def shown(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in np.asarray(images)}


def arms() -> Iterator[Any]:
    for name, study in STUDIES.items():
        for tier in ("quick", "full", "pilot"):
            yield from (pytest.param(study, arm, id=f"{tier}-{name}-{arm.name}") for arm in study.arms(tier))


@pytest.mark.parametrize(("study", "arm"), list(arms()))
def test_nothing_that_is_trained_on_is_tested_on(study: Any, arm: Any) -> None:
    built = study.experiment(arm.settings)
    tested = [shown(one.data.x) for one in built.evaluate.values()]
    assert all(tested)
    assert not any(shown(built.data.x) & one for one in tested)


@pytest.mark.parametrize(("study", "arm"), list(arms()))
def test_only_the_full_tier_looks_at_test_images(study: Any, arm: Any) -> None:
    test = shown(model.images("test").x)
    built = study.experiment(arm.settings)
    judged = 0 in arm.seeds and arm.settings["test"] == "test"
    assert all(bool(shown(one.data.x) & test) == judged for one in built.evaluate.values())
    assert not shown(built.data.x) & test


def test_splits_are_those_of_the_data_and_a_pair_of_digits_becomes_two_classes() -> None:
    data = datasets.load_images()
    both = model.images("train+validation")
    assert len(both.y) == len(data.train.labels) + len(data.validation.labels)
    assert (both.x[: len(data.train.images)] == data.train.images).all()
    pair = model.images("test", digits=(3, 7))
    assert set(pair.y.tolist()) == {0, 1}
    assert (pair.y == 0).sum() == (data.test.labels == 3).sum()
    assert (pair.y == 1).sum() == (data.test.labels == 7).sum()
    assert (pair.x[pair.y == 1] == data.test.images[data.test.labels == 7]).all()


@pytest.mark.parametrize("loss", ["clean", "fgsm"])
def test_random_labels_teach_nothing_about_true_ones(loss: str) -> None:
    """An input or a perturbation that gave its label away in training and testing would be learned here."""
    settings = {**perturbed_training.QUICK, "net": "small_mlp", "loss": loss, "steps": 100, "attacked": 100}
    built = perturbed_training.experiment(settings)
    labels = np.random.default_rng(1).permutation(built.data.y)  # type: ignore[union-attr]
    blind = replace(built, data=Arrays(built.data.x, labels), evaluate={"test": built.evaluate["test"]})  # type: ignore[union-attr]
    (run,) = train(blind, [10_000])
    assert (run.metrics["test_error"] or 0.0) > 0.8


def flipped(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return 2 * x - RIGHT(predict, x, labels, epsilon)


def of_a_wrong_label(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return RIGHT(predict, x, (labels + 1) % predict(x).shape[-1], epsilon, clip=clip)


def beyond_the_budget(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
    return RIGHT(predict, x, labels, 1.1 * epsilon, clip=clip)


RIGHT = attacks.fgsm


@pytest.mark.parametrize("fault", [flipped, of_a_wrong_label, beyond_the_budget])
def test_a_fault_in_the_attack_breaks_the_control_of_every_trial(
    fault: Any, images: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = net(16)
    measure = model.under_pgd()
    assert float(measure(built, images.x, images.y)["planted_found"]) == 1
    monkeypatch.setattr(attacks, "fgsm", fault)
    assert float(measure(built, images.x, images.y)["planted_found"]) == 0


def test_errors_outside_the_budget_are_counted_as_broken_and_not_as_errors(
    images: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = net(16)
    sound = model.under_fgsm()(built, images.x, images.y)
    assert float(sound["budget_broken"]) == 0
    monkeypatch.setattr(attacks, "fgsm", beyond_the_budget)
    broken = model.under_fgsm()(built, images.x, images.y)
    assert float(broken["budget_broken"]) == 2 * len(images.y)
    assert float(broken["fgsm_error"]) == 0


def test_every_judged_attack_has_its_controls() -> None:
    for claim in CLAIMS:
        controls = {(c.study, c.arms[0], c.metric.split("_")[-1]) for c in claim.checks if c.statistic == "exact"}
        for check in claim.checks:
            if check.role == "claim" and "error" in check.metric and not check.metric.startswith("test_error"):
                wanted = {(check.study, arm, word) for arm in check.arms for word in ("broken", "found")}
                assert wanted <= controls, f"{claim.id}: {check.id}"


def test_measured_errors_of_a_linear_net_are_those_of_the_closed_form() -> None:
    """Of 3 against 7: FGSM takes 0.25 times the L1 norm of the weights off every margin."""
    pair = model.images("validation", digits=(3, 7))
    built = fooled.logistic(PIXELS)
    weights = np.random.default_rng(4).standard_normal((PIXELS, 1)).astype("float32") / 8
    for variable, value in zip(built.trainable_variables, (weights, np.array([0.1], "float32")), strict=True):
        variable.assign(value)
    margin = (2 * pair.y - 1) * (pair.x @ weights + 0.1)[:, 0]
    metrics = model.under_fgsm()(built, pair.x, pair.y)
    assert float(metrics["error"]) == pytest.approx(np.mean(margin < 0), abs=1e-6)
    assert float(metrics["fgsm_error"]) == pytest.approx(np.mean(margin < 0.25 * np.abs(weights).sum()), abs=1e-6)
    assert float(metrics["still_pixels"]) == 0


def test_noise_has_the_size_of_the_budget_and_no_direction() -> None:
    signs = np.asarray(model.random_signs(ops.zeros((100, PIXELS)), 3))
    assert set(np.unique(np.abs(signs)).tolist()) == {model.EPSILON}
    assert abs(signs.mean()) < 4 * model.EPSILON / 80


def test_the_adversarial_loss_is_the_mean_of_clean_and_perturbed(images: Arrays) -> None:
    built = net(16)
    moved = attacks.fgsm(model.deployed(built), images.x, images.y, model.EPSILON)
    expected = 0.5 * cross_entropy(built, images.x, images.y) + 0.5 * cross_entropy(built, moved, images.y)
    assert float(model.LOSSES["fgsm"](built, images.x, images.y)) == pytest.approx(expected, rel=1e-5)
    assert cross_entropy(built, moved, images.y) > cross_entropy(built, images.x, images.y)


def test_virtual_directions_have_their_norm_and_change_more_than_random_ones(images: Arrays) -> None:
    built = net(16)

    def change(moved: Any) -> float:
        before, after = (ops.log_softmax(built(x)) for x in (images.x, moved))
        return float(ops.mean(perturbed_training.divergence(before, after)))

    moved = np.asarray(perturbed_training.virtual(built, images.x, images.y))
    assert np.linalg.norm(moved - images.x, axis=1) == pytest.approx(2.1, rel=1e-4)
    random = np.random.default_rng(0).standard_normal(images.x.shape)
    random *= 2.1 / np.linalg.norm(random, axis=1, keepdims=True)
    assert change(moved) > 2 * change(images.x + random.astype("float32"))


def test_divergence_is_that_of_scipy() -> None:
    from scipy.stats import entropy

    logits = np.random.default_rng(0).standard_normal((2, 5, 10)).astype("float32")
    before, after = (np.asarray(ops.log_softmax(one)) for one in logits)
    expected = entropy(np.exp(before), np.exp(after), axis=-1)
    assert np.asarray(perturbed_training.divergence(before, after)) == pytest.approx(expected, rel=1e-4)


def test_a_penalty_on_no_change_is_none_and_weighs_what_it_should(images: Arrays) -> None:
    built = net(16)
    plain = cross_entropy(built, images.x, images.y)
    still = perturbed_training.penalised(lambda model, x, y: x, 2.0)
    assert float(still(built, images.x, images.y)) == pytest.approx(plain, rel=1e-5)
    one, two = (
        float(perturbed_training.penalised(model.adversarial, weight)(built, images.x, images.y)) for weight in (1, 2)
    )
    assert one > plain
    assert two - plain == pytest.approx(2 * (one - plain), rel=1e-4)


def test_an_ensemble_averages_probabilities_of_nets_that_differ(images: Arrays) -> None:
    keras.utils.set_random_seed(1)
    built = model.ensemble(PIXELS, 3, (8,))
    members = [np.asarray(ops.softmax(model.member(built, number)(images.x))) for number in range(3)]
    together = np.exp(np.asarray(defences.averaged(built)(images.x)))
    assert together == pytest.approx(np.mean(members, axis=0), rel=1e-4)
    assert not np.allclose(members[0], members[1])
    losses = [float(model.cross_entropy(model.member(built, number)(images.x), images.y)) for number in range(3)]
    assert float(defences.members_loss(built, images.x, images.y)) == pytest.approx(sum(losses), rel=1e-5)


def test_views_are_the_image_moved_each_way() -> None:
    side, shift = 28, 3
    x = np.random.default_rng(0).random((2, side * side)).astype("float32")
    seen = np.asarray(defences.views(x)).reshape(2, 9, side, side)
    image = x.reshape(2, side, side)
    assert (seen[:, 4] == image).all()
    assert (seen[:, 0, shift:, shift:] == image[:, :-shift, :-shift]).all()
    assert (seen[:, 8, :-shift, :-shift] == image[:, shift:, shift:]).all()
    assert (seen[:, 0, :shift] == 0).all()


def test_a_vote_is_the_mean_probability_over_views(images: Arrays) -> None:
    built = net(16)
    views = np.asarray(defences.views(images.x))
    expected = np.mean([np.asarray(ops.softmax(built(views[:, number]))) for number in range(9)], axis=0)
    assert np.exp(np.asarray(defences.voted(built)(images.x))) == pytest.approx(expected, rel=1e-4)


def test_pretraining_reconstructs_first_and_classifies_afterwards(images: Arrays) -> None:
    settings = {**defences.FULL, "net": "pretrained", "steps": 30, "pretraining": 10, "attacked": 100, "tested": 100}
    built = defences.experiment(settings)
    phases = [built.adjust({"test_error": [0.9] * count}, built.hyper)["pretraining"] for count in (1, 2, 3)]
    assert phases == [1.0, 0.0, 0.0]
    hyper = {"pretraining": keras.Variable(1.0)}
    keras.utils.set_random_seed(1)
    autoencoder = built.build_model(hyper)
    logits, decoded = autoencoder(images.x)
    black = float(built.loss(autoencoder, 0 * images.x, images.y))
    assert black == pytest.approx(float(ops.mean(ops.softplus(autoencoder(0 * images.x)[1]))), rel=1e-5)
    assert float(built.loss(autoencoder, images.x, images.y)) != pytest.approx(
        float(model.cross_entropy(logits, images.y)), rel=1e-3
    )
    hyper["pretraining"].assign(0.0)
    assert float(built.loss(autoencoder, images.x, images.y)) == pytest.approx(
        float(model.cross_entropy(logits, images.y)), rel=1e-5
    )
    assert decoded.shape == images.x.shape


def test_weight_penalties_add_their_strength_times_the_norm(images: Arrays) -> None:
    norms: dict[str, Any] = {"l2": np.square, "l1": np.abs}
    for path, norm in norms.items():
        settings = {**penalties.QUICK, "width": 16, "paths": {path: [0.5]}}
        keras.utils.set_random_seed(1)
        point = penalties.experiment(settings)
        strength: Any = keras.Variable(0.5)
        built = point.build_model({"strength": strength})
        kernels = [np.asarray(v) for v in built.trainable_variables if v.ndim == 2]
        expected = cross_entropy(built, images.x, images.y) + 0.5 * sum(norm(kernel).sum() for kernel in kernels)
        assert float(point.loss(built, images.x, images.y)) == pytest.approx(expected, rel=1e-5)


def test_a_path_is_judged_by_its_points_that_know_clean_digits() -> None:
    def point(clean: float, wrong: float) -> Run:
        names = ("attacked_pgd_250", "attacked_fgsm_100", "attacked_pgd_100", "test_budget_broken")
        rest = dict.fromkeys(names, 0.0) | {"attacked_planted_found": 1.0}
        return Run(3, "ok", 10, False, {"test_error": clean, "test_fgsm_error": wrong, **rest}, {})

    points = [("l2", 1e-5), ("l2", 1e-3), ("l2", 0.1), ("dropout", 0.0), ("dropout", 0.8)]
    runs = [point(0.02, 0.9), point(0.03, 0.7), point(0.2, 0.4), point(0.04, 0.8), point(0.05, 0.75)]
    found = penalties.along(points, runs)
    assert (found.seed, found.steps) == (3, 50)
    assert found.metrics["l2_least_fgsm_error"] == 0.7
    assert found.metrics["dropout_least_fgsm_error"] == 1.0
    assert found.metrics["known_points"] == 2
    assert found.metrics["greatest_fall"] == pytest.approx(0.5)
    assert found.curves["l2_error"] == [(0, 0.02), (1, 0.03), (2, 0.2)]
    broken = penalties.along(points, [*runs[:-1], Run(3, "diverged", 4, False, {}, {})])
    assert broken.status == "diverged"


def test_derived_numbers_follow_from_the_measured_ones() -> None:
    metrics = {
        "test_error": 0.02,
        "test_fgsm_error": 0.9,
        "test_fgsm_wrong_confidence": 0.72,
        "test_sign_noise_error": 0.03,
        "attacked_fgsm_250": 0.9,
        "attacked_pgd_250": 0.95,
        "drawn_fgsm_250": 0.91,
        "drawn_planted_found": 1.0,
    }
    (found,) = model.finished([Run(0, "ok", 1, False, metrics, {})])
    assert found.metrics["test_fgsm_confidence"] == pytest.approx(0.8)
    assert found.metrics["test_sign_noise_excess"] == pytest.approx(0.01)
    assert found.metrics["test_fgsm_over_sign_noise"] == pytest.approx(30)
    assert found.metrics["attacked_pgd_gain"] == pytest.approx(0.05)
    assert found.curves == {"fgsm": [(250, 0.91)]}
    assert not [name for name in found.metrics if name.startswith("drawn")]
    (diverged,) = model.finished([Run(0, "diverged", 1, False, {}, {})])
    assert not diverged.metrics


@pytest.mark.parametrize(
    ("built", "parameters"),
    [
        (lambda: fooled.maxout(784), 784 * 1200 + 1200 + 240 * 1200 + 1200 + 240 * 10 + 10),
        (lambda: fooled.NETS["mlp"](784), 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10),
        (lambda: model.cnn(784), 25 * 8 + 8 + 25 * 8 * 16 + 16 + 7 * 7 * 16 * 10 + 10),
        (lambda: fooled.logistic(784), 785),
    ],
)
def test_nets_have_the_weights_they_should(built: Any, parameters: int) -> None:
    assert sum(int(np.prod(v.shape)) for v in built().trainable_variables) == parameters


def test_arms_of_a_seed_start_from_the_same_weights_and_see_the_same_batches() -> None:
    """Paired by seed: before the first step the arms err alike, and adversarial training is a change of loss alone."""
    full = {arm.name: arm for arm in clean_error.arms("full")}
    assert len({len(arm.seeds) for arm in full.values()} - {5}) == 1
    settings = [{k: v for k, v in arm.settings.items() if k not in ("loss", "rate")} for arm in full.values()]
    assert all(one == settings[0] for one in settings)
    before = []
    for loss in ("clean", "fgsm"):
        arm = {**clean_error.PILOT, "loss": loss, "width": 8, "steps": 1, "rate": 1e-3, "tested": 100}
        built = clean_error.experiment(arm)
        (run,) = train(replace(built, evaluate={"test": built.evaluate["test"]}), [10_000])
        before.append(run.curves["test_confidence"][0][1])
    assert before[0] == before[1]


def test_the_picture_shows_the_images_the_moves_and_the_answers() -> None:
    x, y = (part[: fooled.STRIP] for part in (model.images("validation").x, model.images("validation").y))
    built = net(16)
    metrics = {f"strip_{name}": float(value) for name, value in fooled.strip(built, x, y).items()}
    curves = fooled.drawing(metrics, x)
    moved = np.asarray(attacks.fgsm(model.deployed(built), x, y, model.EPSILON))
    for image in range(fooled.STRIP):
        digit, moves = np.zeros((8, 8)), -np.ones((8, 8))
        for row in range(8):
            for kind, array in (("image", digit), ("moves", moves)):
                for column, value in curves.get(f"strip_{image}_{kind}_{row}", ()):
                    array[row, column] = value
        assert digit.ravel() == pytest.approx(x[image], abs=0.006)
        assert (moves.ravel() == np.sign(moved[image] - x[image])).all()
        before, after = curves[f"strip_{image}_answers"]
        assert before[0] == int(np.argmax(np.asarray(built(x))[image]))
        assert after[1] == pytest.approx(float(ops.softmax(built(moved))[image].__array__().max()), rel=1e-5)


def trial(study: str, arm: str, **metrics: float | None) -> Trial:
    fixed: dict[str, Any] = {"tier": "full", "key": "k", "backend": "jax", "dataset": "mnist", "data_sha256": "d"}
    return Trial(study=study, arm=arm, seed=0, metrics=metrics, **fixed)


def test_signs_of_gradient_masking_are_named_and_only_they() -> None:
    sound: dict[str, float | None] = {
        "attacked_fgsm_250": 0.9,
        "attacked_pgd_250": 0.95,
        "test_still_pixels": 0.0,
        "test_sign_noise_error": 0.1,
    }
    assert "No sign of gradient masking" in analysis.sentences([trial("fooled", "mlp", **sound)])
    changes: tuple[tuple[dict[str, float | None], str], ...] = (
        ({"attacked_fgsm_250": 0.2}, "PGD-40 fools 95 % where FGSM fools 20 %"),
        ({"test_still_pixels": 0.4}, "40 % of the pixels"),
        ({"test_sign_noise_error": 0.92}, "random signs fool 92 %"),
    )
    for change, words in changes:
        told = analysis.sentences([trial("fooled", "mlp", **(sound | change))])
        assert words in told
        assert told.startswith("Signs of gradient masking: mlp")
    pair = trial("perturbed_training", "pair_fgsm", transfer_to_trained=0.5, **(sound | {"attacked_fgsm_250": 0.4}))
    assert "examples of the clean net fool 50 %, the trained net's own 40 %" in analysis.sentences([pair])


def test_ours_stand_beside_the_published_numbers() -> None:
    told = analysis.sentences([trial("fooled", "softmax", test_fgsm_error=0.998, test_fgsm_confidence=0.8)])
    assert "softmax regression under FGSM 99.8 % (99.9 %); confidence of those errors 80 % (79.3 %)" in told


def test_every_published_number_has_an_arm_that_is_planned() -> None:
    for _, study, arm, _, _ in analysis.PUBLISHED:
        assert arm in {planned.name for planned in STUDIES[study].arms("full")}


def test_pictures_are_drawn_from_records_and_stay_the_same() -> None:
    metrics: dict[str, float | None] = {
        "test_error": 0.02,
        "test_sign_noise_error": 0.03,
        "attacked_fgsm_250": 0.9,
        "attacked_pgd_250": 1.0,
    }
    trials = [trial(study, arm.name, **metrics) for study in STUDIES for arm in STUDIES[study].arms("full")]
    line = {0: [(50.0, 0.1), (250.0, 0.9)], 1: [(50.0, 0.2), (250.0, 0.8)]}
    curves: dict[Any, Any] = {("fooled", "mlp", "fgsm"): line, ("perturbed_training", "mlp_fgsm", "pgd"): line}
    curves |= {("penalties", "paths", f"l2_{name}"): line for name in ("error", "fgsm_error", "fgsm_100")}
    curves |= {("fooled", "mlp", "strip_0_answers"): {0: [(7, 0.99), (3, 0.9)]}}
    curves |= {("fooled", "mlp", f"strip_0_{kind}_4"): {0: [(3, 0.5)]} for kind in ("image", "moves")}
    drawn = figures.draw(trials, curves)
    assert set(drawn) == {"budgets.svg", "strip.svg", "attacks.svg", "penalties.svg", "clean_error.svg"}
    assert figures.draw(trials, curves) == drawn
    assert "a 7 (99 %)" in drawn["strip.svg"]
    assert len(drawn["strip.svg"]) < 100_000
