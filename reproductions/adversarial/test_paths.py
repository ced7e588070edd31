"""Paths of regularisation: the penalties on weights along them, and how a path is judged by its points."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Arrays, Run  # noqa: E402
from reproductions.adversarial import paths  # noqa: E402
from reproductions.adversarial.studies import penalties  # noqa: E402


def point(clean: float, wrong: float) -> Run:
    rest = (
        dict.fromkeys(("attacked_pgd_250",), 0.0)
        | {"test_fgsm_100": wrong / 2}
        | {"planted_found": 1.0, "budget_kept": 1.0}
    )
    return Run(3, "ok", 10, False, {"test_error": clean, "test_fgsm_250": wrong, **rest}, {})


POINTS = [penalties.START, ("l2", 1e-5), ("l2", 1e-3), ("l2", 0.1), ("dropout", 0.5), ("dropout", 0.8)]
ALONG = [point(2, 95), point(2, 90), point(3, 70), point(20, 40), point(4, 80), point(5, 30)]
DIVERGED = Run(3, "diverged", 4, False, {}, {})


def along(runs: list[Run]) -> Run:
    return paths.along(POINTS, runs, 3.0, {"l2": 1e-3, "dropout": 0.8})


@pytest.mark.parametrize(("path", "norm"), [("l2", np.square), ("l1", np.abs)])
def test_weight_penalties_add_their_strength_times_the_norm(path: str, norm: Any, images: Arrays) -> None:
    settings = {**penalties.SETTINGS, **penalties.QUICK, "rate": 1e-3, "width": 16}
    keras.utils.set_random_seed(1)
    point = penalties.experiment(settings, path, 0.5)
    built = point.build_model({name: keras.Variable(float(value)) for name, value in point.hyper.items()})
    kernels = [np.asarray(v) for v in built.trainable_variables if v.ndim == 2]
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(images.y, built(images.x, training=False))
    expected = float(plain) + 0.5 * sum(norm(kernel).sum() for kernel in kernels)
    assert float(point.loss(built, images.x, images.y)) == pytest.approx(expected, rel=1e-5)


def test_a_path_is_judged_by_its_points_that_know_clean_digits() -> None:
    found = along(ALONG)
    assert (found.seed, found.steps, found.status) == (3, 60, "ok")
    assert found.metrics["l2_least_fgsm"] == 70
    assert found.metrics["l2_knowing"] == 2
    assert found.metrics["l2_fall"] == 55
    assert found.metrics["greatest_fall"] == 65
    assert found.curves["l2_error"] == [(0, 2), (1, 2), (2, 3), (3, 20)]
    assert found.metrics["budget_kept"] == found.metrics["planted_found"] == 1


def test_a_strength_named_beforehand_stands_beside_the_net_without_any() -> None:
    found = along(ALONG).metrics
    assert (found["none_fgsm"], found["l2_heavy_fgsm"], found["l2_heavy_error"]) == (95, 70, 3)
    assert (found["none_fgsm_at_0.1"], found["l2_heavy_fgsm_at_0.1"]) == (47.5, 35)
    assert (found["dropout_heavy_fgsm"], found["dropout_heavy_error"]) == (30, 5)
    gone = along([*ALONG[:2], DIVERGED, *ALONG[3:]]).metrics
    assert gone["l2_heavy_fgsm"] is None


def test_the_first_robust_point_of_a_path_tells_what_robustness_costs() -> None:
    assert along(ALONG).metrics["l2_robust_error"] == 20
    assert along(ALONG).metrics["dropout_robust_error"] == 5
    assert along([*ALONG[:3], point(20, 51), *ALONG[4:]]).metrics["l2_robust_error"] is None


def test_the_strengths_named_beforehand_lie_on_their_paths() -> None:
    assert set(penalties.HEAVY) == set(penalties.PATHS)
    assert all(strength in penalties.PATHS[path] for path, strength in penalties.HEAVY.items())


def test_a_path_without_a_point_that_knows_digits_says_nothing_of_robustness() -> None:
    found = along(ALONG)
    assert found.metrics["dropout_knowing"] == 0
    assert found.metrics["dropout_least_fgsm"] is None


def test_a_point_that_diverged_is_in_no_number_of_its_path() -> None:
    found = along([*ALONG[:3], DIVERGED, *ALONG[4:]])
    assert found.status == "ok"
    assert found.metrics["l2_fall"] == 25
    assert found.curves["l2_error"] == [(0, 2), (1, 2), (2, 3)]
    gone = along([DIVERGED] * len(POINTS))
    assert gone.status == "diverged"
    assert gone.metrics["greatest_fall"] is gone.metrics["budget_kept"] is None
    startless = along([DIVERGED, *ALONG[1:]])
    assert startless.metrics["greatest_fall"] is None
    assert startless.metrics["l2_least_fgsm"] == 70
