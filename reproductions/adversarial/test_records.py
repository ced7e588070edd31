"""What records become: pictures, signs of gradient masking, and ours beside the published numbers."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from common.trials import Trial
from suite import commands, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks, panels  # noqa: E402
from common.training import Run  # noqa: E402
from reproductions.adversarial import analysis, claims, digits, measures, model, strip  # noqa: E402
from reproductions.adversarial.digits import Digits  # noqa: E402
from reproductions.adversarial.studies import fooled  # noqa: E402

pytestmark = pytest.mark.usefixtures("digits")
STUDIES = {name: registry.study("adversarial", name) for name in registry.study_names("adversarial")}


def trial(study: str, arm: str, metrics: dict[str, float | None], seed: int = 0) -> Trial:
    fixed: dict[str, Any] = {"tier": "full", "key": "k", "backend": "jax", "dataset": "mnist", "data_sha256": "d"}
    return Trial(study=study, arm=arm, seed=seed, metrics=metrics, **fixed)


def test_the_picture_shows_the_images_the_moves_and_the_answers() -> None:
    x, y = (part[: strip.STRIP] for part in (model.images("validation").x, model.images("validation").y))
    keras.utils.set_random_seed(5)
    built = model.mlp(x.shape[1], (16,))
    metrics: dict[str, float | None] = {f"strip_{k}": float(v) for k, v in strip.strip(built, x, y).items()}
    drawn = strip.drawing(metrics, x)
    assert max(map(len, drawn.values())) <= 21
    curves = {("fooled", "mlp", name): {0: [(s, float(f"{v:.5g}")) for s, v in line]} for name, line in drawn.items()}
    record, panel = panels.Record.of([], curves), Digits("", "fooled", "mlp", side=8)
    moved = np.asarray(attacks.fgsm(model.deployed(built), x, y, model.EPSILON))
    for image in range(strip.STRIP):
        digit = panel.tile(record, image, "image", digits.GREYS) / (digits.GREYS - 1)
        moves = panel.tile(record, image, "moves", 3) - 1
        assert digit.ravel() == pytest.approx(x[image], abs=0.04)
        assert (moves.ravel() == np.sign(moved[image] - x[image])).all()
        before, after = drawn[f"strip_{image}_answers"]
        assert before[0] == int(np.argmax(np.asarray(built(x))[image]))
        assert after[1] == pytest.approx(float(np.asarray(ops.softmax(built(moved)))[image].max()), rel=1e-5)
    assert (digits.GREYS, digits.GROUP) == (strip.GREYS, strip.GROUP)
    axes = Figure().subplots()
    panel.draw(axes, record, "panel1")
    before, after = drawn["strip_0_answers"]
    words = [f"a {answer:.0f} ({100 * sure:.0f} %)" for answer, sure in (before, after)]
    assert [text.get_text() for text in axes.texts][:2] == words


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
    told = analysis.sentences([trial("defences", "ensemble", {"test_fgsm_250": 99.8})])
    assert "an ensemble as a whole 99.8 % (91.1 %)" in told
    read = {(check.study, arm) for claim in claims.CLAIMS for check in claim.each() for arm in check.arms()}
    assert {(study, arm) for _, study, arm, _, _ in analysis.PUBLISHED} <= read
