"""Laws of the data, nets, losses and measurements; a fault planted in an attack or in the data turns one red."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks, datasets  # noqa: E402
from common.records import Trial  # noqa: E402
from common.study import TIERS  # noqa: E402
from common.training import Arrays, Run, train  # noqa: E402
from reproductions import registry  # noqa: E402
from reproductions.adversarial import (  # noqa: E402
    analysis,
    defended,
    figures,
    measures,
    model,
    nets,
    pairs,
    penalised,
    strip,
)
from reproductions.adversarial.claims import CLAIMS  # noqa: E402
from reproductions.adversarial.studies import (  # noqa: E402
    clean_error,
    defences,
    fooled,
    penalties,
    perturbed_training,
)

STUDIES = {name: registry.study("adversarial", name) for name in registry.study_names("adversarial")}
PIXELS = 64
LOADED = cache(datasets.load_images)


@pytest.fixture(autouse=True)
def _digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small images that ship with scikit-learn: these laws hold for any."""
    monkeypatch.setenv("REPRO_DATASET", "digits")
    monkeypatch.setattr(datasets, "load_images", LOADED)


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


def tiers() -> Iterator[Any]:
    for name, study in STUDIES.items():
        for tier in TIERS:
            if found := study.arms(tier):
                yield pytest.param(study, found, id=f"{tier}-{name}")


# Data


@pytest.mark.parametrize(("study", "arms"), list(tiers()))
def test_train_and_test_images_do_not_overlap(study: Any, arms: Any) -> None:
    for arm in arms:
        built = study.experiment(arm.settings)
        trained = shown(built.data.x)
        tested = [shown(one.data.x) for one in built.evaluate.values()]
        assert tested
        assert all(tested)
        assert not any(trained & one for one in tested), arm.name


@pytest.mark.parametrize(("study", "arms"), list(tiers()))
def test_only_verdict_seeds_see_test_images(study: Any, arms: Any) -> None:
    test = shown(model.images("test").x)
    for arm in arms:
        built = study.experiment(arm.settings)
        judged = arm.settings.get("test") == "test"
        assert not judged or 0 in arm.seeds, arm.name
        assert all(bool(shown(one.data.x) & test) == judged for one in built.evaluate.values()), arm.name


def test_splits_are_those_of_the_data_and_a_pair_of_digits_becomes_two_classes() -> None:
    data = datasets.load_images()
    both = model.images("train+validation")
    assert len(both.y) == len(data.train.labels) + len(data.validation.labels)
    assert (both.x[: len(data.train.images)] == data.train.images).all()
    pair = model.images("test", digits=(3, 7))
    assert set(pair.y.tolist()) == {0, 1}
    assert (pair.y == 0).sum() == (data.test.labels == 3).sum()
    assert (pair.x[pair.y == 1] == data.test.images[data.test.labels == 7]).all()


def blind_error(experiment: Any) -> float:
    """The clean test error, in per cent, after training on labels that were dealt out at random."""
    labels = np.random.default_rng(1).permutation(experiment.data.y)
    evaluate = {"test": experiment.evaluate["test"]}
    (run,) = train(replace(experiment, data=Arrays(experiment.data.x, labels), evaluate=evaluate), [10_000])
    return run.metrics["test_error"] or 0.0


@pytest.mark.parametrize(("study", "arms"), list(tiers()))
def test_no_labels_leak_into_the_inputs(study: Any, arms: Any) -> None:
    """Inputs of training and of every evaluation are the images themselves, pixel for pixel."""
    raw = shown(datasets.load_images().train.images) | shown(datasets.load_images().validation.images)
    raw |= shown(datasets.load_images().test.images)
    for arm in arms:
        built = study.experiment(arm.settings)
        for data in (built.data, *(one.data for one in built.evaluate.values())):
            assert shown(data.x) <= raw, arm.name


