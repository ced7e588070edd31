"""The images and labels that each tier trains on and is judged by."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from common import datasets
from common.study import TIERS
from suite import commands, registry

commands.prepare(None)

from common.training import Arrays, train  # noqa: E402 - the backend is chosen first
from reproductions.adversarial import model  # noqa: E402
from reproductions.adversarial.studies import perturbed_training  # noqa: E402

pytestmark = pytest.mark.usefixtures("digits")
STUDIES = {name: registry.study("adversarial", name) for name in registry.study_names("adversarial")}


def shown(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in np.asarray(images)}


def tiers() -> Iterator[Any]:
    for name, study in STUDIES.items():
        for tier in TIERS:
            if found := study.arms(tier):
                yield pytest.param(study, found, id=f"{tier}-{name}")


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
    """Arms of the full tier leave their seeds to the claims; quick ones and pilots name their own."""
    test = shown(model.images("test").x)
    for arm in arms:
        built = study.experiment(arm.settings)
        assert all(bool(shown(one.data.x) & test) == (not arm.seeds) for one in built.evaluate.values()), arm.name
        assert bool(shown(built.data.x) & test) is False, arm.name


def test_splits_are_those_of_the_data_and_a_pair_of_digits_becomes_two_classes() -> None:
    data = datasets.load_images()
    both = model.images("train+validation")
    assert len(both.y) == len(data.train.labels) + len(data.validation.labels)
    assert (both.x[: len(data.train.images)] == data.train.images).all()
    pair = model.images("test", digits=(3, 7))
    assert set(pair.y.tolist()) == {0, 1}
    assert (pair.y == 0).sum() == (data.test.labels == 3).sum()
    assert (pair.x[pair.y == 1] == data.test.images[data.test.labels == 7]).all()


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
