"""What records become: pictures, signs of gradient masking, and ours beside the published numbers."""

from typing import Any

import numpy as np
import pytest

from common.trials import Trial
from suite import commands, evidence, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks  # noqa: E402
from common.training import Run  # noqa: E402
from reproductions.adversarial import analysis, figures, measures, model, strip  # noqa: E402
from reproductions.adversarial.studies import fooled  # noqa: E402

pytestmark = pytest.mark.usefixtures("digits")
STUDIES = {name: registry.study("adversarial", name) for name in registry.study_names("adversarial")}


def trial(study: str, arm: str, metrics: dict[str, float | None], seed: int = 0) -> Trial:
    fixed: dict[str, Any] = {"tier": "full", "key": "k", "backend": "jax", "dataset": "mnist", "data_sha256": "d"}
    return Trial(study=study, arm=arm, seed=seed, metrics=metrics, **fixed)


def test_the_picture_shows_the_images_the_moves_and_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SIDE", 8)
    x, y = (part[: strip.STRIP] for part in (model.images("validation").x, model.images("validation").y))
    keras.utils.set_random_seed(5)
    built = model.mlp(x.shape[1], (16,))
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
    gone = Run(fooled.SHOWN_SEED, "diverged", 3, False, {}, {"test_error": [(0, 90.0)]})
    (found,) = measures.finished([gone])
    assert not found.metrics
    assert not found.curves
    assert strip.drawing(gone.metrics, model.images("test", strip.STRIP).x) == {}
    monkeypatch.setattr(fooled, "train", lambda *_, **__: iter([gone]))
    (trial,) = fooled.run({**fooled.FULL, "net": "mlp", "rate": 1.0, "steps": 1, "strip": True}, [gone.seed], 1)
    assert trial.status == "diverged"
    assert not trial.metrics


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


def test_the_record_of_edition_1_can_still_be_read_and_drawn() -> None:
    """Its noise-trained nets were an arm of their own."""
    folder = registry.edition_1() / "adversarial"
    trials = evidence.read_trials(folder / "trials.csv")
    assert analysis.sentences(trials) == (folder / "analysis.md").read_text(encoding="utf-8")
    drawn = figures.draw(trials, evidence.read_curves(folder / "curves.csv"))
    assert set(drawn) == {path.name for path in folder.glob("*.svg")}
    alone = figures.draw([t for t in trials if t.arm == "pair"], {})["clean_error.svg"]
    assert len(drawn["clean_error.svg"]) > len(alone)