@pytest.mark.parametrize("loss", ["clean", "fgsm"])
def test_labels_dealt_out_at_random_teach_nothing_about_true_ones(loss: str) -> None:
    """True labels that reached the net by another way than `y` would be learned here."""
    settings = {**perturbed_training.QUICK, "net": "small_mlp", "loss": loss, "rate": 3e-3, "steps": 100}
    built: Any = perturbed_training.experiment(settings)
    labels = np.random.default_rng(1).permutation(built.data.y)
    blind = replace(built, data=Arrays(built.data.x, labels), evaluate={"test": built.evaluate["test"]})
    (run,) = train(blind, [10_000])
    assert (run.metrics["test_error"] or 0.0) > 80


# Attacks as they are measured


RIGHT = attacks.fgsm


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
    for claim in CLAIMS:
        controls = {(c.study, c.arms[0], c.metric) for c in claim.checks if c.statistic == "exact"}
        for check in claim.checks:
            if check.role == "claim":
                wanted = {(check.study, arm, word) for arm in check.arms for word in ("budget_kept", "planted_found")}
                assert wanted <= controls, f"{claim.id}: {check.id}"


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


def test_the_gpu_tier_plans_the_larger_nets_and_the_full_tier_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "image_data_name_and_hash", lambda: ("mnist", datasets.MNIST_SHA256))
    selected = registry.select(["adversarial"])
    planned = {tier: {e.question for e in commands.plan(selected, tier, "jax", narrow=False)} for tier in TIERS[1:3]}
    assert planned["gpu"] == {"larger_nets"}
    assert planned["full"] == set(STUDIES) - {"larger_nets"}


# Nets and losses


def test_a_net_of_patches_convolves_as_keras_does() -> None:
    x = np.random.default_rng(0).random((3, 28, 28, 2)).astype("float32")
    for size, stride, side in ((5, 2, 28), (3, 1, 28), (5, 2, 7)):
        convolution = keras.layers.Conv2D(4, size, strides=stride, padding="same")
        expected = np.asarray(convolution(x[:, :side, :side]))
        kernel = np.asarray(convolution.kernel).reshape(-1, 4)
        patches = np.asarray(nets.Patches(size, stride)(x[:, :side, :side]))
        assert patches @ kernel == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("built", "parameters"),
    [
        (lambda: nets.maxout(784), 784 * 1200 + 1200 + 240 * 1200 + 1200 + 240 * 10 + 10),
        (lambda: nets.NETS["mlp"](784), 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10),
        (lambda: nets.cnn(784), 25 * 8 + 8 + 25 * 8 * 16 + 16 + 7 * 7 * 16 * 10 + 10),
        (lambda: nets.logistic(784), 785),
        (lambda: nets.NETS["softmax"](784), 7850),
    ],
)
def test_nets_have_the_weights_they_should(built: Any, parameters: int) -> None:
    assert sum(int(np.prod(v.shape)) for v in built().trainable_variables) == parameters


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
        return float(ops.mean(penalised.divergence(before, after)))

    moved = np.asarray(penalised.virtual(built, images.x, images.y))
    assert np.linalg.norm(moved - images.x, axis=1) == pytest.approx(2.1, rel=1e-4)
    random = np.random.default_rng(0).standard_normal(images.x.shape)
    random *= 2.1 / np.linalg.norm(random, axis=1, keepdims=True)
    assert change(moved) > 2 * change(images.x + random.astype("float32"))


def test_divergence_is_that_of_scipy() -> None:
    from scipy.stats import entropy

    logits = np.random.default_rng(0).standard_normal((2, 5, 10)).astype("float32")
    before, after = (np.asarray(ops.log_softmax(one)) for one in logits)
    expected = entropy(np.exp(before), np.exp(after), axis=-1)
    assert np.asarray(penalised.divergence(before, after)) == pytest.approx(expected, rel=1e-4)


def test_a_penalty_on_no_change_is_none_and_weighs_what_it_should(images: Arrays) -> None:
    built = net(16)
    plain = cross_entropy(built, images.x, images.y)
    still = penalised.penalised(lambda model, x, y: x, 2.0)
    assert float(still(built, images.x, images.y)) == pytest.approx(plain, rel=1e-5)
    one, two = (float(penalised.penalised(model.by_fgsm, weight)(built, images.x, images.y)) for weight in (1.0, 2.0))
    assert one > plain
    assert two - plain == pytest.approx(2 * (one - plain), rel=1e-4)


