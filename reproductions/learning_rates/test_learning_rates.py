"""Laws of the problems, of what a scan of rates says, of update ratios, and of rates that are divided."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import scipy

from suite import commands, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import updates  # noqa: E402
from common.gradients import input_gradient  # noqa: E402
from common.training import Run  # noqa: E402
from reproductions.learning_rates import problems, scan  # noqa: E402
from reproductions.learning_rates.studies import plateau  # noqa: E402
from suite.claims import Check, Listed  # noqa: E402
from suite.judging import Finding, together  # noqa: E402
from suite.questions import Observation  # noqa: E402

RATE = 0.5


def test_friedmans_numbers_have_the_mean_and_deviation_of_quadrature() -> None:
    def of(power: int) -> float:
        def y(a: float, b: float, c: float, d: float, e: float) -> float:
            return 10 * math.sin(math.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e

        nodes, weights = np.polynomial.legendre.leggauss(8)
        nodes, weights = (nodes + 1) / 2, weights / 2
        grid = np.meshgrid(*[nodes] * 5, indexing="ij")
        weight = np.prod(np.meshgrid(*[weights] * 5, indexing="ij"), axis=0)
        return float((weight * np.vectorize(y)(*grid) ** power).sum())

    assert of(1) == pytest.approx(problems.FRIEDMAN_MEAN, abs=1e-3)
    assert math.sqrt(of(2) - of(1) ** 2) == pytest.approx(problems.FRIEDMAN_DEVIATION, abs=1e-3)


def test_drawn_problems_are_standardised_and_have_the_answers_they_say() -> None:
    x, y = map(np.asarray, problems.friedman(keras.random.SeedGenerator(1), 20_000))
    assert [x.mean(), x.std()] == pytest.approx([0, 1], abs=0.02)
    assert [y.mean(), y.std()] == pytest.approx([0, 1], abs=0.03)
    bits, most = map(np.asarray, problems.majority(keras.random.SeedGenerator(1), 500))
    assert set(np.unique(bits)) == {-1.0, 1.0}
    assert ((bits > 0).sum(axis=1) >= 8).astype(int).tolist() == most.tolist()
    points, label = map(np.asarray, problems.moons(keras.random.SeedGenerator(1), 20_000))
    assert np.abs(points.mean(axis=0)).max() < 0.05
    assert label.mean() == pytest.approx(0.5, abs=0.02)
    upper = points[label == 0] * 0.7 + [0.5, 0.25]
    assert np.hypot(*upper.T).mean() == pytest.approx(1, abs=0.03)  # a half circle of radius 1, blurred


@pytest.mark.parametrize("name", ["moons", "majority", "friedman"])
def test_knowing_nothing_costs_the_baseline(name: str) -> None:
    task = problems.generated(name, "validation").task
    _, y = task.data.draw(keras.random.SeedGenerator(1), 50_000)  # type: ignore[union-attr]
    labels = np.asarray(y)
    shares = np.bincount(labels) / len(labels) if task.answers else None
    found = float(labels.var()) if shares is None else float(scipy.stats.entropy(shares))
    assert found == pytest.approx(task.baseline, rel=0.03)


def test_the_problems_of_the_claims_are_those_that_are_declared() -> None:
    for claim in registry.claims("learning_rates"):
        for node in claim.deciding():
            if isinstance(node, Listed):
                assert [check.arms()[0] for check in node.of] == list(problems.FAMILIES)
    for question in ("images", "text", "generated"):
        study = registry.study("learning_rates", question)
        assert {arm.settings["problem"] for arm in study.arms("full")} <= set(problems.FAMILIES)


def test_only_a_verdict_sees_test_data() -> None:
    for question in registry.study_names("learning_rates"):
        for tier in ("quick", "pilot"):
            for arm in registry.study("learning_rates", question).arms(tier):
                assert arm.settings["judged"] == "validation"


def test_the_ratio_is_the_rate_times_the_gradient_over_the_weights() -> None:
    """Against the gradient by automatic differentiation, of all weights at once."""
    arm = scan.arm("moons", "moons", (0.0,), (), 1, judged="validation")
    loss = scan.experiment(arm.settings).loss
    net = problems.generated("moons", "validation").build()
    x, y = problems.moons(keras.random.SeedGenerator(4), 32)
    weights = [np.asarray(w, np.float64) for w in net.trainable_variables]
    gradients = []
    for place, variable in enumerate(net.trainable_variables):

        def loss_of(value: Any, place: int = place) -> Any:
            pairs = [
                (w, value if i == place else ops.convert_to_tensor(w)) for i, w in enumerate(net.trainable_variables)
            ]
            with keras.StatelessScope(pairs, initialize_variables=False):
                return loss(net, x, y)

        gradients.append(np.asarray(input_gradient(loss_of, ops.convert_to_tensor(variable)), np.float64))
    held = updates.watched(net)
    held.get_layer(updates.NAME).note(held.trainable_variables)
    for variable, gradient in zip(held.trainable_variables, gradients, strict=True):
        variable.assign(np.asarray(variable) - RATE * gradient)
    found = {name: float(value) for name, value in scan.ratios(held, x, y).items()}

    def norm(parts: list[np.ndarray]) -> float:
        return math.sqrt(sum(float(np.square(part).sum()) for part in parts))

    assert found["ratio"] == pytest.approx(RATE * norm(gradients) / norm(weights), rel=1e-3)
    each = [RATE * norm([gradients[i]]) / norm([weights[i]]) for i in (0, 2, 4)]
    assert [found["least"], found["most"]] == pytest.approx([min(each), max(each)], rel=1e-3)


LOSSES = {-6.0: 1.0, -2.0: 0.5, -1.0: 0.3, 0.0: 0.4, 1.0: None}


def early(ratios: Mapping[float, float]) -> dict[float, Run]:
    """Runs whose ratio is that at every step; a run without one broke off before its first look."""
    made = {}
    for rate, ratio in ratios.items():
        points = [(0, 9.0), *((step, ratio) for step in (1, 2, 3))] if math.isfinite(ratio) else [(0, 9.0)]
        curves = {f"step_{name}": points for name in ("ratio", "least", "most", "biases")}
        made[rate] = Run(0, "ok", 3, False, {}, curves)
    return made


RATIOS = {-6.0: 1e-7, -2.0: 1e-3, -1.0: 1e-2, 0.0: 0.2, 1.0: math.inf}


def test_what_a_scan_says_is_read_off_its_losses_and_ratios() -> None:
    found, curves = scan.measured(LOSSES, LOSSES, early(RATIOS), baseline=2.0)
    assert (found["loss_0.01"], found["loss_0.1"], found["loss_1"]) == (0.5, 0.3, 0.4)
    assert (found["loss_best"], found["log10_best_rate"], found["relative_best"]) == (0.3, -1.0, 0.15)
    assert (found["best_ratio"], found["best_ratio_biases"]) == (1e-2, 1e-2)
    assert (found["rates_to_1e-05"], found["loss_to_1e-05"]) == (1.0, 1.0)
    assert (found["rates_from_0.1"], found["loss_from_0.1"]) == (2.0, 0.4)  # what diverged at once is one of the large
    assert (found["rates_from_0.01"], found["loss_from_0.01"]) == (3.0, 0.3)
    assert curves["loss_over_rate"] == [(-600, 1.0), (-200, 0.5), (-100, 0.3), (0, 0.4)]
    assert [x for x, _ in curves["ratio_over_rate"]] == [-600, -200, -100, 0]


def test_the_best_is_chosen_by_validation_and_judged_by_the_test() -> None:
    validation = {**LOSSES, -2.0: 0.1}
    found, _ = scan.measured(validation, LOSSES, early(RATIOS), baseline=1.0)
    assert (found["log10_best_rate"], found["loss_best"]) == (-2.0, 0.5)


def test_where_all_large_ratios_diverge_they_have_no_loss_and_the_claim_is_told_yes() -> None:
    losses = {**LOSSES, 0.0: None}
    found, _ = scan.measured(losses, losses, early(RATIOS), baseline=1.0)
    assert (found["rates_from_0.1"], found["loss_from_0.1"]) == (2.0, None)
    assert answer("update-ratio-1e-3", "large-mlp", found) == "yes"
    assert answer("update-ratio-1e-3", "reaches-mlp", found) == "yes"


def test_a_scan_that_never_comes_to_small_or_large_ratios_is_seen_by_its_control() -> None:
    """Planted: without such rates the questions about them would be answered yes by nothing."""
    for gone in (-6.0, 0.0):
        some = {rate: ratio for rate, ratio in RATIOS.items() if rate != gone and math.isfinite(ratio)}
        losses = {rate: LOSSES[rate] for rate in some}
        found, _ = scan.measured(losses, losses, early(some), baseline=1.0)
        assert answer("update-ratio-1e-3", "reaches-mlp", found) == "no"
    nothing, _ = scan.measured(LOSSES, LOSSES, early(RATIOS), baseline=0.3)
    assert answer("update-ratio-1e-3", "reaches-mlp", nothing) == "no"  # at no rate better than knowing nothing
    assert answer("lr-point-one", "learns-mlp", nothing) == "no"


def check(claim: str, name: str) -> Check:
    (found,) = (c for one in registry.claims("learning_rates") if one.id == claim for c in one.each() if c.id == name)
    return found


def answer(claim: str, name: str, metrics: Mapping[str, float | None]) -> str:
    asked = check(claim, name)
    row = {arm: Observation(1000, metrics, failed=False, dataset="mnist") for arm in asked.arms()}
    return asked.asks.answer(row)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ({"0.01": 0.5, "0.1": 0.3, "1": 0.4}, "yes"),
        ({"0.01": 0.2, "0.1": 0.3, "1": 0.4}, "no"),
        ({"0.01": 0.5, "0.1": 0.3, "1": 0.2}, "no"),
        ({"0.01": 0.5, "0.1": 0.3, "1": None}, "yes"),  # 1 diverged
        ({"0.01": 0.5, "0.1": None, "1": None}, "failed"),
    ],
)
def test_a_problem_speaks_for_a_tenth_where_it_beats_both(at: Mapping[str, float | None], expected: str) -> None:
    assert answer("lr-point-one", "0.1-mlp", {f"loss_{rate}": loss for rate, loss in at.items()}) == expected


def listed(claim: str, name: str) -> Listed:
    (found,) = (n for one in registry.claims("learning_rates") if one.id == claim for n in one.checks if n.id == name)
    assert isinstance(found, Listed)
    return found


@pytest.mark.parametrize(("held", "outcome"), [(12, "holds"), (7, "holds"), (6, "fails"), (0, "fails")])
def test_a_list_of_problems_is_counted_and_not_its_seeds(held: int, outcome: str) -> None:
    node = listed("lr-point-one", "0.1-no-worse-than-0.01-and-1")
    of = [Finding(member, "holds" if place < held else "fails") for place, member in enumerate(node.of)]
    assert together(node, of) == outcome


@pytest.mark.parametrize(("held", "outcome"), [(0, "holds"), (1, "holds"), (2, "fails")])
def test_rarely_is_fewer_than_a_tenth_of_twelve_problems(held: int, outcome: str) -> None:
    node = listed("lr-point-one", "best-rate-1-or-more-rare")
    of = [Finding(member, "holds" if place < held else "fails") for place, member in enumerate(node.of)]
    assert together(node, of) == outcome


def test_a_rule_divides_where_three_epochs_brought_nothing() -> None:
    validation = [90.0, 50.0, 40.0, 41.0, 40.0, 42.0, 30.0, 31.0, 31.0, 31.0, 20.0]
    curves = {"validation_error": validation, "test_error": [v + 1 for v in validation]}
    curves["train_loss"] = [2.0, 1.5, 1.4, 1.3, 1.2, 1.0, 0.9, 0.8, 0.7, 0.6]
    rule = plateau.divided("validation_error", 0.5)
    assert plateau.falls(curves, rule) == [5, 9]
    found = plateau.measured(curves, rule, 10)
    assert (found["validation_error"], found["test_error"], found["stalled_at"]) == (20.0, 21.0, 5.0)
    assert found["divisions"] == 2.0
    assert found["validation_drop"] == 42.0 - 31.0
    assert found["train_drop"] == pytest.approx(1.2 - 0.9)  # losses of epochs 5 and 7


def test_a_rule_that_never_stalls_never_divides() -> None:
    falling = [float(90 - epoch) for epoch in range(11)]
    curves = {"validation_error": falling, "test_error": falling, "train_loss": falling[1:]}
    found = plateau.measured(curves, plateau.divided("validation_error", 0.2), 10)
    assert (found["stalled_at"], found["divisions"]) == (10.0, 0.0)
    assert "train_drop" not in found
    assert answer("lr-decay-plateau", "constant-stalls", found | {"stalled_at": 40.0}) == "no"
    assert answer("lr-decay-plateau", "constant-stalls", found | {"stalled_at": 12.0}) == "yes"


def test_one_over_t_halves_the_rate_after_its_half_life() -> None:
    history = {"validation_error": [1.0] * (plateau.HALF_LIFE + 1)}
    assert plateau.over_time(history, {"learning_rate": 0.6}) == {"learning_rate": 0.3}
    assert plateau.over_time({"validation_error": [1.0]}, {"learning_rate": 0.6}) == {"learning_rate": 0.6}
