"""Pairs of nets within a seed: the same start, and the images that one of the two gets wrong."""

from dataclasses import replace

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Arrays, Run, train  # noqa: E402
from reproductions.adversarial import model, pairs  # noqa: E402
from reproductions.adversarial.studies import clean_error  # noqa: E402

pytestmark = pytest.mark.usefixtures("digits")
DIVERGED = Run(3, "diverged", 4, False, {}, {})


def test_mistakes_survive_the_packing(images: Arrays) -> None:
    keras.utils.set_random_seed(5)
    built = model.mlp(images.x.shape[1], (16,))
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
    three = pairs.together({"clean": one(0b10110, 15), "fgsm": one(0b00011, 10), "noise": one(0b1, 7)})
    assert three.metrics["noise_error"] == 7
    assert three.metrics["error_change"] == -5
    half = pairs.together({"clean": one(0b1, 5), "fgsm": DIVERGED})
    assert half.status == "ok"
    assert half.metrics["clean_error"] == 5
    assert "error_change" not in half.metrics
    assert pairs.together({"clean": DIVERGED, "fgsm": DIVERGED}).status == "diverged"


def test_arms_of_a_seed_start_from_the_same_weights_and_differ_by_their_loss() -> None:
    (arm,) = clean_error.arms("full")
    assert set(arm.settings["rates"]) == {"clean", "fgsm", "noise"}
    settings = {**clean_error.QUICK, "rates": dict.fromkeys(("clean", "fgsm", "noise"), 1e-3), "steps": 1, "width": 8}
    before = []
    for loss in ("clean", "fgsm", "noise"):
        built = pairs.experiment(settings, loss)
        (run,) = train(replace(built, evaluate={"test": built.evaluate["test"]}), [10_000])
        before.append(run.curves["test_fgsm_sure"])
    assert before[0][0] == before[1][0] == before[2][0]
    assert len({after[-1] for after in before}) == 3