def test_a_rate_falls_to_nothing_along_half_a_wave() -> None:
    schedule = model.Cosine({"rate": 2.0, "steps": 100})
    assert [float(schedule(step)) for step in (0, 50, 100)] == pytest.approx([2, 1, 0], abs=1e-6)


# Defences


def test_an_ensemble_averages_probabilities_of_nets_that_differ(images: Arrays) -> None:
    keras.utils.set_random_seed(1)
    built = defended.ensemble(PIXELS, 3, (8,))
    members = [np.asarray(ops.softmax(defended.member(built, number)(images.x))) for number in range(3)]
    together = np.exp(np.asarray(defended.averaged(built)(images.x)))
    assert together == pytest.approx(np.mean(members, axis=0), rel=1e-4)
    assert not np.allclose(members[0], members[1])
    losses = [float(model.cross_entropy(defended.member(built, number)(images.x), images.y)) for number in range(3)]
    assert float(defended.members_loss(built, images.x, images.y)) == pytest.approx(sum(losses), rel=1e-5)


def test_views_are_the_image_moved_each_way() -> None:
    side, shift = 28, 3
    x = np.random.default_rng(0).random((2, side * side)).astype("float32")
    seen = np.asarray(defended.views(x)).reshape(2, 9, side, side)
    image = x.reshape(2, side, side)
    assert (seen[:, 4] == image).all()
    assert (seen[:, 0, shift:, shift:] == image[:, :-shift, :-shift]).all()
    assert (seen[:, 8, :-shift, :-shift] == image[:, shift:, shift:]).all()
    assert (seen[:, 0, :shift] == 0).all()


def test_a_vote_is_the_mean_probability_over_views(images: Arrays) -> None:
    built = net(16)
    views = np.asarray(defended.views(images.x))
    expected = np.mean([np.asarray(ops.softmax(built(views[:, number]))) for number in range(9)], axis=0)
    assert np.exp(np.asarray(defended.voted(built)(images.x))) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", ["ensemble", "saccades"])
