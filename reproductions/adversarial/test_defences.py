"""Laws of ensembles, of votes over views and of pretraining, and what an attack on them is given."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks  # noqa: E402
from common.training import Arrays  # noqa: E402
from reproductions.adversarial import defended, model  # noqa: E402
from reproductions.adversarial.studies import defences  # noqa: E402

PIXELS = 64
RIGHT = attacks.fgsm


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
    keras.utils.set_random_seed(5)
    built = model.mlp(images.x.shape[1], (16,))
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