def test_a_defended_system_is_attacked_by_its_own_gradient(
    kind: str, images: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What FGSM is given is the vote itself, and for `through_part` the part."""
    seen: list[Any] = []

    def watched(predict: Any, x: Any, labels: Any, epsilon: float, *, clip: bool = False) -> Any:
        seen.append(np.asarray(predict(images.x)))
        return RIGHT(predict, x, labels, epsilon, clip=clip)

    monkeypatch.setattr(attacks, "fgsm", watched)
    keras.utils.set_random_seed(1)
    settings = {**defences.FULL, "kind": kind, "members": 2, "rate": 1e-3, "steps": 1, "tested": 40, "attacked": 40}
    built = defences.experiment(settings | {"width": 8})
    system = built.build_model({name: keras.Variable(float(v)) for name, v in built.hyper.items()})
    whole, part = (defended.averaged, defended.first_member) if kind == "ensemble" else (defended.voted, model.deployed)
    built.evaluate["test"].metrics(system, images.x, images.y)
    assert seen[0] == pytest.approx(np.asarray(whole(system)(images.x)), abs=1e-5)
    seen.clear()
    built.evaluate["through_part"].metrics(system, images.x, images.y)
    assert seen[0] == pytest.approx(np.asarray(part(system)(images.x)), abs=1e-5)


def test_pretraining_reconstructs_first_and_classifies_afterwards(images: Arrays) -> None:
    settings = {**defences.FULL, "kind": "pretrained", "rate": 1e-3, "steps": 30, "pretraining": 10, "width": 16}
    built = defences.experiment(settings | {"tested": 40, "attacked": 40})
    phases = [built.adjust({"test_error": [0.9] * count}, built.hyper) for count in (1, 2, 3)]
    assert [phase["pretraining"] for phase in phases] == [1.0, 0.0, 0.0]
    assert [phase["trained"] for phase in phases] == [0.0, 0.0, 1.0]
    hyper = {name: keras.Variable(float(value)) for name, value in built.hyper.items()}
    keras.utils.set_random_seed(1)
    autoencoder = built.build_model(hyper)
    logits, decoded = autoencoder(images.x)
    black = float(built.loss(autoencoder, 0 * images.x, images.y))
    assert black == pytest.approx(float(ops.mean(ops.softplus(autoencoder(0 * images.x)[1]))), rel=1e-5)
    classified = float(model.cross_entropy(logits, images.y))
    assert float(built.loss(autoencoder, images.x, images.y)) != pytest.approx(classified, rel=1e-3)
    hyper["pretraining"].assign(0.0)
    assert float(built.loss(autoencoder, images.x, images.y)) == pytest.approx(classified, rel=1e-5)
    assert decoded.shape == images.x.shape


# Paths of regularisation


@pytest.mark.parametrize(("path", "norm"), [("l2", np.square), ("l1", np.abs)])
def test_weight_penalties_add_their_strength_times_the_norm(path: str, norm: Any, images: Arrays) -> None:
    settings = {**penalties.SETTINGS, **penalties.QUICK, "rate": 1e-3, "width": 16}
    keras.utils.set_random_seed(1)
    point = penalties.experiment(settings, path, 0.5)
    built = point.build_model({name: keras.Variable(float(value)) for name, value in point.hyper.items()})
    kernels = [np.asarray(v) for v in built.trainable_variables if v.ndim == 2]
    expected = cross_entropy(built, images.x, images.y) + 0.5 * sum(norm(kernel).sum() for kernel in kernels)
    assert float(point.loss(built, images.x, images.y)) == pytest.approx(expected, rel=1e-5)


def point(clean: float, wrong: float) -> Run:
    rest = dict.fromkeys(("attacked_pgd_250", "test_fgsm_100"), 0.0) | {"planted_found": 1.0, "budget_kept": 1.0}
    return Run(3, "ok", 10, False, {"test_error": clean, "test_fgsm_250": wrong, **rest}, {})


POINTS = [penalties.START, ("l2", 1e-5), ("l2", 1e-3), ("l2", 0.1), ("dropout", 0.5), ("dropout", 0.8)]
ALONG = [point(2, 95), point(2, 90), point(3, 70), point(20, 40), point(4, 80), point(5, 30)]
DIVERGED = Run(3, "diverged", 4, False, {}, {})


def test_a_path_is_judged_by_its_points_that_know_clean_digits() -> None:
    found = penalties.along(POINTS, ALONG)
    assert (found.seed, found.steps, found.status) == (3, 60, "ok")
    assert found.metrics["l2_least_fgsm"] == 70
    assert found.metrics["l2_knowing"] == 2
    assert found.metrics["l2_fall"] == 55
    assert found.metrics["greatest_fall"] == 65
    assert found.curves["l2_error"] == [(0, 2), (1, 2), (2, 3), (3, 20)]
    assert found.metrics["budget_kept"] == found.metrics["planted_found"] == 1


def test_a_path_without_a_point_that_knows_digits_says_nothing_of_robustness() -> None:
    found = penalties.along(POINTS, ALONG)
    assert found.metrics["dropout_knowing"] == 0
    assert found.metrics["dropout_least_fgsm"] is None


def test_a_point_that_diverged_is_in_no_number_of_its_path() -> None:
    found = penalties.along(POINTS, [*ALONG[:3], DIVERGED, *ALONG[4:]])
    assert found.status == "ok"
    assert found.metrics["l2_fall"] == 25
    assert found.curves["l2_error"] == [(0, 2), (1, 2), (2, 3)]
    gone = penalties.along(POINTS, [DIVERGED] * len(POINTS))
    assert gone.status == "diverged"
    assert gone.metrics["greatest_fall"] is gone.metrics["budget_kept"] is None
    startless = penalties.along(POINTS, [DIVERGED, *ALONG[1:]])
    assert startless.metrics["greatest_fall"] is None
    assert startless.metrics["l2_least_fgsm"] == 70


# Pairs within a seed


def test_mistakes_survive_the_packing(images: Arrays) -> None:
    built = net(16)
    wrong = np.asarray(ops.argmax(built(images.x), axis=-1)) != images.y
    metrics: dict[str, float | None] = {
        f"flags_{name}": float(value) for name, value in pairs.mistakes(built, images.x, images.y).items()
    }
    assert pairs.unpacked(metrics)[: len(wrong)] == wrong.tolist()
    assert sum(pairs.unpacked(metrics)) == wrong.sum()


def test_a_pair_counts_the_images_that_one_of_the_two_gets_wrong() -> None:
    def one(flags: float, error: float) -> Run:
        metrics = {"test_error": error, "flags_0": flags, "test_fgsm_250": 90.0, "attacked_pgd_250": 99.0}
        metrics |= {
            "test_fgsm_clipped_250": 0.0,
            "test_fgsm_sure": 1.0,
            "test_fgsm_clipped_sure": 1.0,
            "attacked_fgsm_250": 90.0,
            "attacked_planted_found": 1.0,
        }
        return Run(4, "ok", 5, False, {**metrics, "test_budget_kept": 1.0}, {})

    found = pairs.together({"clean": one(0b10110, 15), "fgsm": one(0b00011, 10)})
    assert found.metrics["error_change"] == -5
    assert found.metrics["only_clean_wrong"] == 2
    assert found.metrics["only_fgsm_wrong"] == 1
    assert found.metrics["budget_kept"] == found.metrics["planted_found"] == 1
    assert not [name for name in found.metrics if name.startswith("flags")]
    half = pairs.together({"clean": one(0b1, 5), "fgsm": DIVERGED})
    assert half.status == "ok"
    assert half.metrics["clean_error"] == 5
    assert "error_change" not in half.metrics
    assert pairs.together({"clean": DIVERGED, "fgsm": DIVERGED}).status == "diverged"


def test_arms_of_a_seed_start_from_the_same_weights_and_differ_by_their_loss() -> None:
    for arm in (*clean_error.arms("full"), *STUDIES["larger_nets"].arms("gpu")):
        assert set(arm.settings["rates"]) == ({"noise"} if arm.name == "noise" else {"clean", "fgsm"})
    settings = {**clean_error.QUICK, "rates": {"clean": 1e-3, "fgsm": 1e-3}, "steps": 1, "width": 8}
    before = []
    for loss in ("clean", "fgsm"):
        built = pairs.experiment(settings, loss)
        (run,) = train(replace(built, evaluate={"test": built.evaluate["test"]}), [10_000])
        before.append(run.curves["test_fgsm_sure"])
    assert before[0][0] == before[1][0]
    assert before[0][-1] != before[1][-1]


# Records


def test_the_picture_shows_the_images_the_moves_and_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SIDE", 8)
    x, y = (part[: strip.STRIP] for part in (model.images("validation").x, model.images("validation").y))
    built = net(16)
    metrics: dict[str, float | None] = {f"strip_{k}": float(v) for k, v in strip.strip(built, x, y).items()}
    drawn = strip.drawing(metrics, x)
    assert max(map(len, drawn.values())) <= 21
    curves = {("fooled", "mlp", name): {0: [(s, float(f"{v:.5g}")) for s, v in line]} for name, line in drawn.items()}
    moved = np.asarray(attacks.fgsm(model.deployed(built), x, y, model.EPSILON))
    for image in range(strip.STRIP):
        digit = figures._tile(curves, image, "image", figures.GREYS) / (figures.GREYS - 1)
        moves = figures._tile(curves, image, "moves", 3) - 1
        assert digit.ravel() == pytest.approx(x[image], abs=0.04)
        assert (moves.ravel() == np.sign(moved[image] - x[image])).all()
        before, after = drawn[f"strip_{image}_answers"]
        assert before[0] == int(np.argmax(np.asarray(built(x))[image]))
        assert after[1] == pytest.approx(float(np.asarray(ops.softmax(built(moved)))[image].max()), rel=1e-5)
    assert (figures.GREYS, figures.GROUP) == (strip.GREYS, strip.GROUP)


def test_a_diverged_seed_leaves_no_number_and_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Run(0, "diverged", 3, False, {}, {"test_error": [(0, 90.0)]})
    (found,) = measures.finished([gone])
    assert not found.metrics
    assert not found.curves
    assert strip.drawing(gone.metrics, model.images("test", strip.STRIP).x) == {}
    monkeypatch.setattr(fooled, "train", lambda *_, **__: iter([gone]))
    (trial,) = fooled.run({**fooled.FULL, "net": "mlp", "rate": 1.0, "steps": 1, "strip": True}, [0], 1)
    assert trial.status == "diverged"
    assert not trial.metrics


def trial(study: str, arm: str, metrics: dict[str, float | None], seed: int = 0) -> Trial:
    fixed: dict[str, Any] = {"tier": "full", "key": "k", "backend": "jax", "dataset": "mnist", "data_sha256": "d"}
    return Trial(study=study, arm=arm, seed=seed, metrics=metrics, **fixed)


def test_signs_of_gradient_masking_are_named_and_only_they() -> None:
    sound: dict[str, float | None] = {
        "attacked_fgsm_250": 90.0, "attacked_pgd_250": 95.0, "test_still_pixels": 0.0, "noise_signs_error": 10.0,
        "largest_fall": 0.4, "large_budget_pgd": 100.0,
    }  # fmt: skip
    assert analysis.sentences([]) == ""
    assert "No sign of gradient masking" in analysis.sentences([trial("fooled", "mlp", sound)])
    changes: tuple[tuple[dict[str, float | None], str], ...] = (
        ({"attacked_fgsm_250": 20.0}, "PGD-40 fools 95 % where FGSM fools 20 %"),
        ({"attacked_pgd_250": 50.0}, "FGSM fools 90 % where PGD-40 fools 50 %"),
        ({"test_still_pixels": 0.4}, "40 % of the pixels"),
        ({"noise_signs_error": 92.0}, "random signs fool 92 %"),
        ({"largest_fall": 3.0}, "fools 3 points less"),
        ({"large_budget_pgd": 80.0}, "the whole range fools 80 %"),
    )
    for change, words in changes:
        told = analysis.sentences([trial("fooled", "mlp", sound | change)])
        assert words in told
        assert told.startswith("Signs of gradient masking: fooled/mlp")


def test_ours_stand_beside_the_published_numbers() -> None:
    told = analysis.sentences([trial("fooled", "softmax", {"test_fgsm_250": 99.8})])
    assert "softmax regression under FGSM 99.8 % (99.9 %)" in told
    for _, study, arm, _, _ in analysis.PUBLISHED:
        assert arm in {planned.name for planned in STUDIES[study].arms("full")}


def test_pictures_are_drawn_from_what_is_on_record_and_stay_the_same() -> None:
    names = ("test_error", "noise_signs_error", "attacked_fgsm_250", "attacked_pgd_250", "clean_error", "fgsm_error")
    metrics: dict[str, float | None] = {name: 2.0 + place for place, name in enumerate(names)}
    trials = [trial(study, arm.name, metrics) for study in STUDIES for arm in STUDIES[study].arms("full")]
    trials += [
        trial(study, arm.name, {}, seed=1) for study in STUDIES for arm in STUDIES[study].arms("full")
    ]  # diverged
    line = {0: [(0, 2.0), (50, 10.0), (250, 90.0)], 1: [(0, 3.0), (50, 20.0)]}
    curves: dict[Any, Any] = {("perturbed_training", "mlp_fgsm", "pgd"): line}
    curves |= {("penalties", "paths", f"l2_{name}"): line for name in ("error", "fgsm", "fgsm_at_0.1")}
    curves |= {("fooled", "mlp", "strip_0_answers"): {0: [(7, 0.99), (3, 0.9)]}}
    curves |= {("fooled", "mlp", f"strip_0_{kind}_4"): {0: [(3, 5.0)]} for kind in ("image", "moves")}
    drawn = figures.draw(trials, curves)
    assert set(drawn) == {"budgets.svg", "strip.svg", "attacks.svg", "penalties.svg", "clean_error.svg"}
    assert figures.draw(trials, curves) == drawn
    assert "a 7 (99 %)" in drawn["strip.svg"]
    assert len(drawn["strip.svg"]) < 100_000
    assert figures.draw([], {}) == {}
    for study in STUDIES:
        figures.draw([one for one in trials if one.study == study], {})
